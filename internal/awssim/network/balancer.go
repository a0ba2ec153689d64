package network

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A LoadBalancer is a Network Load Balancer.
type LoadBalancer struct {
	ARN     string
	Name    string
	Type    string // network, gateway; application of a target
	Scheme  string // internal, internet-facing
	State   string // provisioning, active, active_impaired, failed
	VPC     string
	Zones   []BalancerZone
	Groups  []string // none: created without, and none can ever be attached
	Enforce string   // on, off: inbound rules on PrivateLink traffic; empty without groups
	// CrossZone is load_balancing.cross_zone.enabled; a target group's own setting wins.
	CrossZone  bool
	Attributes map[string]string // all other attributes
	Created    time.Time
	Tags       map[string]string
}

// A BalancerZone is a zone in which a load balancer is enabled, and its node there.
type BalancerZone struct {
	Name   string
	Subnet string
	Node   string // interface ID
}

// A Listener is a load balancer's listener.
type Listener struct {
	ARN      string
	Balancer string // load balancer ARN
	Protocol string // TCP, TLS, UDP, TCP_UDP
	Port     int
	Forward  []Forward
	Tags     map[string]string
}

// A Forward is a target group to which a listener's default action forwards.
type Forward struct {
	TargetGroup string // ARN
	Weight      int
}

// A TargetGroup is a load balancer's target group.
type TargetGroup struct {
	ARN              string
	Name             string
	Protocol         string
	Port             int
	Type             string // ip, instance, alb
	VPC              string
	Check            HealthCheck
	CrossZone        string // true, false, use_load_balancer_configuration
	PreserveClientIP bool
	ProxyProtocolV2  bool
	Attributes       map[string]string // all other attributes
	Targets          []*Target
	Tags             map[string]string
}

// A HealthCheck is how a target group probes its targets.
type HealthCheck struct {
	Disabled           bool
	Protocol           string // TCP, HTTP, HTTPS
	Port               string // a number, or traffic-port
	Path               string
	Interval, Timeout  time.Duration
	Healthy, Unhealthy int // checks in a row
}

// DefaultCheck is what a target group of protocol TCP gets.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func DefaultCheck() HealthCheck {
	return HealthCheck{Protocol: "TCP", Port: "traffic-port", Interval: 30 * time.Second, Timeout: 10 * time.Second, Healthy: 5, Unhealthy: 2}
}

// A Target is a registered target and its health.
type Target struct {
	ID     string // address or instance ID
	Port   int
	Zone   string // Availability Zone name, or "all" for a target outside the VPC
	State  string // initial, healthy, unhealthy, draining; unused is worked out when asked
	Reason string
	passes int
	fails  int
}

// NodeDescription is what AWS writes on the interfaces of a load balancer's nodes: "ELB
// net/<name>/<id>".
func (lb *LoadBalancer) NodeDescription() string {
	_, id, _ := strings.Cut(lb.ARN, ":loadbalancer/")
	return "ELB " + id
}

// AddLoadBalancer adds an active internal Network Load Balancer with a node in each subnet,
// at the given addresses, and with groups, if any, not enforced on PrivateLink traffic.
func (w *World) AddLoadBalancer(name string, nodes map[string]string, groups ...string) *LoadBalancer {
	arn := w.ARN("elasticloadbalancing", "loadbalancer/net/"+name+"/"+w.hex("elb", 16))
	lb := &LoadBalancer{
		ARN: arn, Name: name, Type: "network", Scheme: "internal", State: "active", Groups: groups,
		Created: w.Clock.Now(), Attributes: map[string]string{"deletion_protection.enabled": "false"}, Tags: map[string]string{},
	}
	if len(groups) > 0 {
		lb.Enforce = "off"
	}
	w.LoadBalancers[arn] = lb
	for _, subnet := range IDs(nodes) {
		w.EnableZone(lb, subnet, nodes[subnet])
	}
	return lb
}

// EnableZone gives a load balancer a node in a subnet. It does not tell an endpoint service
// in front of it.
func (w *World) EnableZone(lb *LoadBalancer, subnet, addr string) {
	s := w.Subnets[subnet]
	node := w.AddInterface(subnet, addr, lb.NodeDescription(), lb.Groups...)
	node.Type, node.RequesterManaged, node.RequesterID = "network_load_balancer", true, "amazon-elb"
	lb.VPC = s.VPC
	lb.Zones = append(lb.Zones, BalancerZone{Name: s.Zone, Subnet: subnet, Node: node.ID})
	slices.SortFunc(lb.Zones, func(a, b BalancerZone) int { return strings.Compare(a.Name, b.Name) })
}

// AddTargetGroup adds a target group of ip targets with AWS's default health check.
func (w *World) AddTargetGroup(name, vpc, protocol string, port int) *TargetGroup {
	tg := &TargetGroup{
		ARN: w.ARN("elasticloadbalancing", "targetgroup/"+name+"/"+w.hex("tg", 16)), Name: name, VPC: vpc,
		Protocol: protocol, Port: port, Type: "ip", Check: DefaultCheck(), CrossZone: "use_load_balancer_configuration",
		Attributes: map[string]string{}, Tags: map[string]string{},
	}
	w.TargetGroups[tg.ARN] = tg
	return tg
}

// AddListener adds a listener that forwards to one target group, or to none where tg is nil.
func (w *World) AddListener(lb *LoadBalancer, protocol string, port int, tg *TargetGroup) *Listener {
	arn := strings.Replace(lb.ARN, ":loadbalancer/", ":listener/", 1) + "/" + w.hex("listener", 16)
	l := &Listener{ARN: arn, Balancer: lb.ARN, Protocol: protocol, Port: port, Tags: map[string]string{}}
	if tg != nil {
		l.Forward = []Forward{{TargetGroup: tg.ARN, Weight: 1}}
	}
	w.Listeners[arn] = l
	return l
}

// ListenersOf returns a load balancer's listeners by port.
func (w *World) ListenersOf(lb *LoadBalancer) []*Listener {
	var ls []*Listener
	for _, l := range Sorted(w.Listeners) {
		if l.Balancer == lb.ARN {
			ls = append(ls, l)
		}
	}
	slices.SortStableFunc(ls, func(a, b *Listener) int { return a.Port - b.Port })
	return ls
}

// BalancersOf returns the load balancers whose listeners forward to a target group.
func (w *World) BalancersOf(tg *TargetGroup) []*LoadBalancer {
	seen := map[string]*LoadBalancer{}
	for _, l := range w.Listeners {
		for _, f := range l.Forward {
			if lb := w.LoadBalancers[l.Balancer]; f.TargetGroup == tg.ARN && lb != nil {
				seen[lb.ARN] = lb
			}
		}
	}
	return Sorted(seen)
}

// SpansZones reports whether a load balancer sends from any of its nodes to every target of
// a target group: cross-zone load balancing, where the target group's setting wins.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func SpansZones(lb *LoadBalancer, tg *TargetGroup) bool {
	switch tg.CrossZone {
	case "true":
		return true
	case "false":
		return false
	}
	return lb.CrossZone
}

// SetGroups replaces a load balancer's security groups, on its nodes too.
func (w *World) SetGroups(lb *LoadBalancer, groups []string) {
	lb.Groups = slices.Clone(groups)
	for _, z := range lb.Zones {
		if node := w.Interfaces[z.Node]; node != nil {
			node.Groups = slices.Clone(groups)
		}
	}
}

// TargetAddr returns where a target's traffic goes, the first address if there are several;
// it is invalid for an instance without an interface.
func (w *World) TargetAddr(t *Target) netip.Addr {
	for _, addr := range w.TargetAddrs(t) {
		return addr
	}
	return netip.Addr{}
}

// TargetAddrs returns all addresses to which a target's traffic goes: an address itself, the
// primary one of an instance's first interface, those of an Application Load Balancer's nodes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html#target-type
func (w *World) TargetAddrs(t *Target) []netip.Addr {
	if addr, err := netip.ParseAddr(t.ID); err == nil {
		return []netip.Addr{addr}
	}
	if lb := w.LoadBalancers[t.ID]; lb != nil {
		var addrs []netip.Addr
		for _, z := range lb.Zones {
			if node := w.Interfaces[z.Node]; node != nil {
				addrs = append(addrs, node.Primary())
			}
		}
		return addrs
	}
	for _, i := range Sorted(w.Interfaces) {
		if i.Instance == t.ID {
			return []netip.Addr{i.Primary()}
		}
	}
	return nil
}

// ZoneOf returns the zone of a target: that given at registration, else its address's own
// subnet's; "all" outside the VPC, and of a load balancer, which is in several.
func (w *World) ZoneOf(tg *TargetGroup, t *Target) string {
	if t.Zone != "" {
		return t.Zone
	}
	if w.LoadBalancers[t.ID] != nil {
		return "all"
	}
	addr := w.TargetAddr(t)
	for _, s := range Sorted(w.Subnets) {
		if s.VPC == tg.VPC && s.CIDR.Contains(addr) {
			return s.Zone
		}
	}
	return "all"
}
