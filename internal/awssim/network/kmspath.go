package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// A hop is one way that a request of KMS's can take: a zone, the load balancer's node there
// with one of its addresses, and one target behind it. A listener that terminates TLS in front
// of a TCP target group sends plaintext.
type hop struct {
	node      *Interface // nil: its zone has none
	from, to  netip.Addr // to is invalid where the target has no address
	balancer  *LoadBalancer
	group     *TargetGroup
	target    *Target
	plaintext bool
}

// routes returns every way that KMS's requests to a key store can take now, in order, or
// why there is none.
func (w *World) routes(ks *KeyStore) ([]hop, error) {
	s := w.ServiceNamed(ks.ServiceName)
	if s == nil {
		return nil, fmt.Errorf("endpoint service %s is gone", ks.ServiceName)
	}
	c := s.Endpoint(ks.Endpoint)
	if c == nil {
		return nil, fmt.Errorf("KMS has no endpoint at %s", s.ID)
	}
	if c.State != "available" {
		return nil, fmt.Errorf("the connection of %s to %s is %s", c.EndpointID, s.ID, c.State)
	}
	var hops []hop
	var why []error
	for _, arn := range s.Balancers {
		through, err := w.through(w.LoadBalancers[arn], c.Zones)
		hops, why = append(hops, through...), append(why, err)
	}
	if len(hops) == 0 {
		return nil, errors.Join(append(why, fmt.Errorf("nothing to send to behind %s", s.ID))...)
	}
	return hops, nil
}

// through returns the ways through one load balancer from a consumer's zones.
func (w *World) through(lb *LoadBalancer, zones []string) ([]hop, error) {
	if lb == nil {
		return nil, errors.New("the load balancer is gone")
	}
	if lb.State != "active" && lb.State != "active_impaired" {
		return nil, fmt.Errorf("load balancer %s is %s", lb.Name, lb.State)
	}
	l := w.listenerOn(lb, 443)
	if l == nil {
		return nil, fmt.Errorf("load balancer %s has no TCP or TLS listener on 443", lb.Name)
	}
	var hops []hop
	for _, f := range l.Forward {
		tg := w.TargetGroups[f.TargetGroup]
		if tg == nil || f.Weight == 0 {
			continue
		}
		for _, z := range w.answering(lb, tg) {
			if !slices.Contains(zones, z.Name) {
				continue
			}
			for _, t := range w.chosen(lb, tg, z.Name) {
				h := hop{node: w.Interfaces[z.Node], balancer: lb, group: tg, target: t, plaintext: l.Protocol == "TLS" && tg.Protocol == "TCP"}
				hops = append(hops, w.between(h)...)
			}
		}
	}
	return hops, nil
}

// between returns a hop for each address of its node and each of its target.
func (w *World) between(h hop) []hop {
	to := w.TargetAddrs(h.target)
	if h.node == nil || len(to) == 0 {
		return []hop{h}
	}
	var hops []hop
	for _, from := range h.node.Addrs {
		for _, addr := range to {
			h.from, h.to = from, addr
			hops = append(hops, h)
		}
	}
	return hops
}

// ports returns the ports that stand for all from which a hop's requests may come.
func (w *World) ports(h hop) []uint16 {
	if h.node == nil {
		return []uint16{someEphemeral}
	}
	return w.EphemeralPorts(w.Subnets[h.node.Subnet], h.to)
}

func (w *World) listenerOn(lb *LoadBalancer, port int) *Listener {
	for _, l := range w.ListenersOf(lb) {
		if l.Port == port && (l.Protocol == "TCP" || l.Protocol == "TLS" || l.Protocol == "TCP_UDP") {
			return l
		}
	}
	return nil
}

// answering returns the zones whose address DNS gives out: those with a healthy target, or
// all where no zone has one.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func (w *World) answering(lb *LoadBalancer, tg *TargetGroup) []BalancerZone {
	var healthy []BalancerZone
	for _, z := range lb.Zones {
		if slices.ContainsFunc(w.inReach(lb, tg, z.Name), func(t *Target) bool { return t.State == "healthy" }) {
			healthy = append(healthy, z)
		}
	}
	if len(healthy) == 0 || w.AsksEveryZone {
		return lb.Zones
	}
	return healthy
}

// chosen returns the targets among which a zone's node chooses: the healthy ones it may
// send to, or all of them where none is healthy (fail open).
func (w *World) chosen(lb *LoadBalancer, tg *TargetGroup, zone string) []*Target {
	in := w.inReach(lb, tg, zone)
	var healthy []*Target
	for _, t := range in {
		if t.State == "healthy" {
			healthy = append(healthy, t)
		}
	}
	if len(healthy) == 0 {
		return in
	}
	return healthy
}

// inReach returns the targets to which the node of a zone may send at all.
func (w *World) inReach(lb *LoadBalancer, tg *TargetGroup, zone string) []*Target {
	var in []*Target
	for _, t := range tg.Targets {
		at := w.ZoneOf(tg, t)
		if t.State == "draining" || w.unused(tg, t) != "" {
			continue
		}
		if at == zone || at == "all" || SpansZones(lb, tg) {
			in = append(in, t)
		}
	}
	return in
}

// walk sends one request along a way and returns how the proxy answers it; an error where no
// proxy does.
func (w *World) walk(ks *KeyStore, h hop, ephemeral uint16) (Answer, error) {
	if err := w.admitsKMS(h); err != nil {
		return OK, err
	}
	if !h.from.IsValid() || !h.to.IsValid() {
		return OK, fmt.Errorf("target %s has no address", h.target.ID)
	}
	p := Packet{
		Protocol: TCP, Src: netip.AddrPortFrom(h.from, ephemeral),
		Dst: netip.AddrPortFrom(h.to, uint16(h.target.Port)), Unnamed: h.balancer.Enforce != "on",
	}
	if err := w.Send(h.node, p); err != nil {
		return OK, err
	}
	proxy := w.Proxies[h.to]
	switch {
	case !proxy.Listens(h.target.Port):
		return OK, fmt.Errorf("nothing listens on %s", p.Dst)
	case h.group.ProxyProtocolV2:
		return BadTLS, nil
	case h.plaintext:
		return InvalidResponse, nil // KMS's handshake ended at the listener: what it gets is the proxy's complaint
	}
	return proxy.ask(ks.AccessKeyID, ks.URIPath), nil
}

// admitsKMS holds KMS's request against the load balancer's inbound rules, where they are
// enforced on PrivateLink traffic: they see the client's address in its own VPC.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (w *World) admitsKMS(h hop) error {
	if len(h.balancer.Groups) == 0 || h.balancer.Enforce != "on" || h.node == nil {
		return nil
	}
	p := Packet{Protocol: TCP, Src: netip.AddrPortFrom(w.KMSAddress, 49152), Dst: netip.AddrPortFrom(h.node.Primary(), 443)}
	return w.Enters(h.node, p)
}

// request sends one request of KMS's to a key store's proxy: the next way in turn, and after
// a timeout the one after it. It returns what KMS makes of the answer; the zero refusal is
// success.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html#latency-graph
func (w *World) request(ks *KeyStore) refusal {
	if ks.Connectivity == "PUBLIC_ENDPOINT" {
		return w.public(ks)
	}
	hops, err := w.routes(ks)
	if err != nil {
		return unreachable
	}
	for range 2 {
		h := hops[ks.requests%len(hops)]
		ports := w.ports(h)
		port := ports[ks.requests/len(hops)%len(ports)]
		ks.requests++
		if answer, err := w.walk(ks, h, port); err == nil {
			return refusals[answer]
		}
	}
	return unreachable
}

func (w *World) public(ks *KeyStore) refusal {
	proxy := w.PublicProxies[ks.URIEndpoint]
	if !proxy.Listens(443) {
		return unreachable
	}
	return refusals[proxy.ask(ks.AccessKeyID, ks.URIPath)]
}

// health asks a key store's proxy for its health, as KMS does when it connects. It names no
// key, so what is wrong with a single external key does not fail it.
func (w *World) health(ks *KeyStore) refusal {
	r := w.request(ks)
	if r.connect == "" {
		return refusal{}
	}
	if r == unreachable && w.balancersDown(ks) {
		r.connect = "NETWORK_ERRORS"
	}
	return r
}

// balancersDown reports whether none of a key store's load balancers is active.
func (w *World) balancersDown(ks *KeyStore) bool {
	s := w.ServiceNamed(ks.ServiceName)
	return s != nil && !slices.ContainsFunc(s.Balancers, func(arn string) bool {
		lb := w.LoadBalancers[arn]
		return lb != nil && (lb.State == "active" || lb.State == "active_impaired")
	})
}
