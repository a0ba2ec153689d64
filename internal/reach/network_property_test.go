package reach_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// randomEntries are about addresses and ports near those of the healthy path.
func randomEntries(egress bool) *rapid.Generator[[]path.NetworkACLEntry] {
	return rapid.Custom(func(t *rapid.T) []path.NetworkACLEntry {
		numbers := rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 0, 6, rapid.ID[int]).Draw(t, "numbers")
		entries := make([]path.NetworkACLEntry, len(numbers))
		for i, n := range numbers {
			from := rapid.SampledFrom([]int{-1, 0, 442, 443, 444, 1023, 1024, 1025, 32768, 65535}).Draw(t, "from")
			entries[i] = path.NetworkACLEntry{
				Number: n, Egress: egress, Allow: rapid.Bool().Draw(t, "allow"), CIDR: randomPrefix().Draw(t, "cidr"), FromPort: from,
				ToPort:   rapid.SampledFrom([]int{from, 443, 1024, 60999, 65534, 65535}).Draw(t, "to"),
				Protocol: rapid.SampledFrom([]int{-1, 6, 6, 6, 17}).Draw(t, "protocol"),
			}
		}
		return entries
	})
}

// allows asks the entries of a network ACL about one packet, lowest number first.
func allows(entries []path.NetworkACLEntry, egress bool, peer netip.Addr, port int) (number int, allow bool) {
	number = 40000
	for _, e := range entries {
		ports := e.Protocol == -1 || e.FromPort == -1 || e.FromPort <= port && port <= e.ToPort
		if e.Egress == egress && e.Number < number && e.Protocol != 17 && ports && e.CIDR.Contains(peer) {
			number, allow = e.Number, e.Allow
		}
	}
	return number, allow
}

// What is missing at a network ACL is what the first entry that matches denies, packet by packet.
func TestMissingAtANetworkACLIsWhatItsFirstMatchDenies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := pathtest.With(pathtest.OwnACL(pathtest.SubnetB, "acl-b"), pathtest.HealthCheckPort(rapid.SampledFrom([]string{"traffic-port", "1024"}).Draw(t, "health")))
		for i := range s.NetworkACLs {
			s.NetworkACLs[i].Entries = append(randomEntries(true).Draw(t, "out"), randomEntries(false).Draw(t, "in")...)
		}
		hops, unseen := reach.NetworkACLs(s, reach.EachWay)
		if len(unseen) != 0 || len(hops) == 0 {
			t.Fatalf("%d hops, unseen %v", len(hops), unseen)
		}
		for _, h := range hops {
			i := slices.IndexFunc(s.NetworkACLs, func(a path.NetworkACL) bool { return a.ID == h.ACL })
			allowed, denials := reach.Decide(s.NetworkACLs[i], h.Egress, h.Required)
			if !allowed.Equal(h.Required.Minus(h.Missing())) || len(denials) != len(h.Denials) {
				t.Fatalf("%s egress %v: as a set it allows %v, denied by %v; flow by flow %v is missing, denied by %v", h.ACL, h.Egress, allowed, denials, h.Missing(), h.Denials)
			}
			for _, b := range h.Required.Boxes() {
				for _, one := range packets(b) {
					peer := one.Src.Addr()
					if h.Egress {
						peer = one.Dst.Addr()
					}
					number, open := allows(s.NetworkACLs[i].Entries, h.Egress, peer, int(one.Ports.From))
					decides := ""
					for _, d := range h.Denials {
						if d.Flows.Contains(flow.Of(one)) {
							decides += fmt.Sprint(d.Entry.Number)
						}
					}
					want := ""
					if !open && number == 40000 {
						want = "0"
					} else if !open {
						want = fmt.Sprint(number)
					}
					if decides != want || h.Missing().Contains(flow.Of(one)) == open {
						t.Fatalf("%s egress %v: %v decided by %q, want %q", h.ACL, h.Egress, one, decides, want)
					}
				}
			}
		}
	})
}

// packets returns single flows of a box: each of its addresses, on the ports where an entry
// may begin or end, and beside them.
func packets(b flow.Box) []flow.Box {
	var ones []flow.Box
	for src := b.Src.Addr(); b.Src.Contains(src); src = src.Next() {
		for dst := b.Dst.Addr(); b.Dst.Contains(dst); dst = dst.Next() {
			for _, port := range []uint16{443, 1024, 1025, 1026, 32767, 32768, 32769, 60999, 61000, 65534, 65535} {
				if b.Ports.From <= port && port <= b.Ports.To {
					ones = append(ones, flow.Box{Protocol: b.Protocol, Src: flow.Host(src), Dst: flow.Host(dst), Ports: flow.Port(port)})
				}
			}
		}
	}
	return ones
}

// What is lost on the way is what the most specific route loses, address by address.
func TestWhatIsLostIsWhatTheMostSpecificRouteLoses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := pathtest.With(pathtest.OwnTable(pathtest.SubnetB, "rtb-b"), pathtest.PrefixList("pl-1", "10.0.2.8/31", "10.0.1.0/25"))
		for i := range s.RouteTables {
			rt := &s.RouteTables[i]
			for range rapid.IntRange(0, 4).Draw(t, "routes") {
				r := path.Route{
					CIDR: randomPrefix().Draw(t, "destination"), Target: rapid.SampledFrom([]string{"local", "eni-1"}).Draw(t, "target"),
					State: rapid.SampledFrom([]string{"active", "blackhole"}).Draw(t, "state"), Origin: "CreateRoute",
				}
				if rapid.IntRange(0, 3).Draw(t, "list") == 0 {
					r.CIDR, r.PrefixList = netip.Prefix{}, "pl-1"
				}
				rt.Routes = append(rt.Routes, r)
			}
		}
		hops, _ := reach.Routes(s, reach.Anywhere)
		for _, h := range hops {
			i := slices.IndexFunc(s.RouteTables, func(r path.RouteTable) bool { return r.ID == h.Table })
			for _, b := range h.Required.Boxes() {
				for dst := b.Dst.Addr(); b.Dst.Contains(dst); dst = dst.Next() {
					best, among := mostSpecific(s, s.RouteTables[i], dst)
					one := flow.Box{Protocol: b.Protocol, Src: b.Src, Dst: flow.Host(dst), Ports: b.Ports}
					gone, seen := h.Missing().Contains(flow.Of(one)), len(h.Unseen) == 0
					if b.Src.Addr().As4()[2] == dst.As4()[2] { // within one subnet
						if gone || seen && (best.Target != "local" || best.State == "blackhole") {
							t.Fatalf("%s: %v lost %v, unseen %v; route %+v within a subnet", h.Table, one, gone, h.Unseen, best)
						}
						continue
					}
					if len(among) == 1 && gone != (best.State == "blackhole") || len(among) > 1 && gone || best.Target == "eni-1" && !gone && seen {
						t.Fatalf("%s: %v lost %v, unseen %v; route %+v of %v", h.Table, one, gone, h.Unseen, best, among)
					}
				}
			}
		}
	})
}

// mostSpecific returns the route to an address and all that compete with it on equal terms and differ.
func mostSpecific(s path.Snapshot, rt path.RouteTable, dst netip.Addr) (best path.Route, among []path.Route) {
	weigh := func(r path.Route) int {
		bits := []netip.Prefix{r.CIDR}
		if !r.CIDR.IsValid() {
			bits = s.PrefixLists[0].Entries
		}
		most := -1
		for _, p := range bits {
			if p.Contains(dst) {
				most = max(most, 2*p.Bits())
				if r.CIDR.IsValid() {
					most = max(most, 2*p.Bits()+1)
				}
			}
		}
		return most
	}
	top := -1
	for _, r := range rt.Routes {
		switch w := weigh(r); {
		case w < 0 || w < top:
		case w > top:
			top, best, among = w, r, []path.Route{r}
		case r.Target != best.Target || r.State != best.State:
			among = append(among, r)
		}
	}
	return best, among
}

// Two zones, two ports, the most entries that a network ACL may have in a direction and as many
// routes as a table may be given: a hundred times the targets take a hundred times as long.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
func BenchmarkNetwork(b *testing.B) {
	for _, targets := range []int{5, 50, 500} {
		for _, rules := range []int{4, 40} {
			s := pathtest.With(pathtest.HealthCheckPort("8080"), pathtest.OwnACL(pathtest.SubnetB, "acl-b"), spread(targets))
			for i := range s.NetworkACLs {
				s.NetworkACLs[i].Entries = nil
				for n := range rules {
					for _, egress := range []bool{true, false} {
						s.NetworkACLs[i].Entries = append(s.NetworkACLs[i].Entries, pathtest.ACLEntry(n+1, egress, n%2 == 0, fmt.Sprintf("10.0.%d.0/25", n), 1024+n, 65535))
					}
				}
			}
			for n := range rules * 25 {
				pathtest.AddRoute(pathtest.RouteTable, pathtest.Route(fmt.Sprintf("10.%d.%d.0/24", 1+n/256, n%256), "tgw-1"))(&s)
			}
			b.Run(fmt.Sprintf("acls/%d targets, %d entries", targets, rules), func(b *testing.B) {
				for b.Loop() {
					reach.NetworkACLs(s, reach.EachWay)
				}
			})
			b.Run(fmt.Sprintf("routes/%d targets, %d routes", targets, rules*25), func(b *testing.B) {
				for b.Loop() {
					reach.Routes(s, reach.Anywhere)
				}
			})
		}
	}
}

// spread puts n targets in the place of those that are there, in the two subnets in turn.
func spread(n int) pathtest.Edit {
	return func(s *path.Snapshot) {
		g := &s.TargetGroups[0]
		g.Targets = nil
		for i := range n {
			addr := netip.AddrFrom4([4]byte{10, 0, byte(1 + i%2), byte(10 + i/2%240)})
			if i >= 480 {
				addr = netip.AddrFrom4([4]byte{10, 0, byte(3 + i%2), byte(10 + i/2)})
			}
			id := path.InterfaceID(fmt.Sprintf("eni-%d", i))
			g.Targets = append(g.Targets, path.Target{ID: addr.String(), Port: 443, Zone: pathtest.ZoneA, State: "healthy", Addr: addr, Interface: id})
			s.Interfaces = append(s.Interfaces, path.NetworkInterface{
				ID: id, Type: "interface", VPC: pathtest.VPC, Subnet: []path.SubnetID{pathtest.SubnetA, pathtest.SubnetB}[i%2], Addrs: []netip.Addr{addr},
			})
		}
	}
}
