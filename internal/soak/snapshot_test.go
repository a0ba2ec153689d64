package soak

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A translation writes a scene down as a snapshot without any AWS call. TestTheTranslationIsWhatIsRead
// holds it against what the product reads.
type translation struct {
	*scene
	out     path.Snapshot
	found   map[string]bool // interfaces by ID
	subnets map[string]bool // on the path
}

// snapshot returns what the product reads of a scene's network.
func (s *scene) snapshot() path.Snapshot {
	t := &translation{scene: s, found: map[string]bool{}, subnets: map[string]bool{}}
	t.addBalancer()
	t.addTargetGroup()
	t.addGroups()
	t.addVPCs()
	t.addNames()
	for _, id := range network.IDs(t.found) {
		t.out.Interfaces = append(t.out.Interfaces, t.iface(t.Interfaces[id]))
	}
	return t.out
}

func ids[To ~string](from []string) []To {
	var to []To
	for _, id := range from {
		to = append(to, To(id))
	}
	slices.Sort(to)
	return to
}

func (t *translation) addBalancer() {
	lb := path.LoadBalancer{
		ARN: path.ARN(t.lb.ARN), Name: t.lb.Name, Type: "network", Scheme: t.lb.Scheme, State: t.lb.State, VPC: path.VPCID(t.lb.VPC),
		SecurityGroups: ids[path.SecurityGroupID](t.lb.Groups), Enforcement: t.lb.Enforce, CrossZone: t.lb.CrossZone,
	}
	var nodes []string
	for _, z := range t.lb.Zones {
		lb.Zones = append(lb.Zones, path.Zone{Name: z.Name, Subnet: path.SubnetID(z.Subnet)})
		nodes = append(nodes, z.Node)
		t.found[z.Node], t.subnets[z.Subnet] = true, true
	}
	lb.Nodes = ids[path.InterfaceID](nodes)
	for _, l := range t.ListenersOf(t.lb) {
		lb.Listeners = append(lb.Listeners, path.Listener{ARN: path.ARN(l.ARN), Protocol: l.Protocol, Port: l.Port, TargetGroups: []path.ARN{path.ARN(t.tg.ARN)}})
	}
	t.out.LoadBalancers = []path.LoadBalancer{lb}
}

func (t *translation) addTargetGroup() {
	check := t.tg.Check
	tg := path.TargetGroup{
		ARN: path.ARN(t.tg.ARN), Name: t.tg.Name, Protocol: t.tg.Protocol, Port: t.tg.Port, TargetType: t.tg.Type, VPC: path.VPCID(t.tg.VPC),
		LoadBalancers: []path.ARN{path.ARN(t.lb.ARN)}, CrossZone: t.tg.CrossZone, PreserveClientIP: t.tg.PreserveClientIP, ProxyProtocolV2: t.tg.ProxyProtocolV2,
		HealthCheck: path.HealthCheck{Enabled: !check.Disabled, Protocol: check.Protocol, Port: check.Port, Interval: check.Interval, Timeout: check.Timeout,
			HealthyThreshold: check.Healthy, UnhealthyThreshold: check.Unhealthy},
	}
	for _, target := range t.tg.Targets {
		state, reason := t.Health(t.tg, target)
		one := path.Target{ID: target.ID, Port: target.Port, Zone: t.ZoneOf(t.tg, target), State: state, Reason: reason, Description: network.HealthDescription(reason)}
		for _, addr := range t.TargetAddrs(target) {
			one.Addr, one.Interface = addr, ""
			if i := t.located(addr); i != nil {
				one.Interface = path.InterfaceID(i.ID)
				t.found[i.ID], t.subnets[i.Subnet] = true, true
			}
			tg.Targets = append(tg.Targets, one)
		}
	}
	slices.SortStableFunc(tg.Targets, func(a, b path.Target) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Interface, b.Interface))
	})
	t.out.TargetGroups = []path.TargetGroup{tg}
}

// located returns the interface of a target's address that can be known for it: one of the
// load balancer's own VPC, or of one to which a route of a node's subnet leads over a peering
// connection.
func (t *translation) located(addr netip.Addr) *network.Interface {
	if i := t.InterfaceAt(t.home.ID, addr); i != nil || t.home.Contains(addr) {
		return i
	}
	for _, z := range t.lb.Zones {
		r, _ := t.RouteFor(t.Subnets[z.Subnet], addr)
		if r == nil {
			continue
		}
		if p := t.Peerings[r.Target]; p != nil {
			far := p.Accepter.VPC
			if far == t.home.ID {
				far = p.Requester.VPC
			}
			if i := t.InterfaceAt(far, addr); i != nil {
				return i
			}
		}
	}
	return nil
}

func (t *translation) iface(i *network.Interface) path.NetworkInterface {
	addrs := slices.Clone(i.Addrs)
	slices.SortFunc(addrs[1:], netip.Addr.Compare)
	return path.NetworkInterface{
		ID: path.InterfaceID(i.ID), Type: i.Type, Description: i.Description, VPC: path.VPCID(i.VPC), Subnet: path.SubnetID(i.Subnet), Zone: t.Subnets[i.Subnet].Zone,
		Addrs: addrs, SecurityGroups: ids[path.SecurityGroupID](i.Groups), Instance: i.Instance, RequesterManaged: i.RequesterManaged,
	}
}

// addGroups adds the groups of nodes and targets, and finds whoever carries one.
func (t *translation) addGroups() {
	carried := map[string]bool{}
	for id := range t.found {
		for _, g := range t.Interfaces[id].Groups {
			carried[g] = true
		}
	}
	for _, id := range network.IDs(carried) {
		g := t.SecurityGroups[id]
		out := path.SecurityGroup{ID: path.SecurityGroupID(id), ARN: path.ARN(t.ARN("ec2", "security-group/"+id)), Name: g.Name, VPC: path.VPCID(g.VPC)}
		for _, r := range t.Rules(g) {
			if r.Egress {
				out.Egress = append(out.Egress, t.rule(g, r))
			} else {
				out.Ingress = append(out.Ingress, t.rule(g, r))
			}
		}
		t.out.SecurityGroups = append(t.out.SecurityGroups, out)
	}
	for _, i := range t.Interfaces {
		t.found[i.ID] = t.found[i.ID] || slices.ContainsFunc(i.Groups, func(g string) bool { return carried[g] })
	}
	for id, is := range t.found {
		if !is {
			delete(t.found, id)
		}
	}
}

func (t *translation) rule(g *network.SecurityGroup, r network.Rule) path.Rule {
	out := path.Rule{Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort, Prefix: r.CIDR, PrefixList: path.PrefixListID(r.PrefixList), Group: path.SecurityGroupID(r.Group)}
	if r.Group != "" {
		if other := t.SecurityGroups[r.Group]; other.VPC != g.VPC {
			if p := t.PeeringBetween(g.VPC, other.VPC); p != nil {
				out.Peering, out.PeeringStatus = path.PeeringID(p.ID), p.Status
			}
		}
	}
	return out
}

// addVPCs adds everything of the VPCs in which nodes and located targets are.
func (t *translation) addVPCs() {
	seen := map[string]bool{t.home.ID: true}
	for id := range t.subnets {
		seen[t.Subnets[id].VPC] = true
	}
	for _, id := range network.IDs(seen) {
		v := t.VPCs[id]
		cidrs := slices.Clone(v.CIDRs)
		slices.SortFunc(cidrs, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
		t.out.VPCs = append(t.out.VPCs, path.VPC{ID: path.VPCID(id), CIDRs: cidrs, DNSSupport: v.DNSSupport, DNSHostnames: v.DNSHostnames})
	}
	for _, s := range network.Sorted(t.Subnets) {
		if seen[s.VPC] {
			t.out.Subnets = append(t.out.Subnets, path.Subnet{ID: path.SubnetID(s.ID), VPC: path.VPCID(s.VPC), CIDR: s.CIDR, Zone: s.Zone, ZoneID: s.ZoneID, Free: t.free(s)})
		}
	}
	for _, a := range network.Sorted(t.ACLs) {
		if seen[a.VPC] {
			t.out.NetworkACLs = append(t.out.NetworkACLs, t.acl(a))
		}
	}
	for _, rt := range network.Sorted(t.RouteTables) {
		if seen[rt.VPC] {
			t.out.RouteTables = append(t.out.RouteTables, table(rt))
		}
	}
}

// free counts a subnet's addresses that nothing has; AWS keeps five of each.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
func (t *translation) free(s *network.Subnet) int {
	n := 1<<(s.CIDR.Addr().BitLen()-s.CIDR.Bits()) - 5
	for _, i := range t.Interfaces {
		if i.Subnet == s.ID {
			n -= len(i.Addrs)
		}
	}
	return n
}

func (t *translation) acl(a *network.ACL) path.NetworkACL {
	out := path.NetworkACL{ID: path.NetworkACLID(a.ID), ARN: path.ARN(t.ARN("ec2", "network-acl/"+a.ID)), VPC: path.VPCID(a.VPC), Default: a.Default}
	for _, s := range network.Sorted(t.Subnets) {
		if s.ACL == a.ID {
			out.Subnets = append(out.Subnets, path.SubnetID(s.ID))
		}
	}
	for _, egress := range []bool{false, true} {
		final := network.ACLEntry{Number: 32767, Egress: egress, Protocol: -1, CIDR: netip.MustParsePrefix("0.0.0.0/0")}
		for _, e := range append(slices.Clone(a.Entries), final) {
			if e.Egress != egress {
				continue
			}
			one := path.NetworkACLEntry{Number: e.Number, Egress: egress, Protocol: e.Protocol, Allow: e.Allow, CIDR: e.CIDR, FromPort: -1, ToPort: -1}
			if e.Protocol == network.TCP || e.Protocol == network.UDP {
				one.FromPort, one.ToPort = e.FromPort, e.ToPort
			}
			out.Entries = append(out.Entries, one)
		}
	}
	slices.SortStableFunc(out.Entries, func(a, b path.NetworkACLEntry) int {
		if a.Egress != b.Egress {
			return map[bool]int{true: 1, false: -1}[a.Egress]
		}
		return cmp.Compare(a.Number, b.Number)
	})
	return out
}

func table(rt *network.RouteTable) path.RouteTable {
	out := path.RouteTable{ID: path.RouteTableID(rt.ID), VPC: path.VPCID(rt.VPC), Main: rt.Main, Subnets: ids[path.SubnetID](rt.Subnets)}
	for _, r := range rt.Routes {
		one := path.Route{CIDR: r.CIDR, PrefixList: path.PrefixListID(r.PrefixList), Target: r.Target, State: "active", Origin: "CreateRoute"}
		if r.Blackhole {
			one.State = "blackhole"
		}
		switch {
		case r.Target == "local":
			one.Origin = "CreateRouteTable"
		case r.Propagated:
			one.Origin = "EnableVgwRoutePropagation"
		}
		out.Routes = append(out.Routes, one)
	}
	slices.SortStableFunc(out.Routes, func(a, b path.Route) int {
		return cmp.Or(a.CIDR.Addr().Compare(b.CIDR.Addr()), cmp.Compare(a.CIDR.Bits(), b.CIDR.Bits()), cmp.Compare(a.PrefixList, b.PrefixList), cmp.Compare(a.Target, b.Target))
	})
	return out
}

// addNames adds the prefix lists and peering connections that rules of the path, or routes of
// its subnets, name. What leaves a target are replies, which no rule stops.
func (t *translation) addNames() {
	lists, peerings := map[string]bool{}, map[string]bool{}
	for _, g := range t.out.SecurityGroups {
		rules := slices.Clone(g.Ingress)
		if slices.Contains(t.lb.Groups, string(g.ID)) {
			rules = append(rules, g.Egress...)
		}
		for _, r := range rules {
			lists[string(r.PrefixList)], peerings[string(r.Peering)] = true, true
		}
	}
	for id := range t.subnets {
		for _, r := range t.RouteTableOf(t.Subnets[id]).Routes {
			lists[r.PrefixList] = true
			peerings[r.Target] = peerings[r.Target] || strings.HasPrefix(r.Target, "pcx-")
		}
	}
	for _, l := range network.Sorted(t.PrefixLists) {
		if lists[l.ID] {
			one := path.PrefixList{ID: path.PrefixListID(l.ID)}
			for _, e := range l.Entries {
				one.Entries = append(one.Entries, e.CIDR)
			}
			slices.SortFunc(one.Entries, comparePrefixes)
			one.Entries = slices.Compact(one.Entries)
			t.out.PrefixLists = append(t.out.PrefixLists, one)
		}
	}
	for _, p := range network.Sorted(t.Peerings) {
		if peerings[p.ID] {
			side := func(v network.PeeringVPC) path.PeeringVPC {
				out := path.PeeringVPC{VPC: path.VPCID(v.VPC), Account: v.Account, Region: v.Region}
				if p.Status == "active" { // else AWS shows no ranges
					out.CIDRs = v.CIDRs
				}
				return out
			}
			t.out.Peerings = append(t.out.Peerings, path.Peering{ID: path.PeeringID(p.ID), Status: p.Status, Requester: side(p.Requester), Accepter: side(p.Accepter)})
		}
	}
}

func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}
