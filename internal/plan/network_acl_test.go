package plan_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

const (
	aclRequest check.ID = "target.network-acl-request"
	aclReply   check.ID = "target.network-acl-reply"
)

// oneWay leaves one node, 10.0.1.7 in subnet-a, and one target, 10.0.2.9 in subnet-b.
func oneWay(s *path.Snapshot) {
	pathtest.TargetGroup(func(g *path.TargetGroup) {
		g.Targets = slices.DeleteFunc(slices.Clone(g.Targets), func(t path.Target) bool { return t.ID != "10.0.2.9" })
	})(s)
	pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones, lb.Nodes = lb.Zones[:1], lb.Nodes[:1] })(s)
}

// lines says a plan's steps: class, summary, why.
func lines(p plan.Plan) string {
	var all []string
	for _, s := range p.Steps {
		all = append(all, fmt.Sprintf("%s: %s (%s)", s.Class, s.Action.Summary(), s.Why))
	}
	return strings.Join(all, "\n")
}

func TestEntriesForWhatANetworkACLKeepsOut(t *testing.T) {
	t.Parallel()
	const (
		two  = "2 subnets use the network ACL, and the rule holds for each"
		keep = "it is narrower than to change rule %d, which stays, and is undone by deleting it"
	)
	entry := pathtest.ACLEntry
	entries := func(egress bool, e ...path.NetworkACLEntry) pathtest.Edit {
		return pathtest.All(oneWay, pathtest.Entries(pathtest.NetworkACL, egress, e...))
	}
	full := make([]path.NetworkACLEntry, 19)
	for i := range full {
		full[i] = entry(100+i, true, true, "192.0.2.0/24", 443, 443)
	}
	six := make([]path.NetworkACLEntry, 19)
	for i := range six {
		six[i] = entry(200+i, true, true, "fd00::/8", 443, 443)
	}
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"behind all others where only the final denial is in the way": {
			entries(true, entry(100, true, true, "0.0.0.0/0", 1024, 65535)), "approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 110 (" + two + ")",
		},
		"the first of an empty network ACL": {
			pathtest.All(entries(true), pathtest.OwnACL(pathtest.SubnetB, "acl-b")),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 10 (the rule holds for everything in the subnet that uses the network ACL)",
		},
		"just below the rule that denies": {
			pathtest.All(oneWay, pathtest.AddEntry(pathtest.NetworkACL, entry(90, true, false, "10.0.2.0/24", 443, 443))),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 89 (" + two + "; " + fmt.Sprintf(keep, 90) + ")",
		},
		"the next free number below it": {
			entries(true, entry(89, true, true, "192.0.2.0/24", 443, 443), entry(90, true, false, "10.0.2.0/24", 443, 443), entry(100, true, true, "0.0.0.0/0", -1, -1)),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 88 (" + two + "; " + fmt.Sprintf(keep, 90) + ")",
		},
		"requests and replies do not take one another's number": {
			pathtest.All(oneWay, pathtest.OwnACL(pathtest.SubnetA, "acl-a"), pathtest.Entries(pathtest.NetworkACL, false), pathtest.Entries(pathtest.NetworkACL, true), pathtest.Entries("acl-a", false)),
			"approval: allow tcp 443 from 10.0.1.7/32 in network ACL acl-1, as its inbound rule 10 (the rule holds for everything in the subnet that uses the network ACL)\n" +
				"approval: allow tcp 1024-65535 to 10.0.1.7/32 in network ACL acl-1, as its outbound rule 10 (the rule holds for everything in the subnet that uses the network ACL)\n" +
				"approval: allow tcp 1024-65535 from 10.0.2.9/32 in network ACL acl-a, as its inbound rule 10 (the rule holds for everything in the subnet that uses the network ACL)",
		},
		"one network ACL at both borders": {
			pathtest.All(entries(true), pathtest.Entries(pathtest.NetworkACL, false)),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 10 (" + two + ")\n" +
				"approval: allow tcp 443 from 10.0.1.7/32 in network ACL acl-1, as its inbound rule 10 (" + two + ")\n" +
				"approval: allow tcp 1024-65535 to 10.0.1.7/32 in network ACL acl-1, as its outbound rule 20 (" + two + ")\n" +
				"approval: allow tcp 1024-65535 from 10.0.2.9/32 in network ACL acl-1, as its inbound rule 20 (" + two + ")",
		},
		"only the ports that are missing": {
			entries(false, entry(100, false, true, "10.0.1.0/24", 443, 443), entry(110, false, true, "10.0.2.0/24", 32768, 60999)),
			"approval: allow tcp 1024-32767 from 10.0.2.9/32 in network ACL acl-1, as its inbound rule 120 (" + two + ")\n" +
				"approval: allow tcp 61000-65535 from 10.0.2.9/32 in network ACL acl-1, as its inbound rule 130 (" + two + ")",
		},
		"below the lowest rule that denies any of it": {
			entries(true, entry(50, true, false, "10.0.1.0/24", 2000, 2999), entry(100, true, true, "10.0.2.0/24", 443, 443)),
			"approval: allow tcp 1024-65535 to 10.0.1.7/32 in network ACL acl-1, as its outbound rule 49 (" + two + "; " + fmt.Sprintf(keep, 50) + ")",
		},
		"no number is free below the rule that denies": {
			entries(true, entry(1, true, true, "192.0.2.0/24", 1, 1), entry(2, true, false, "10.0.2.0/24", 443, 443), entry(100, true, true, "0.0.0.0/0", -1, -1)),
			"manual: let through in the outbound rules of network ACL acl-1 what is missing (no rule number is free below 2): tcp 10.0.1.7/32 → 10.0.2.9/32 :443 ()",
		},
		"the quota is reached": {
			entries(true, append(full[:18:18], entry(200, true, true, "10.0.1.0/24", 1024, 65535))...),
			"manual: let through in the outbound rules of network ACL acl-1 what is missing (the direction holds 21 rules with what is needed, and 20 is the quota): tcp 10.0.1.7/32 → 10.0.2.9/32 :443 ()",
		},
		"one below the quota": {
			entries(true, append(full[:17:17], entry(200, true, true, "10.0.1.0/24", 1024, 65535))...),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 210 (" + two + ")",
		},
		"IPv6 has a quota of its own": {
			entries(true, append(six, entry(300, true, true, "10.0.1.0/24", 1024, 65535))...),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 310 (" + two + ")",
		},
		"the highest number is taken": {
			entries(true, entry(32766, true, true, "10.0.1.0/24", 1024, 65535)),
			"approval: allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 32765 (" + two + ")",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			var causes []check.Finding
			for _, f := range check.Run(check.Catalogue(), s) {
				// That the load balancer has one node is no fault here.
				if f.Verdict == check.Fail && !f.Warning && f.Check != "load-balancer.two-zones" {
					causes = append(causes, f)
				}
			}
			if got := lines(plan.Make(causes, s, tagged())); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// What is known of the right target of a route stands in the command; the rest is for a person.
func TestRoutesAreToldWithTheirCommands(t *testing.T) {
	t.Parallel()
	local := func(id path.RouteTableID) pathtest.Edit {
		return func(s *path.Snapshot) {
			for i := range s.RouteTables {
				if s.RouteTables[i].ID == id {
					s.RouteTables[i].Routes = s.RouteTables[i].Routes[:1]
				}
			}
		}
	}
	tests := map[string]struct {
		check check.ID
		edit  pathtest.Edit
		want  string
	}{
		"a blackhole": {
			"target.route", pathtest.AddRoute(pathtest.RouteTable, pathtest.Blackhole("10.0.2.0/24", "eni-gone")),
			"aws ec2 replace-route --route-table-id rtb-1 --destination-cidr-block 10.0.2.0/24 --network-interface-id '<network-interface-id>'",
		},
		"a blackhole of a prefix list": {
			"target.route", pathtest.All(pathtest.PrefixList("pl-1", "10.0.2.0/24"), pathtest.AddRoute(pathtest.RouteTable, path.Route{PrefixList: "pl-1", Target: "vpce-gone", State: "blackhole"})),
			"aws ec2 replace-route --route-table-id rtb-1 --destination-prefix-list-id pl-1 --vpc-endpoint-id '<vpc-endpoint-id>'",
		},
		"no route back over a peering": {
			"target.route", pathtest.All(pathtest.Peered, local(pathtest.PeerTable)),
			"aws ec2 create-route --route-table-id rtb-peer --destination-cidr-block 10.0.1.0/24 --vpc-peering-connection-id pcx-1",
		},
		"no route there over a peering": {
			"target.route", pathtest.All(pathtest.Peered, local(pathtest.RouteTable)),
			"aws ec2 create-route --route-table-id rtb-1 --destination-cidr-block 10.9.1.0/24 --vpc-peering-connection-id pcx-1",
		},
		"a virtual private gateway that is gone": {
			"target.on-premises-reachable", pathtest.All(pathtest.Outside(pathtest.OnPremises), pathtest.AddRoute(pathtest.RouteTable, pathtest.Blackhole("192.168.0.0/16", "vgw-gone"))),
			"aws ec2 replace-route --route-table-id rtb-1 --destination-cidr-block 192.168.0.0/16 --gateway-id '<virtual-private-gateway-id>'",
		},
		"no route out": {
			"target.on-premises-reachable", pathtest.Outside(pathtest.OnPremises),
			"aws ec2 create-route --route-table-id rtb-1 --destination-cidr-block 192.168.7.7/32 --transit-gateway-id '<transit-gateway-id>'",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(oneWay, tt.edit)
			p := plan.Make(fails(t, s, tt.check), s, tagged())
			if len(p.Steps) != 1 || p.Steps[0].Class != plan.Manual {
				t.Fatalf("got %s, want one manual step", lines(p))
			}
			var got []string
			for _, c := range p.Steps[0].Action.Commands() {
				got = append(got, plan.Shell(c))
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Targets side by side are one address range; where cutting by port takes fewer entries it is done.
func TestTheFewestEntriesAreTaken(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Entries(pathtest.NetworkACL, true, pathtest.ACLEntry(100, true, true, "10.0.0.0/16", 1024, 65535)), pathtest.HealthCheckPort("80"),
		pathtest.TargetGroup(func(g *path.TargetGroup) {
			for i, a := range []string{"10.0.1.8", "10.0.1.9", "10.0.2.8", "10.0.2.9"} {
				g.Targets[i].ID, g.Targets[i].Addr, g.Targets[i].Interface = a, netip.MustParseAddr(a), ""
			}
			g.Targets[0].Port, g.Targets[2].Port = 80, 80
		}))
	p := plan.Make(fails(t, s, aclRequest), s, tagged())
	var got []string
	for _, step := range p.Steps {
		e := step.Action.(plan.CreateNetworkACLEntry)
		got = append(got, fmt.Sprintf("%v %v", e.CIDR, e.Ports))
	}
	want := []string{"10.0.1.8/31 80", "10.0.2.8/31 80", "10.0.1.9/32 443", "10.0.2.9/32 443"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPreconditionsOfEntries(t *testing.T) {
	t.Parallel()
	create := plan.CreateNetworkACLEntry{ACL: pathtest.NetworkACL, Egress: true, Number: 89, CIDR: netip.MustParsePrefix("10.0.2.8/31"), Ports: flow.PortRange{From: 443, To: 444}, Subnets: []path.SubnetID{pathtest.SubnetA, pathtest.SubnetB}}
	undo, _ := create.Inverse()
	out := func(e ...path.NetworkACLEntry) pathtest.Edit {
		return pathtest.Entries(pathtest.NetworkACL, true, e...)
	}
	deny := pathtest.ACLEntry(90, true, false, "10.0.2.0/24", -1, -1)
	mine := create.Entry()
	tests := map[string]struct {
		action plan.Action
		edit   pathtest.Edit
		want   error
	}{
		"it is denied":                         {create, out(deny), nil},
		"it is denied by the end of the list":  {create, out(), nil},
		"it is allowed":                        {create, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"it is there":                          {create, out(mine, deny), plan.ErrAlreadyHolds},
		"a part is allowed":                    {create, out(pathtest.ACLEntry(80, true, true, "10.0.2.9/32", 443, 443), deny), plan.ErrStale},
		"a rule before it denies":              {create, out(pathtest.ACLEntry(80, true, false, "10.0.2.9/32", 443, 443), deny), plan.ErrStale},
		"the number is taken":                  {create, out(pathtest.ACLEntry(89, true, true, "192.0.2.0/24", 443, 443), deny), plan.ErrStale},
		"inbound numbers are others":           {create, pathtest.All(out(deny), pathtest.AddEntry(pathtest.NetworkACL, pathtest.ACLEntry(89, false, true, "192.0.2.0/24", 443, 443))), nil},
		"another subnet uses the network ACL":  {create, pathtest.All(out(deny), pathtest.ACL(pathtest.NetworkACL, func(a *path.NetworkACL) { a.Subnets = append(a.Subnets, "subnet-new") })), plan.ErrStale},
		"one of the subnets has left it":       {create, pathtest.All(out(deny), pathtest.OwnACL(pathtest.SubnetB, "acl-b")), nil},
		"the network ACL is gone":              {create, func(s *path.Snapshot) { s.NetworkACLs = nil }, plan.ErrStale},
		"undo: it is there":                    {undo, out(mine, deny), nil},
		"undo: it is there with its host bits": {undo, out(hostBits(mine), deny), nil},
		"undo: it is gone":                     {undo, out(deny), plan.ErrAlreadyHolds},
		"undo: another has its number":         {undo, out(pathtest.ACLEntry(89, true, true, "192.0.2.0/24", 443, 443)), plan.ErrStale},
		"undo: the network ACL is gone":        {undo, func(s *path.Snapshot) { s.NetworkACLs = nil }, plan.ErrStale},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Precondition(pathtest.With(tt.edit)); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func hostBits(e path.NetworkACLEntry) path.NetworkACLEntry {
	e.CIDR = netip.PrefixFrom(e.CIDR.Addr().Next(), e.CIDR.Bits())
	return e
}

// The fix is what is missing: with all of its entries the path is open, without any one of
// them it is not, and at each network ACL nothing else has opened than they name.
func TestTheEntriesAreTheSmallestFix(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := pathtest.With(pathtest.HealthCheckPort(rapid.SampledFrom([]string{"traffic-port", "8080"}).Draw(t, "health")))
		if rapid.Bool().Draw(t, "two network ACLs") {
			pathtest.OwnACL(pathtest.SubnetB, "acl-b")(&s)
		}
		for i := range s.NetworkACLs {
			s.NetworkACLs[i].Entries = append(aclEntries(t, true), aclEntries(t, false)...)
		}
		var causes []check.Finding
		for _, f := range check.Run(check.Catalogue(), s) {
			if f.Verdict == check.Fail && !f.Warning {
				causes = append(causes, f)
			}
		}
		var creates []plan.CreateNetworkACLEntry
		for _, step := range plan.Make(causes, s, tagged()).Steps {
			a, ok := step.Action.(plan.CreateNetworkACLEntry)
			if !ok || step.Class != plan.Approval {
				return // no number or no room is left: a person decides
			}
			creates = append(creates, a)
		}
		after := with(t, s, creates, -1)
		if hops, _ := reach.NetworkACLs(after, reach.EachWay); len(blocked(hops)) > 0 {
			t.Fatalf("still missing after %v: %v", creates, blocked(hops))
		}
		for i := range creates {
			if hops, _ := reach.NetworkACLs(with(t, s, creates, i), reach.EachWay); len(blocked(hops)) == 0 {
				t.Fatalf("open without %v of %v", creates[i], creates)
			}
		}
		for i, acl := range s.NetworkACLs {
			for _, egress := range []bool{true, false} {
				before, _ := reach.Decide(acl, egress, everything())
				opened, _ := reach.Decide(after.NetworkACLs[i], egress, everything())
				var named []flow.Box
				for _, c := range creates {
					if c.ACL == acl.ID && c.Egress == egress {
						named = append(named, seenBy(c))
					}
				}
				if !opened.Equal(before.Union(flow.Of(named...))) || !before.Intersect(flow.Of(named...)).IsZero() {
					t.Fatalf("%s egress %v: opened %v beyond %v", acl.ID, egress, opened.Minus(before), named)
				}
			}
		}
	})
}

func aclEntries(t *rapid.T, egress bool) []path.NetworkACLEntry {
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(1, 400), 0, 5, rapid.ID[int]).Draw(t, "numbers")
	entries := make([]path.NetworkACLEntry, len(numbers))
	for i, n := range numbers {
		from := rapid.SampledFrom([]int{-1, 1, 443, 444, 1024, 8080, 32768}).Draw(t, "from")
		cidr := rapid.SampledFrom([]string{"0.0.0.0/0", "10.0.1.0/24", "10.0.2.0/24", "10.0.1.7/32", "10.0.2.9/32", "10.0.2.8/30", "::/0"}).Draw(t, "cidr")
		entries[i] = pathtest.ACLEntry(n, egress, rapid.Bool().Draw(t, "allow"), cidr, from, max(from, rapid.SampledFrom([]int{-1, 443, 60999, 65535}).Draw(t, "to")))
	}
	return entries
}

// with returns s with all entries but one, as AWS makes them.
func with(t *rapid.T, s path.Snapshot, creates []plan.CreateNetworkACLEntry, but int) path.Snapshot {
	for i, c := range creates {
		if i == but {
			continue
		}
		if err := c.Precondition(s); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		s.NetworkACLs = slices.Clone(s.NetworkACLs) // applied would copy everything else too
		acl := aclOf(s, c.ACL)
		acl.Entries = append(slices.Clip(acl.Entries), c.Entry())
	}
	return s
}

func blocked(hops []reach.ACLHop) []flow.Set {
	var missing []flow.Set
	for _, h := range hops {
		if m := h.Missing(); !m.IsZero() {
			missing = append(missing, m)
		}
	}
	return missing
}

func everything() flow.Set {
	all := netip.MustParsePrefix("0.0.0.0/0")
	return flow.Of(flow.Box{Protocol: flow.TCP, Src: all, Dst: all, Ports: flow.AllPorts})
}

// seenBy is an entry as its network ACL sees it: whatever is on its own side.
func seenBy(c plan.CreateNetworkACLEntry) flow.Box {
	b := flow.Box{Protocol: flow.TCP, Src: c.CIDR, Dst: netip.MustParsePrefix("0.0.0.0/0"), Ports: c.Ports}
	if c.Egress {
		b.Src, b.Dst = b.Dst, b.Src
	}
	return b
}
