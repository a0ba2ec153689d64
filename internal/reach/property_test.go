package reach_test

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// randomRule is about addresses and ports near those of the healthy path.
func randomRule() *rapid.Generator[path.Rule] {
	return rapid.Custom(func(t *rapid.T) path.Rule {
		from := rapid.SampledFrom([]int{0, 442, 443, 444, 8080}).Draw(t, "from")
		r := path.Rule{Protocol: rapid.SampledFrom([]string{"tcp", "tcp", "tcp", "6", "udp"}).Draw(t, "protocol"), FromPort: from,
			ToPort: rapid.SampledFrom([]int{from, 443, 8080, 65535}).Draw(t, "to")}
		switch rapid.IntRange(0, 4).Draw(t, "other end") {
		case 0:
			r.Group = rapid.SampledFrom([]path.SecurityGroupID{pathtest.LoadBalancerGroup, pathtest.ProxyGroup, "sg-two"}).Draw(t, "group")
		case 1:
			r.PrefixList = "pl-1"
		default:
			r.Prefix = randomPrefix().Draw(t, "prefix")
		}
		return r
	})
}

func randomPrefix() *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		addr := rapid.SampledFrom([]string{"10.0.1.7", "10.0.2.7", "10.0.1.9", "10.0.2.10", "10.0.1.8", "192.0.2.1", "::ffff:10.0.1.7", "::"}).Draw(t, "address")
		a := netip.MustParseAddr(addr)
		least := map[bool]int{true: 0, false: 96}[a.Is4() || !a.Is4In6()]
		return netip.PrefixFrom(a, rapid.IntRange(least, a.BitLen()).Draw(t, "bits")) // as it is written, host bits too
	})
}

// letsThrough asks each rule of a group about one address at its other end, one port at a time.
func letsThrough(s path.Snapshot, rules []path.Rule, end netip.Addr, port int, counts func(path.NetworkInterface) bool) bool {
	return slices.ContainsFunc(rules, func(r path.Rule) bool {
		if r.Protocol == "udp" || port < r.FromPort || port > r.ToPort {
			return false
		}
		holds := func(p netip.Prefix) bool { return p.Contains(end) }
		switch {
		case r.Group != "":
			return slices.ContainsFunc(s.Interfaces, func(n path.NetworkInterface) bool {
				return slices.Contains(n.SecurityGroups, r.Group) && slices.Contains(n.Addrs, end) && counts(n)
			})
		case r.PrefixList != "":
			return slices.ContainsFunc(s.PrefixLists[0].Entries, holds)
		}
		return holds(r.Prefix)
	})
}

// Of everything that a hop requires, missing is what no rule lets through, flow by flow.
func TestMissingIsWhatNoRuleLetsThrough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := func(name string) []path.Rule { return rapid.SliceOfN(randomRule(), 0, 5).Draw(t, name) }
		s := pathtest.With(pathtest.AddGroup("sg-two", rules("second group")...), pathtest.Carry(pathtest.ProxyGroup, "sg-two"),
			pathtest.Ingress(pathtest.ProxyGroup, rules("first group")...), pathtest.Egress(pathtest.LoadBalancerGroup, rules("load balancer")...),
			pathtest.PrefixList("pl-1", "10.0.2.0/24", "192.0.2.0/24"), pathtest.HealthCheckPort(rapid.SampledFrom([]string{"traffic-port", "8080"}).Draw(t, "health")),
			pathtest.OtherInterface("eni-x", "10.0.1.20", rapid.SampledFrom([]path.SecurityGroupID{"sg-two", pathtest.LoadBalancerGroup}).Draw(t, "also")))
		if rapid.Bool().Draw(t, "enforced") {
			pathtest.Enforce(&s)
		}
		admitted := slices.Concat(s.SecurityGroups[1].Ingress, s.SecurityGroups[2].Ingress)
		for _, h := range reach.LoadBalancerToTargets(s) {
			counts := func(n path.NetworkInterface) bool {
				return h.Purpose == reach.HealthChecks || n.Type != "network_load_balancer" || s.LoadBalancers[0].Enforcement == "on"
			}
			agree(t, h, func(b flow.Box) bool { return letsThrough(s, admitted, b.Src.Addr(), int(b.Ports.From), counts) })
		}
		everybody := func(path.NetworkInterface) bool { return true }
		for _, h := range reach.LoadBalancerEgress(s) {
			agree(t, h, func(b flow.Box) bool {
				return letsThrough(s, s.SecurityGroups[0].Egress, b.Dst.Addr(), int(b.Ports.From), everybody)
			})
		}
	})
}

// agree compares what a hop misses with what is open, for each single flow that it requires.
func agree(t *rapid.T, h reach.Hop, open func(flow.Box) bool) {
	seen := 0
	for _, b := range h.Required.Boxes() {
		for src := b.Src.Addr(); b.Src.Contains(src); src = src.Next() {
			for dst := b.Dst.Addr(); b.Dst.Contains(dst); dst = dst.Next() {
				one := flow.Box{Protocol: b.Protocol, Src: flow.Host(src), Dst: flow.Host(dst), Ports: b.Ports}
				if missing := h.Missing().Contains(flow.Of(one)); missing == open(one) {
					t.Fatalf("%s, %s: %v missing %v", h.Name, h.Purpose, one, missing)
				}
				seen++
			}
		}
	}
	if seen == 0 {
		t.Fatal("nothing is required")
	}
}
