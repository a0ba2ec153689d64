// Package flowtest generates flows for property tests. Its universe is so small that an
// oracle can ask about every flow in it, one at a time.
package flowtest

import (
	"net/netip"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/flow"
)

// A Flow is one packet's way: the simplest thing that a Set can hold or not hold.
type Flow struct {
	Protocol flow.Protocol
	Src, Dst netip.Addr
	Port     uint16
}

// In reports whether one of boxes holds f, asking each in turn. It shares no code with
// the algebra that it judges.
func (f Flow) In(boxes []flow.Box) bool {
	for _, b := range boxes {
		if b.Protocol == f.Protocol && b.Src.Contains(f.Src) && b.Dst.Contains(f.Dst) &&
			b.Ports.From <= f.Port && f.Port <= b.Ports.To {
			return true
		}
	}
	return false
}

// side is how many addresses of each family and how many ports the universe has.
const side = 8

func protocols() []flow.Protocol { return []flow.Protocol{flow.TCP, 17} }

func bases() []netip.Addr {
	return []netip.Addr{netip.MustParseAddr("10.0.0.0"), netip.MustParseAddr("fd00::")}
}

// Universe returns every flow of which Box makes boxes, and those across families, which
// no set can hold.
func Universe() []Flow {
	var addrs []netip.Addr
	for _, base := range bases() {
		for range side {
			addrs = append(addrs, base)
			base = base.Next()
		}
	}
	var all []Flow
	for _, p := range protocols() {
		for _, src := range addrs {
			for _, dst := range addrs {
				for port := range uint16(side) {
					all = append(all, Flow{p, src, dst, port})
				}
			}
		}
	}
	return all
}

// Box generates boxes within the universe, both families on their own sides.
func Box() *rapid.Generator[flow.Box] {
	return rapid.Custom(func(t *rapid.T) flow.Box {
		base := rapid.SampledFrom(bases()).Draw(t, "family")
		from := rapid.Uint16Range(0, side-1).Draw(t, "from")
		return flow.Box{
			Protocol: rapid.SampledFrom(protocols()).Draw(t, "protocol"),
			Src:      prefix(base).Draw(t, "src"),
			Dst:      prefix(base).Draw(t, "dst"),
			Ports:    flow.PortRange{From: from, To: rapid.Uint16Range(from, side-1).Draw(t, "to")},
		}
	})
}

// prefix generates the prefixes of one to eight addresses from base on.
func prefix(base netip.Addr) *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		a := base
		for range rapid.IntRange(0, side-1).Draw(t, "address") {
			a = a.Next()
		}
		bits := rapid.IntRange(a.BitLen()-3, a.BitLen()).Draw(t, "bits")
		return netip.PrefixFrom(a, bits).Masked()
	})
}

// Boxes generates up to six boxes, which may overlap.
func Boxes() *rapid.Generator[[]flow.Box] { return rapid.SliceOfN(Box(), 0, 6) }

// Set generates sets.
func Set() *rapid.Generator[flow.Set] {
	return rapid.Map(Boxes(), func(boxes []flow.Box) flow.Set { return flow.Of(boxes...) })
}
