package reach_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// losses says what a path's routes lose, one line a reason: "rtb-1 reply, 10.0.0.0/16: no route: …".
func losses(hops []reach.RouteHop) string {
	var lines []string
	for _, h := range hops {
		name := string(h.Table)
		if h.Reply {
			name += " reply"
		}
		if h.Outside {
			name += " outside"
		}
		for _, l := range h.Losses {
			on := ""
			if l.Destination.IsValid() {
				on = ", " + l.Destination.String() + " → " + l.Route.Target
			}
			lines = append(lines, fmt.Sprintf("%s%s: %s: %s", name, on, l.Why, l.Flows))
		}
		for _, what := range h.Unseen {
			lines = append(lines, name+": unseen: "+what)
		}
	}
	return strings.Join(lines, "\n")
}

// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func TestWhatRoutesLose(t *testing.T) {
	t.Parallel()
	oneNode := pathtest.All(oneTarget, pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones, lb.Nodes = lb.Zones[:1], lb.Nodes[:1] }))
	with := func(edits ...pathtest.Edit) pathtest.Edit {
		return pathtest.All(oneNode, pathtest.OwnTable(pathtest.SubnetB, "rtb-b"), pathtest.All(edits...))
	}
	outside := func(routes ...path.Route) pathtest.Edit {
		return with(pathtest.Outside(pathtest.OnPremises), pathtest.AddRoute("rtb-1", routes...))
	}
	peered := func(edits ...pathtest.Edit) pathtest.Edit {
		return pathtest.All(oneNode, pathtest.Peered, pathtest.All(edits...))
	}
	status := func(status string) pathtest.Edit {
		return func(s *path.Snapshot) { s.Peerings[0].Status = status }
	}
	routes := func(id path.RouteTableID, routes ...path.Route) pathtest.Edit {
		return func(s *path.Snapshot) {
			for i := range s.RouteTables {
				if s.RouteTables[i].ID == id {
					s.RouteTables[i].Routes = routes
				}
			}
		}
	}
	propagated := func(r path.Route) path.Route { r.Origin = "EnableVgwRoutePropagation"; return r }
	filtered := func(r path.Route) path.Route { r.State = "filtered"; return r }
	listed := func(r path.Route) path.Route { r.CIDR, r.PrefixList = path.Route{}.CIDR, "pl-1"; return r }
	const (
		request = ": tcp 10.0.1.7/32 → 10.0.2.9/32 :443"
		reply   = ": tcp 10.0.2.9/32 → 10.0.1.7/32 :1024-65535"
		out     = ": tcp 10.0.1.7/32 → 192.168.7.7/32 :443"
	)
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"the local route serves both ways":               {with(), ""},
		"a blackhole that is more specific":              {with(pathtest.AddRoute("rtb-1", pathtest.Blackhole("10.0.2.0/24", "eni-gone"))), "rtb-1, 10.0.2.0/24 → eni-gone: blackhole" + request},
		"a blackhole that is as long as an address":      {with(pathtest.AddRoute("rtb-1", pathtest.Blackhole("10.0.2.9/32", "eni-gone"))), "rtb-1, 10.0.2.9/32 → eni-gone: blackhole" + request},
		"a blackhole beside the address":                 {with(pathtest.AddRoute("rtb-1", pathtest.Blackhole("10.0.2.8/32", "eni-gone"))), ""},
		"a blackhole that is less specific":              {with(pathtest.AddRoute("rtb-1", pathtest.Blackhole("10.0.0.0/8", "tgw-gone"))), ""},
		"a blackhole on the way back":                    {with(pathtest.AddRoute("rtb-b", pathtest.Blackhole("10.0.1.0/24", "eni-gone"))), "rtb-b reply, 10.0.1.0/24 → eni-gone: blackhole" + reply},
		"the main table does not count beside one's own": {with(pathtest.AddRoute("rtb-1", pathtest.Blackhole("10.0.1.0/24", "eni-gone"))), ""},
		"an appliance on the way hides what it does":     {with(pathtest.AddRoute("rtb-1", pathtest.Route("10.0.2.0/24", "eni-1"))), "rtb-1: unseen: what lies behind eni-1, to which route table rtb-1 sends 10.0.2.0/24"},
		"a firewall endpoint, too":                       {with(pathtest.AddRoute("rtb-b", pathtest.Route("10.0.1.0/24", "vpce-1"))), "rtb-b reply: unseen: what lies behind vpce-1, to which route table rtb-b sends 10.0.1.0/24"},
		"a filtered route is not in force":               {with(pathtest.AddRoute("rtb-1", filtered(pathtest.Route("10.0.2.0/24", "eni-1")))), ""},
		"a table without a local route":                  {with(routes("rtb-1")), "rtb-1: no route" + request},
		"an IPv6 route is none for IPv4":                 {with(routes("rtb-1", pathtest.Route("::/0", "local"))), "rtb-1: no route" + request},

		"outside, no route":                               {outside(), "rtb-1 outside: no route" + out},
		"outside, a transit gateway":                      {outside(pathtest.Route("192.168.0.0/16", "tgw-1")), "rtb-1 outside: unseen: what lies behind tgw-1, to which route table rtb-1 sends 192.168.0.0/16"},
		"outside, a virtual private gateway":              {outside(pathtest.Route("0.0.0.0/0", "vgw-1")), "rtb-1 outside: unseen: what lies behind vgw-1, to which route table rtb-1 sends 0.0.0.0/0"},
		"outside, a NAT gateway may be a private one":     {outside(pathtest.Route("0.0.0.0/0", "nat-1")), "rtb-1 outside: unseen: what lies behind nat-1, to which route table rtb-1 sends 0.0.0.0/0"},
		"outside, an internet gateway":                    {outside(pathtest.Route("0.0.0.0/0", "igw-1")), "rtb-1 outside, 0.0.0.0/0 → igw-1: an internet gateway carries no private address" + out},
		"outside, a virtual private gateway that is gone": {outside(pathtest.Blackhole("192.168.0.0/16", "vgw-1")), "rtb-1 outside, 192.168.0.0/16 → vgw-1: blackhole" + out},
		"outside, the longest prefix wins":                {outside(pathtest.Blackhole("192.168.0.0/16", "vgw-1"), pathtest.Route("192.168.7.0/24", "tgw-1")), "rtb-1 outside: unseen: what lies behind tgw-1, to which route table rtb-1 sends 192.168.7.0/24"},
		"outside, a static route before a propagated one": {
			outside(propagated(pathtest.Route("192.168.0.0/16", "vgw-1")), pathtest.Blackhole("192.168.0.0/16", "tgw-1")), "rtb-1 outside, 192.168.0.0/16 → tgw-1: blackhole" + out,
		},
		"outside, a prefix list before a propagated route": {
			pathtest.All(pathtest.PrefixList("pl-1", "192.168.0.0/16"), outside(propagated(pathtest.Route("192.168.0.0/16", "vgw-1")), listed(pathtest.Blackhole("0.0.0.0/0", "tgw-1")))),
			"rtb-1 outside, 192.168.0.0/16 → tgw-1: blackhole" + out,
		},
		"outside, an address range before a prefix list": {
			pathtest.All(pathtest.PrefixList("pl-1", "192.168.0.0/16"), outside(listed(pathtest.Route("0.0.0.0/0", "vgw-1")), pathtest.Blackhole("192.168.0.0/16", "tgw-1"))),
			"rtb-1 outside, 192.168.0.0/16 → tgw-1: blackhole" + out,
		},
		"outside, a prefix list that is not known": {outside(listed(pathtest.Route("0.0.0.0/0", "tgw-1"))), "rtb-1 outside: unseen: entries of prefix list pl-1, which route table rtb-1 names"},
		"a prefix list that is not known makes every route uncertain but one to the address itself": {
			with(pathtest.AddRoute("rtb-1", listed(pathtest.Route("0.0.0.0/0", "tgw-1")), pathtest.Blackhole("10.0.2.9/32", "eni-gone"))), "rtb-1, 10.0.2.9/32 → eni-gone: blackhole" + request,
		},

		"peered, both sides lead over it": {peered(), ""},
		"peered, no route there":          {peered(routes("rtb-1", pathtest.Route("10.0.0.0/16", "local"))), "rtb-1: no route: tcp 10.0.1.7/32 → 10.9.1.9/32 :443"},
		"peered, no route back":           {peered(routes(pathtest.PeerTable, pathtest.Route("10.9.0.0/16", "local"))), "rtb-peer reply: no route: tcp 10.9.1.9/32 → 10.0.1.7/32 :1024-65535"},
		"peered, the peering is gone": {peered(status("deleted")), "rtb-1, 10.9.0.0/16 → pcx-1: VPC peering connection pcx-1 is deleted: tcp 10.0.1.7/32 → 10.9.1.9/32 :443\n" +
			"rtb-peer reply, 10.0.0.0/16 → pcx-1: VPC peering connection pcx-1 is deleted: tcp 10.9.1.9/32 → 10.0.1.7/32 :1024-65535"},
		"peered, the far VPC cannot be seen": {
			pathtest.All(peered(), pathtest.Outside(pathtest.PeerTarget), func(s *path.Snapshot) {
				s.VPCs, s.Subnets, s.Interfaces = s.VPCs[:1], s.Subnets[:2], s.Interfaces[:len(s.Interfaces)-1]
			}),
			"rtb-1 outside: unseen: vpc-2 in account 111122223333, behind VPC peering connection pcx-1",
		},
		"peered, an address beyond the far VPC": {
			pathtest.All(peered(), pathtest.Outside(pathtest.OnPremises), pathtest.AddRoute("rtb-1", pathtest.Route("192.168.0.0/16", "pcx-1"))),
			"rtb-1 outside, 192.168.0.0/16 → pcx-1: VPC peering connection pcx-1 ends in vpc-2" + out,
		},
		"peered, a peering that was not read": {peered(func(s *path.Snapshot) { s.Peerings = nil }), "rtb-1: unseen: VPC peering connection pcx-1\nrtb-peer reply: unseen: VPC peering connection pcx-1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops, _ := reach.Routes(pathtest.With(tt.edit), reach.Anywhere)
			if got := losses(hops); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestWhatOfRoutesIsNotSeen(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"everything is seen":                                         {pathtest.Unchanged, ""},
		"a route table is not read":                                  {func(s *path.Snapshot) { s.RouteTables = nil }, "route table of subnet-a, route table of subnet-b"},
		"the main table is not known":                                {pathtest.All(pathtest.OwnTable(pathtest.SubnetA, "rtb-a"), func(s *path.Snapshot) { s.RouteTables = s.RouteTables[1:] }), "route table of subnet-b"},
		"what is on the near side is seen, and nothing asked beyond": {pathtest.Outside(pathtest.OnPremises), ""},
		"a target is in no subnet on show":                           {pathtest.Outside("10.0.3.99"), "subnet of target 10.0.3.99"},
		"a node's subnet is not known":                               {pathtest.Interface(pathtest.NodeA, func(n *path.NetworkInterface) { n.Subnet = "" }), "subnet of load balancer node 10.0.1.7"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, unseen := reach.Routes(pathtest.With(oneTarget, tt.edit), reach.Anywhere)
			var got []string
			for _, u := range unseen {
				got = append(got, u.What...)
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
