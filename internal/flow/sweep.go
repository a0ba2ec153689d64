package flow

import "slices"

// A slab is a run of points on one axis over which the flows are the same on all
// axes below it; on the port axis there is nothing below.
type slab struct {
	on    span
	below []slab
}

func (s slab) equal(t slab) bool {
	return s.on == t.on && slices.EqualFunc(s.below, t.below, slab.equal)
}

// combine returns the canonical set of all flows f with keep(f in a, f in b). Keep
// must be false of flows that are in neither.
func combine(a, b []Box, keep func(inA, inB bool) bool) Set {
	var out []Box
	as, bs := byPlane(a), byPlane(b)
	for _, p := range planesOf(as, bs) {
		out = appendBoxes(out, p, sweep(srcAxis, as[p], bs[p], keep))
	}
	return Set{out}
}

// sweep walks along an axis from one change to the next, works out the flows in
// between from those cubes that cover it, and joins neighbours that are equal.
func sweep(axis int, a, b []cube, keep func(inA, inB bool) bool) []slab {
	var slabs []slab
	for _, s := range cuts(axis, a, b) {
		inA, inB := covering(axis, a, s.from), covering(axis, b, s.from)
		if len(inA)+len(inB) == 0 {
			continue
		}
		var below []slab
		if axis == portAxis {
			if !keep(len(inA) > 0, len(inB) > 0) {
				continue
			}
		} else if below = sweep(axis+1, inA, inB, keep); below == nil {
			continue
		}
		slabs = join(slabs, slab{s, below})
	}
	return slabs
}

// cuts returns the axis in spans, in order, such that no cube begins or ends within one.
func cuts(axis int, a, b []cube) []span {
	starts := make([]point, 0, 2*(len(a)+len(b)))
	for _, cubes := range [][]cube{a, b} {
		for _, c := range cubes {
			starts = append(starts, c.on[axis].from)
			if c.on[axis].to != last {
				starts = append(starts, c.on[axis].to.next())
			}
		}
	}
	slices.SortFunc(starts, point.compare)
	starts = slices.Compact(starts)
	spans := make([]span, len(starts))
	for i, from := range starts {
		spans[i] = span{from, last} // of the last one: covered only where a cube ends there
		if i+1 < len(starts) {
			spans[i].to = starts[i+1].previous()
		}
	}
	return spans
}

func covering(axis int, cubes []cube, p point) []cube {
	var in []cube
	for _, c := range cubes {
		if c.on[axis].contains(p) {
			in = append(in, c)
		}
	}
	return in
}

// join appends s to slabs, or lengthens the last of them where s continues it.
func join(slabs []slab, s slab) []slab {
	if n := len(slabs); n > 0 && slabs[n-1].on.to.next() == s.on.from &&
		slices.EqualFunc(slabs[n-1].below, s.below, slab.equal) {
		slabs[n-1].on.to = s.on.to
		return slabs
	}
	return append(slabs, s)
}

// appendBoxes appends what slabs hold, each span of addresses as prefixes.
func appendBoxes(out []Box, p plane, slabs []slab) []Box {
	for _, src := range slabs {
		for _, srcPrefix := range src.on.prefixes(p.six) {
			for _, dst := range src.below {
				for _, dstPrefix := range dst.on.prefixes(p.six) {
					for _, ports := range dst.below {
						r := PortRange{uint16(ports.on.from.lo), uint16(ports.on.to.lo)}
						out = append(out, Box{p.protocol, srcPrefix, dstPrefix, r})
					}
				}
			}
		}
	}
	return out
}
