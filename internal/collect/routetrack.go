package collect

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// names are the prefix lists and peering connections that rules and routes on the path name.
// Each is read once.
type names struct {
	lists    map[path.PrefixListID]*answer[path.PrefixList]
	order    []*answer[path.PrefixList] // the same, as they were asked for
	taken    int                        // of order, how many are taken up
	peerings map[path.PeeringID]bool
	asked    []*aboutPeerings
}

// aboutPeerings is one question about peering connections. Those that must exist are a gap
// where AWS does not show them; of a deleted one nothing may be left.
type aboutPeerings struct {
	ids  []path.PeeringID
	must map[path.PeeringID]bool
	answer[[]path.Peering]
	taken bool
}

// A namedPeering is a VPC peering connection that a rule or route names; used says that traffic is
// meant to pass, so that it must exist.
type namedPeering struct {
	id   path.PeeringID
	used bool
}

// askNames returns reads for the lists and peering connections that have not been asked for.
func (s *survey) askNames(lists []path.PrefixListID, peerings []namedPeering) []read {
	var reads []read
	for _, list := range unique(lists) {
		if _, known := s.names.lists[list]; known {
			continue
		}
		if s.names.lists == nil {
			s.names.lists = map[path.PrefixListID]*answer[path.PrefixList]{}
		}
		a := new(answer[path.PrefixList])
		s.names.lists[list] = a
		s.names.order = append(s.names.order, a)
		reads = append(reads, ask(s.Reader, a, question{path.PrefixListsPart, "ec2:GetManagedPrefixListEntries", path.ARN(list)},
			func(ctx context.Context) (path.PrefixList, error) { return s.prefixList(ctx, list) }))
	}
	about := &aboutPeerings{must: map[path.PeeringID]bool{}}
	for _, p := range peerings {
		if s.names.peerings[p.id] {
			continue
		}
		about.must[p.id] = about.must[p.id] || p.used
		about.ids = append(about.ids, p.id)
	}
	if about.ids = unique(about.ids); len(about.ids) == 0 {
		return reads
	}
	if s.names.peerings == nil {
		s.names.peerings = map[path.PeeringID]bool{}
	}
	for _, id := range about.ids {
		s.names.peerings[id] = true
	}
	s.names.asked = append(s.names.asked, about)
	return append(reads, ask(s.Reader, &about.answer, question{path.PeeringsPart, "ec2:DescribeVpcPeeringConnections", ""},
		func(ctx context.Context) ([]path.Peering, error) { return s.peerings(ctx, about.ids) }))
}

// takeNames takes up what the last round answered of them.
func (s *survey) takeNames() {
	for _, a := range s.names.order[s.names.taken:] {
		if !note(s, *a) {
			s.out.PrefixLists = append(s.out.PrefixLists, a.value)
		}
	}
	s.names.taken = len(s.names.order)
	for _, a := range s.names.asked {
		if a.taken {
			continue
		}
		a.taken = true
		if note(s, a.answer) {
			continue
		}
		s.out.Peerings = append(s.out.Peerings, a.value...)
		for _, id := range a.ids {
			if a.must[id] && !slices.ContainsFunc(a.value, func(p path.Peering) bool { return p.ID == id }) {
				q := a.question
				q.on = path.ARN(id)
				s.gap(q.notVisible("a route or rule on the path names the VPC peering connection, but this account does not see it"))
			}
		}
	}
}

// routeNames returns reads for what the route tables of the path's subnets name: prefix lists
// are destinations, and what is behind a peering connection may be a target's VPC.
func (s *survey) routeNames() []read {
	var lists []path.PrefixListID
	var peerings []namedPeering
	for _, subnet := range append(s.pathSubnets(), s.likelySubnets()...) {
		table, _ := s.tableOf(subnet)
		for _, r := range table.Routes {
			if r.PrefixList != "" {
				lists = append(lists, r.PrefixList)
			}
			if strings.HasPrefix(r.Target, "pcx-") {
				peerings = append(peerings, namedPeering{path.PeeringID(r.Target), r.State != "blackhole"})
			}
		}
	}
	return s.askNames(lists, peerings)
}

// likelySubnets returns the subnets of the target groups' VPCs in which targets lie by their
// addresses: their interfaces are still to be found.
func (s *survey) likelySubnets() []path.SubnetID {
	var ids []path.SubnetID
	for _, g := range s.out.TargetGroups {
		for _, t := range g.Targets {
			for _, n := range s.out.Subnets {
				if n.VPC == g.VPC && t.Addr.IsValid() && n.CIDR.IsValid() && n.CIDR.Contains(t.Addr) {
					ids = append(ids, n.ID)
				}
			}
		}
	}
	return unique(ids)
}

func (s *survey) subnet(id path.SubnetID) (path.Subnet, bool) {
	i := slices.IndexFunc(s.out.Subnets, func(n path.Subnet) bool { return n.ID == id })
	if i < 0 {
		return path.Subnet{}, false
	}
	return s.out.Subnets[i], true
}

// tableOf returns the route table that a subnet uses: its own, else its VPC's main one.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func (s *survey) tableOf(id path.SubnetID) (path.RouteTable, bool) {
	for _, t := range s.out.RouteTables {
		if slices.Contains(t.Subnets, id) {
			return t, true
		}
	}
	vpc := s.vpcOf(id)
	for _, t := range s.out.RouteTables {
		if t.Main && t.VPC == vpc {
			return t, true
		}
	}
	return path.RouteTable{}, false
}

// vpcOf returns the VPC of a subnet of the path. Where subnets could not be read, what lies in
// one tells.
func (s *survey) vpcOf(id path.SubnetID) path.VPCID {
	if n, ok := s.subnet(id); ok {
		return n.VPC
	}
	for _, lb := range s.out.LoadBalancers {
		if slices.ContainsFunc(lb.Zones, func(z path.Zone) bool { return z.Subnet == id }) {
			return lb.VPC
		}
	}
	for _, i := range s.found {
		if i.Subnet == id {
			return i.VPC
		}
	}
	return ""
}

// peersTowards returns the VPCs to which the load balancers of a target group send what goes
// to addr, over peering connections in this account and Region.
func (s *survey) peersTowards(g path.TargetGroup, addr netip.Addr) []path.VPCID {
	var vpcs []path.VPCID
	for _, lb := range s.out.LoadBalancers {
		for _, z := range lb.Zones {
			if !slices.Contains(g.LoadBalancers, lb.ARN) {
				continue
			}
			table, _ := s.tableOf(z.Subnet)
			r := s.longest(table, addr)
			for _, p := range s.out.Peerings {
				if string(p.ID) == r.Target {
					vpcs = append(vpcs, s.ours(p, table.VPC)...)
				}
			}
		}
	}
	return unique(vpcs)
}

// ours returns the side of a peering connection that is not vpc, where this account and Region
// have it.
func (s *survey) ours(p path.Peering, vpc path.VPCID) []path.VPCID {
	far := p.Accepter
	if far.VPC == vpc {
		far = p.Requester
	}
	if far.VPC == "" || far.Account != s.account || far.Region != "" && far.Region != s.region {
		return nil
	}
	return []path.VPCID{far.VPC}
}

// longest returns the most specific route to addr, a zero one where there is none.
func (s *survey) longest(t path.RouteTable, addr netip.Addr) path.Route {
	var best path.Route
	bits := -1
	for _, r := range t.Routes {
		for _, p := range s.destinations(r) {
			if p.IsValid() && p.Contains(addr) && p.Bits() > bits {
				best, bits = r, p.Bits()
			}
		}
	}
	return best
}

func (s *survey) destinations(r path.Route) []netip.Prefix {
	if r.PrefixList == "" {
		return []netip.Prefix{r.CIDR}
	}
	if a := s.names.lists[r.PrefixList]; a != nil {
		return a.value.Entries
	}
	return nil
}
