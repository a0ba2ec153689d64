package network_test

import (
	"net/netip"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// route is one to a CIDR.
func route(cidr, target string) network.Route {
	return network.Route{CIDR: netip.MustParsePrefix(cidr), Target: target}
}

// newPeers returns a pair whose target is in a VPC of its own, peered, with routes both ways
// and everything let through.
func newPeers() (pair, *network.VPC, *network.Peering) {
	p := newPair()
	other := p.w.AddVPC("10.1.0.0/16")
	peering := p.w.AddPeering(p.vpc.ID, other.ID)
	p.far = p.w.AddSubnet(other.ID, "10.1.2.0/24", "eu-central-1a", "euc1-az2")
	p.destGroup = p.w.AddSecurityGroup(other.ID, "peer", "peer")
	p.target = p.w.AddInterface(p.far.ID, "10.1.2.9", "target", p.destGroup.ID)
	p.allow(p.nodeGroup, true, tcp(443, 443, "0.0.0.0/0"))
	p.allow(p.destGroup, false, tcp(443, 443, "10.0.1.0/24"))
	p.addRoute(p.near, route("10.1.0.0/16", peering.ID))
	p.addRoute(p.far, route("10.0.0.0/16", peering.ID))
	return p, other, peering
}

func (p pair) addRoute(s *network.Subnet, r network.Route) {
	table := p.w.RouteTableOf(s)
	table.Routes = append(table.Routes, r)
}

// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
func TestAPacketCrossesAPeeringConnection(t *testing.T) {
	t.Parallel()
	named := func(p pair) {
		p.w.Revoke(p.destGroup, func(r network.Rule) bool { return !r.Egress })
		p.w.Settle(p.destGroup)
		p.allow(p.destGroup, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: p.nodeGroup.ID})
	}
	tests := map[string]struct {
		edit func(p pair, other *network.VPC, peering *network.Peering)
		to   string
		want string
	}{
		"while it is active":      {},
		"not while it is pending": {edit: func(_ pair, _ *network.VPC, x *network.Peering) { x.Status = "pending-acceptance" }, want: "is not active"},
		"not without a route back": {edit: func(p pair, _ *network.VPC, _ *network.Peering) {
			table := p.w.RouteTableOf(p.far)
			table.Routes = table.Routes[:1]
		}, want: "reply: route table"},
		"not without a route there": {edit: func(p pair, _ *network.VPC, _ *network.Peering) {
			table := p.w.RouteTableOf(p.near)
			table.Routes = table.Routes[:1]
		}, want: "has no route"},
		"a group of the other side is known by name": {edit: func(p pair, _ *network.VPC, _ *network.Peering) { named(p) }},
		"the other side's network ACL guards it": {edit: func(p pair, other *network.VPC, _ *network.Peering) {
			p.far.ACL = p.w.AddACL(other.ID, false).ID
		}, want: "network ACL"},
		"nobody has the address": {to: "10.1.2.10", want: "no interface has"},
		"it leads no further": {edit: func(p pair, other *network.VPC, x *network.Peering) {
			third := p.w.AddVPC("10.2.0.0/16")
			next := p.w.AddPeering(other.ID, third.ID)
			p.w.AddInterface(p.w.AddSubnet(third.ID, "10.2.2.0/24", "eu-central-1a", "euc1-az2").ID, "10.2.2.9", "third")
			p.addRoute(p.near, route("10.2.0.0/16", x.ID))
			p.addRoute(p.far, route("10.2.0.0/16", next.ID))
		}, to: "10.2.2.9", want: "leads no further"},
		"to a VPC of another account": {edit: func(p pair, other *network.VPC, _ *network.Peering) { delete(p.w.VPCs, other.ID) }},
		"that does not answer": {edit: func(p pair, other *network.VPC, x *network.Peering) {
			delete(p.w.VPCs, other.ID)
			p.w.Dark[x.ID] = []netip.Prefix{netip.MustParsePrefix("10.1.2.8/31")}
		}, want: "does not answer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, other, peering := newPeers()
			if tt.edit != nil {
				tt.edit(p, other, peering)
			}
			if tt.to == "" {
				tt.to = "10.1.2.9"
			}
			check(t, p.w.Send(p.node, packet(tt.to, 443)), tt.want)
		})
	}
}

// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func TestAGroupOfAnotherVPCIsKnownByNameWhileItsPeeringIsActive(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{"active": "", "deleted": "let no tcp"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			p, _, peering := newPeers()
			peering.Status = status
			guarded := p.w.AddSecurityGroup(p.far.VPC, "guarded", "guarded")
			p.target.Groups = []string{guarded.ID}
			p.allow(guarded, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: p.nodeGroup.ID})
			check(t, p.w.Enters(p.target, packet("10.1.2.9", 443)), want)
		})
	}
}

// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#route-tables-priority
func TestOfRoutesToOneDestinationTheStaticOneDecides(t *testing.T) {
	t.Parallel()
	list := network.Route{PrefixList: "pl-1"}
	cidr := network.Route{CIDR: netip.MustParsePrefix("192.168.7.0/24")}
	with := func(r network.Route, target string, propagated bool) network.Route {
		r.Target, r.Propagated = target, propagated
		return r
	}
	tests := map[string]struct {
		routes []network.Route
		want   string // of a packet that only vgw-lit delivers
	}{
		"static before propagated":         {routes: []network.Route{with(cidr, "vgw-dark", true), with(cidr, "vgw-lit", false)}},
		"whatever their order":             {routes: []network.Route{with(cidr, "vgw-lit", false), with(cidr, "vgw-dark", true)}},
		"propagated where it is alone":     {routes: []network.Route{with(cidr, "vgw-dark", true)}, want: "does not answer"},
		"a CIDR before a prefix list":      {routes: []network.Route{with(list, "vgw-dark", false), with(cidr, "vgw-lit", false)}},
		"a prefix list before propagated":  {routes: []network.Route{with(cidr, "vgw-dark", true), with(list, "vgw-lit", false)}},
		"a longer propagated one before":   {routes: []network.Route{with(network.Route{CIDR: netip.MustParsePrefix("192.168.0.0/16")}, "vgw-dark", false), with(cidr, "vgw-lit", true)}},
		"an internet gateway leads nobody": {routes: []network.Route{with(cidr, "igw-1", false)}, want: "carries no private address"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.w.PrefixLists["pl-1"] = &network.PrefixList{ID: "pl-1", Entries: []network.PrefixListEntry{{CIDR: netip.MustParsePrefix("192.168.7.0/24")}}}
			p.w.Dark["vgw-dark"] = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
			p.allow(p.nodeGroup, true, tcp(443, 443, "0.0.0.0/0"))
			for _, r := range tt.routes {
				p.addRoute(p.near, r)
			}
			check(t, p.w.Send(p.node, packet("192.168.7.9", 443)), tt.want)
		})
	}
}

// https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
func TestAMiddleboxStandsInTheWay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit func(p pair, box *network.Interface)
		want string
	}{
		"one that forwards": {edit: func(pair, *network.Interface) {}},
		"one that does not": {edit: func(_ pair, box *network.Interface) { box.Forwards = false }, want: "forwards no"},
		"one whose group lets nothing in": {edit: func(p pair, box *network.Interface) {
			box.Groups = []string{p.w.AddSecurityGroup(p.vpc.ID, "box", "box").ID}
		}, want: "of eni-"},
		"one whose subnet's network ACL lets nothing through": {edit: func(p pair, box *network.Interface) {
			p.w.Subnets[box.Subnet].ACL = p.w.AddACL(p.vpc.ID, false).ID
		}, want: "network ACL"},
		"one that sends packets back to itself": {edit: func(p pair, box *network.Interface) {
			p.addRoute(p.w.Subnets[box.Subnet], route("10.0.2.0/24", box.ID))
		}, want: "circle"},
		"a target that knows the sender by its group": {edit: func(p pair, _ *network.Interface) {
			p.w.Revoke(p.destGroup, func(r network.Rule) bool { return !r.Egress })
			p.w.Settle(p.destGroup)
			p.allow(p.destGroup, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: p.nodeGroup.ID})
		}, want: "security groups"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.allow(p.nodeGroup, true, tcp(443, 443, "10.0.0.0/16"))
			p.allow(p.destGroup, false, tcp(443, 443, "10.0.1.0/24"))
			middle := p.w.AddSubnet(p.vpc.ID, "10.0.3.0/24", "eu-central-1a", "euc1-az2")
			box := p.w.AddInterface(middle.ID, "10.0.3.4", "firewall")
			box.Forwards = true
			tables := map[*network.Subnet]network.Route{p.near: route("10.0.2.0/24", box.ID), p.far: route("10.0.1.0/24", box.ID), middle: route("10.9.0.0/16", "vgw-1")}
			for s, r := range tables {
				table := p.w.AddRouteTable(p.vpc.ID)
				table.Subnets, table.Routes = []string{s.ID}, append(table.Routes, r)
			}
			tt.edit(p, box)
			check(t, p.w.Send(p.node, packet("10.0.2.9", 443)), tt.want)
		})
	}
}

// A node sends from all its addresses, so that each must be let through.
func TestANodesSecondaryAddressesAreTriedToo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cidr string
		ok   bool
	}{"both admitted": {"10.0.1.6/31", true}, "the second is not": {"10.0.1.7/32", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{})
			r.Nodes[0].Addrs = append(r.Nodes[0].Addrs, netip.MustParseAddr("10.0.1.6"))
			w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return !rule.Egress })
			w.Authorize(r.ProxyGroup, false, tcp(443, 443, tt.cidr), tcp(443, 443, "10.0.2.0/24"))
			w.Settle(r.ProxyGroup)
			if ok, why := w.Reaches(r.KeyStore.ID); ok != tt.ok {
				t.Errorf("reaches %t (%s), want %t", ok, why, tt.ok)
			}
			w.SettleHealth(r.TargetGroup)
			if state := r.TargetGroup.FindTarget(r.Targets[0].Primary().String(), 0).State; (state == "healthy") != tt.ok {
				t.Errorf("the first target is %s", state)
			}
		})
	}
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html#target-type
func TestAnApplicationLoadBalancerIsATargetAtAllItsNodes(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]bool{"both nodes answer": false, "one does not": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{})
			alb := w.AddLoadBalancer("alb", map[string]string{r.ProxySubnets[0].ID: "10.0.11.90", r.ProxySubnets[1].ID: "10.0.12.90"}, r.ProxyGroup.ID)
			alb.Type = "application"
			for _, z := range alb.Zones {
				w.Proxies[w.Interfaces[z.Node].Primary()] = &network.Proxy{Ports: []int{443}}
			}
			if down {
				w.Proxies[w.Interfaces[alb.Zones[1].Node].Primary()].Ports = nil
			}
			r.TargetGroup.Type, r.TargetGroup.Targets = "alb", nil
			w.Register(r.TargetGroup, alb.ARN, 443, "")
			w.SettleHealth(r.TargetGroup)
			if ok, why := w.Reaches(r.KeyStore.ID); ok == down {
				t.Errorf("reaches %t (%s), want %t", ok, why, !down)
			}
		})
	}
}

// A reply that a network ACL drops on one port alone is seen by whoever looks at that port.
func TestTheJudgesTryBothSidesOfEachEdgeOfANetworkACL(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from, to int
		ok       bool
	}{"a port inside the range": {40000, 40000, false}, "its last port": {65535, 65535, false}, "ports below the range": {0, 1023, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{})
			acl := w.ACLs[r.ProxySubnets[0].ACL]
			acl.Entries = append(acl.Entries, network.ACLEntry{Number: 9, Egress: true, Protocol: network.TCP, FromPort: tt.from, ToPort: tt.to, CIDR: netip.MustParsePrefix("10.0.1.7/32")})
			if ok, why := w.Reaches(r.KeyStore.ID); ok != tt.ok {
				t.Errorf("reaches %t (%s), want %t", ok, why, tt.ok)
			}
			w.SettleHealth(r.TargetGroup)
			if state := r.TargetGroup.Targets[0].State; (state == "healthy") != tt.ok {
				t.Errorf("the target is %s", state)
			}
		})
	}
}
