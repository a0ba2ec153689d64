package scenario

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// An entry is an entry of a network ACL for TCP ports; without ports it is for everything.
type entry struct {
	number   int
	allow    bool
	cidr     string
	from, to int
}

func (e entry) network(egress bool) network.ACLEntry {
	a := network.ACLEntry{Number: e.number, Egress: egress, Allow: e.allow, Protocol: -1, CIDR: netip.MustParsePrefix(e.cidr)}
	if e.to != 0 {
		a.Protocol, a.FromPort, a.ToPort = network.TCP, e.from, e.to
	}
	return a
}

// allowAll is what a default network ACL allows.
func allowAll() entry { return entry{number: 100, allow: true, cidr: "0.0.0.0/0"} }

// NodesACL puts the load balancer's subnets behind a network ACL of their own.
func NodesACL(in, out []entry) Fault {
	return func(w *network.World, r *network.Reference) { behindACL(w, r.VPC, r.NodeSubnets, in, out) }
}

// TargetsACL puts the proxies' subnets behind a network ACL of their own.
func TargetsACL(in, out []entry) Fault {
	return func(w *network.World, r *network.Reference) { behindACL(w, r.VPC, r.ProxySubnets, in, out) }
}

func behindACL(w *network.World, vpc *network.VPC, subnets []*network.Subnet, in, out []entry) {
	a := w.AddACL(vpc.ID, false)
	for _, e := range in {
		a.Entries = append(a.Entries, e.network(false))
	}
	for _, e := range out {
		a.Entries = append(a.Entries, e.network(true))
	}
	for _, s := range subnets {
		s.ACL = a.ID
	}
}

// NodesACLDeniesRequests denies 443 out of the load balancer's subnets before it allows everything.
func NodesACLDeniesRequests() Fault {
	return NodesACL([]entry{allowAll()}, []entry{{90, false, "10.0.0.0/16", 443, 443}, allowAll()})
}

// NodesACLDeniesReplies denies high ports into the load balancer's subnets before it allows everything.
func NodesACLDeniesReplies() Fault {
	return NodesACL([]entry{{90, false, "10.0.0.0/16", 1024, 65535}, allowAll()}, []entry{allowAll()})
}

// TargetsACLWithoutRequests lets SSH into the proxies' subnets, and nothing else.
func TargetsACLWithoutRequests() Fault {
	return TargetsACL([]entry{{100, true, "10.0.0.0/16", 22, 22}}, []entry{allowAll()})
}

// TargetsACLWithNarrowReplies lets the proxies answer to Linux's own ephemeral ports, and to no others.
func TargetsACLWithNarrowReplies() Fault {
	return TargetsACL([]entry{allowAll()}, []entry{{100, true, "10.0.0.0/16", 32768, 60999}})
}

// RoutesToTargetsDead leaves routes to the proxies' subnets whose appliance is gone.
func RoutesToTargetsDead(w *network.World, r *network.Reference) {
	main := w.RouteTableOf(r.NodeSubnets[0])
	for _, s := range r.ProxySubnets {
		main.Routes = append(main.Routes, network.Route{CIDR: s.CIDR, Target: "eni-0f0e0d0c0b0a09080", Blackhole: true})
	}
}

// ProxiesOnPremises moves the proxies behind a virtual private gateway, to which no route leads.
func ProxiesOnPremises(w *network.World, r *network.Reference) {
	onto(w, r, func(i int) *network.Interface { // of no VPC: the world does not know it
		return &network.Interface{Addrs: []netip.Addr{netip.AddrFrom4([4]byte{192, 168, 7, byte(20 + i)})}}
	})
	admit(w, r, r.BalancerGroup, true, netip.MustParsePrefix("192.168.7.0/24"))
}

// ProxiesPeered moves the proxies to a VPC that is peered with the load balancer's, without a
// route back.
func ProxiesPeered(w *network.World, r *network.Reference) {
	far := w.AddVPC("10.9.0.0/16")
	peering := w.AddPeering(r.VPC.ID, far.ID)
	subnet := w.AddSubnet(far.ID, "10.9.1.0/24", r.NodeSubnets[0].Zone, r.NodeSubnets[0].ZoneID)
	group := w.AddSecurityGroup(far.ID, "far-proxy", "XKS proxies")
	admit(w, r, group, false, r.VPC.CIDRs[0])
	near := w.RouteTableOf(r.NodeSubnets[0])
	near.Routes = append(near.Routes, network.Route{CIDR: far.CIDRs[0], Target: peering.ID})
	admit(w, r, r.BalancerGroup, true, subnet.CIDR)
	onto(w, r, func(i int) *network.Interface {
		return w.AddInterface(subnet.ID, fmt.Sprintf("10.9.1.%d", 20+i), "XKS proxy", group.ID)
	})
}

// ports are those on which proxies take traffic and health checks.
func ports(r *network.Reference) []int {
	if p, err := strconv.Atoi(r.TargetGroup.Check.Port); err == nil && p != r.TargetGroup.Port {
		return []int{r.TargetGroup.Port, p}
	}
	return []int{r.TargetGroup.Port}
}

// admit adds a rule for each of the ports.
func admit(w *network.World, r *network.Reference, group *network.SecurityGroup, egress bool, cidr netip.Prefix) {
	for _, p := range ports(r) {
		w.Authorize(group, egress, network.Rule{Protocol: "tcp", FromPort: p, ToPort: p, CIDR: cidr})
	}
	w.Settle(group)
}

// onto moves every proxy, as it is, to an interface elsewhere, and registers it there if it was
// registered.
func onto(w *network.World, r *network.Reference, elsewhere func(int) *network.Interface) {
	registered := len(r.TargetGroup.Targets) > 0
	r.TargetGroup.Targets = nil
	for i, old := range r.Targets {
		r.Targets[i] = elsewhere(i)
		at := r.Targets[i].Primary()
		w.Proxies[at] = w.Proxies[old.Primary()]
		delete(w.Proxies, old.Primary())
		if registered {
			w.Register(r.TargetGroup, at.String(), r.TargetGroup.Port, zoneOf(r, at))
		}
	}
}

// zoneOf is what a target is registered with: "all" for one outside the load balancer's VPC.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
func zoneOf(r *network.Reference, at netip.Addr) string {
	if slices.ContainsFunc(r.VPC.CIDRs, func(c netip.Prefix) bool { return c.Contains(at) }) {
		return ""
	}
	return "all"
}
