package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// A Face is what whoever connects to a proxy sees of it, before any credential is looked at.
type Face string

// The faces of a proxy.
const (
	Sound       Face = ""           // TLS 1.2 and 1.3, a certificate of its name, from a public authority, whole
	Expired     Face = "expired"    // its certificate expired yesterday
	OtherName   Face = "other-name" // its certificate is another name's
	CutChain    Face = "cut-chain"  // it does not send the issuing certificate
	OldTLS      Face = "old-tls"    // TLS 1.1 at most
	Plaintext   Face = "plaintext"  // HTTP without TLS
	WebServer   Face = "web-server" // another server answers
	Sluggish    Face = "sluggish"   // its answers take SluggishFor
	SluggishFor      = 400          // milliseconds
)

// refuses returns what AWS KMS makes of a face.
func (f Face) refuses() Answer {
	switch f {
	case Expired, OtherName, CutChain, OldTLS, Plaintext:
		return BadTLS
	case WebServer:
		return InvalidResponse
	case Sluggish:
		return Slow
	}
	return OK
}

// What keeps a connection from coming about.
var (
	ErrRefused = errors.New("connection refused")
	ErrDropped = errors.New("packets are dropped")
)

// Connection returns the proxy to which a load balancer's node connects a client of its own
// VPC, and the name that the proxy's certificate is for; the error is ErrRefused or
// ErrDropped, with the reason. Unlike AWS KMS a client of the VPC is always held against the
// load balancer's inbound rules.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (w *World) Connection(from *Interface, to netip.AddrPort) (*Proxy, string, error) {
	const ephemeral = 49152
	if err := w.Send(from, Packet{Protocol: TCP, Src: netip.AddrPortFrom(from.Primary(), ephemeral), Dst: to}); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDropped, err)
	}
	node := w.InterfaceAt(from.VPC, to.Addr())
	for _, lb := range Sorted(w.LoadBalancers) {
		i := slices.IndexFunc(lb.Zones, func(z BalancerZone) bool { return node != nil && z.Node == node.ID })
		if i < 0 {
			continue
		}
		proxy, err := w.behind(lb, lb.Zones[i], int(to.Port()))
		return proxy, w.nameBehind(lb), err
	}
	return nil, "", fmt.Errorf("%w: nothing listens on %s", ErrRefused, to)
}

// behind returns the first proxy to which a node forwards.
func (w *World) behind(lb *LoadBalancer, zone BalancerZone, port int) (*Proxy, error) {
	l := w.listenerOn(lb, port)
	if l == nil {
		return nil, fmt.Errorf("%w: no listener on %d", ErrRefused, port)
	}
	node := w.Interfaces[zone.Node]
	for _, f := range l.Forward {
		tg := w.TargetGroups[f.TargetGroup]
		if tg == nil || f.Weight == 0 {
			continue
		}
		for _, t := range w.chosen(lb, tg, zone.Name) {
			dst := netip.AddrPortFrom(w.TargetAddr(t), uint16(t.Port))
			if err := w.Send(node, Packet{Protocol: TCP, Src: netip.AddrPortFrom(node.Primary(), 1024), Dst: dst}); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrDropped, err)
			}
			if proxy := w.Proxies[dst.Addr()]; proxy.Listens(t.Port) {
				return proxy, nil
			}
			return nil, fmt.Errorf("%w: nothing listens on %s", ErrRefused, dst)
		}
	}
	return nil, fmt.Errorf("%w: no target", ErrDropped)
}

// nameBehind is the private DNS name of the endpoint service in front of a load balancer.
func (w *World) nameBehind(lb *LoadBalancer) string {
	for _, s := range Sorted(w.Services) {
		if slices.Contains(s.Balancers, lb.ARN) && s.PrivateDNS != nil {
			return s.PrivateDNS.Name
		}
	}
	return lb.Name
}

// AttachTo gives something of AWS's a network interface in a subnet, at its highest free address.
func (w *World) AttachTo(subnet, description string, groups ...string) (*Interface, error) {
	s := w.Subnets[subnet]
	if s == nil {
		return nil, fmt.Errorf("attaching %s: there is no subnet %s", description, subnet)
	}
	for _, id := range groups {
		if g := w.SecurityGroups[id]; g == nil || g.VPC != s.VPC {
			return nil, fmt.Errorf("attaching %s: there is no security group %s in %s", description, id, s.VPC)
		}
	}
	var free netip.Addr
	for a := s.CIDR.Addr().Next(); s.CIDR.Contains(a); a = a.Next() {
		if s.CIDR.Contains(a.Next()) && w.InterfaceAt(s.VPC, a) == nil { // not the broadcast address
			free = a
		}
	}
	if !free.IsValid() {
		return nil, fmt.Errorf("attaching %s: subnet %s has no free address", description, subnet)
	}
	return w.AddInterface(subnet, free.String(), description, groups...), nil
}
