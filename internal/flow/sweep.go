package flow

import (
	"cmp"
	"net/netip"
	"slices"
)

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
//
// It takes n·log n steps for n boxes whose prefixes do not hold one another, and a step
// more for each box that a run of points lies in: prefixes nest at most 33 deep in IPv4.
func combine(a, b []Box, keep func(inA, inB bool) bool) Set {
	cubes := appendCubes(make([]cube, 0, len(a)+len(b)), a, false)
	first := len(cubes)
	cubes = appendCubes(cubes, b, true)
	if first < len(cubes) && !keep(false, true) {
		cubes = near(cubes[:first], cubes)
	}
	slices.SortFunc(cubes, cube.compare)
	cubes = slices.Compact(cubes)
	var out []Box
	for len(cubes) > 0 {
		p := cubes[0].plane
		n := slices.IndexFunc(cubes, func(c cube) bool { return c.plane != p })
		if n < 0 {
			n = len(cubes)
		}
		out = appendBoxes(out, p, sweep(srcAxis, cubes[:n], keep))
		cubes = cubes[n:]
	}
	return Set{out}
}

// near leaves out cubes that lie wholly before or behind all of first on some axis.
func near(first, cubes []cube) []cube {
	hulls := make(map[plane]cube)
	for _, c := range first {
		h, known := hulls[c.plane]
		if !known {
			h = c
		}
		for axis, s := range c.on {
			h.on[axis] = span{lower(h.on[axis].from, s.from), upper(h.on[axis].to, s.to)}
		}
		hulls[c.plane] = h
	}
	return slices.DeleteFunc(cubes, func(c cube) bool {
		h, known := hulls[c.plane]
		for axis, s := range c.on {
			if !known || s.to.compare(h.on[axis].from) < 0 || h.on[axis].to.compare(s.from) < 0 {
				return true
			}
		}
		return false
	})
}

// sweep walks along an axis from one change to the next, works out the flows in between
// from those cubes that lie over it, and joins neighbours that are equal. The cubes come
// in the order in which they begin; the last axis takes them in any.
func sweep(axis int, cubes []cube, keep func(inA, inB bool) bool) []slab {
	if len(cubes) == 1 {
		return alone(axis, cubes[0], keep)
	}
	if axis == portAxis {
		return sweepPorts(cubes, keep)
	}
	var slabs []slab
	var over []cube // those that lie over the points from at on
	var at point
	for len(cubes) > 0 || len(over) > 0 {
		if len(over) == 0 {
			at = cubes[0].on[axis].from
		}
		for len(cubes) > 0 && cubes[0].on[axis].from == at {
			over, cubes = append(over, cubes[0]), cubes[1:]
		}
		to := change(axis, over, cubes)
		if below := sweepBelow(axis, over, keep); below != nil {
			slabs = join(slabs, slab{span{at, to}, below})
		}
		over = slices.DeleteFunc(over, func(c cube) bool { return c.on[axis].to == to })
		at = to.next() // unused after the last point: nothing is left over it
	}
	return slabs
}

// alone is sweep of one cube, over which nothing changes.
func alone(axis int, c cube, keep func(inA, inB bool) bool) []slab {
	if !keep(!c.second, c.second) {
		return nil
	}
	nest := make([]slab, axes-axis)
	for i := range nest {
		nest[i].on = c.on[axis+i]
		if i > 0 {
			nest[i-1].below = nest[i : i+1 : i+1]
		}
	}
	return nest[:1:1]
}

// sweepBelow sweeps the next axis, but where nothing of it can be kept.
func sweepBelow(axis int, over []cube, keep func(inA, inB bool) bool) []slab {
	inA := slices.ContainsFunc(over, func(c cube) bool { return !c.second })
	inB := slices.ContainsFunc(over, func(c cube) bool { return c.second })
	if !(inA && keep(true, false) || inB && keep(false, true) || inA && inB && keep(true, true)) {
		return nil
	}
	if axis+1 != portAxis {
		slices.SortFunc(over, func(c, d cube) int { return c.on[axis+1].from.compare(d.on[axis+1].from) })
	}
	return sweep(axis+1, over, keep)
}

// change returns the last point before a cube over it ends or the next one begins.
func change(axis int, over, coming []cube) point {
	to := over[0].on[axis].to
	for _, c := range over[1:] {
		to = lower(to, c.on[axis].to)
	}
	if len(coming) > 0 {
		to = lower(to, coming[0].on[axis].from.previous())
	}
	return to
}

// An edge is where a cube's ports begin, or the port after its last.
type edge struct {
	at     uint64
	second bool
	by     int // 1 or -1
}

// sweepPorts is sweep on the last axis. There it only matters whether a cube of either
// set lies over a port, so that counting them will do.
func sweepPorts(cubes []cube, keep func(inA, inB bool) bool) []slab {
	edges := make([]edge, 0, 2*len(cubes))
	for _, c := range cubes {
		ports := c.on[portAxis]
		edges = append(edges, edge{ports.from.lo, c.second, 1}, edge{ports.to.lo + 1, c.second, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	var slabs []slab
	inA, inB := 0, 0
	for i, e := range edges {
		if e.second {
			inB += e.by
		} else {
			inA += e.by
		}
		if i+1 < len(edges) && edges[i+1].at > e.at && keep(inA > 0, inB > 0) {
			slabs = join(slabs, slab{on: span{point{lo: e.at}, point{lo: edges[i+1].at - 1}}})
		}
	}
	return slabs
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
	var srcs, dsts []netip.Prefix
	for _, src := range slabs {
		srcs = src.on.appendPrefixes(srcs[:0], p.six)
		for _, srcPrefix := range srcs {
			for _, dst := range src.below {
				dsts = dst.on.appendPrefixes(dsts[:0], p.six)
				for _, dstPrefix := range dsts {
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
