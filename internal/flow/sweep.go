package flow

import (
	"cmp"
	"net/netip"
	"slices"
)

// combine returns the canonical set of all flows f with keep(f in a, f in b). Keep
// must be false of flows that are in neither.
//
// It takes n·log n steps for n boxes whose prefixes do not hold one another, and a step
// more for each box that a run of points lies in: prefixes nest at most 33 deep in IPv4.
func combine(a, b []Box, keep func(inA, inB bool) bool) Set {
	var few [fewCubes]cube
	cubes := few[:0]
	if n := len(a) + len(b); n > len(few) {
		cubes = make([]cube, 0, n)
	}
	cubes = appendCubes(cubes, a, false)
	first := len(cubes)
	cubes = appendCubes(cubes, b, true)
	if first < len(cubes) && !keep(false, true) {
		cubes = near(cubes[:first], cubes)
	}
	slices.SortFunc(cubes, cube.compare)
	cubes = slices.Compact(cubes)
	out := make([]Box, 0, len(cubes))
	for len(cubes) > 0 {
		p := cubes[0].plane
		n := slices.IndexFunc(cubes, func(c cube) bool { return c.plane != p })
		if n < 0 {
			n = len(cubes)
		}
		out = appendPlane(out, p, cubes[:n], keep)
		cubes = cubes[n:]
	}
	if len(out) == 0 {
		return Set{}
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
		h.ports = PortRange{min(h.ports.From, c.ports.From), max(h.ports.To, c.ports.To)}
		hulls[c.plane] = h
	}
	return slices.DeleteFunc(cubes, func(c cube) bool {
		h, known := hulls[c.plane]
		if !known || c.ports.To < h.ports.From || h.ports.To < c.ports.From {
			return true
		}
		for axis, s := range c.on {
			if s.to.compare(h.on[axis].from) < 0 || h.on[axis].to.compare(s.from) < 0 {
				return true
			}
		}
		return false
	})
}

// fewCubes is how many cubes need no memory of the heap to be put together: most sets that a path
// comes to are of a few boxes.
const fewCubes = 8

// A dstRun is a run of destinations to which the same ports are kept.
type dstRun struct {
	on    span
	ports []PortRange
}

func (r dstRun) equal(s dstRun) bool { return r.on == s.on && slices.Equal(r.ports, s.ports) }

// appendPlane appends what is kept of the cubes of one plane, which come in order. It walks along
// the sources from one change to the next, over each run of them along the destinations, and over
// each run of those along the ports. Neighbours over which the same is kept become one.
func appendPlane(out []Box, p plane, cubes []cube, keep func(inA, inB bool) bool) []Box {
	var few [fewCubes]cube
	var fewDsts [2][fewCubes / 2]dstRun
	over := few[:0]
	var on, srcs span
	kept, spare := fewDsts[0][:0], fewDsts[1][:0] // kept over srcs and not yet appended; memory for what comes next
	var keptPorts, sparePorts []PortRange         // of kept and spare
	for ; len(cubes) > 0 || len(over) > 0; over = after(srcAxis, over, on.to) {
		on, over, cubes = next(srcAxis, over, cubes, on.to)
		here, ports := appendDsts(spare[:0], sparePorts[:0], over, keep)
		if len(kept) > 0 && srcs.to.next() == on.from && slices.EqualFunc(kept, here, dstRun.equal) {
			srcs.to = on.to
			spare, sparePorts = here, ports
			continue
		}
		out = appendBoxes(out, p, srcs, kept)
		srcs = on
		kept, spare = here, kept
		keptPorts, sparePorts = ports, keptPorts
	}
	return appendBoxes(out, p, srcs, kept)
}

// appendDsts appends what is kept of the cubes over a run of sources, its ports in memory of their
// own.
func appendDsts(to []dstRun, ports []PortRange, cubes []cube, keep func(inA, inB bool) bool) ([]dstRun, []PortRange) {
	if !mayKeep(cubes, keep) {
		return to, ports
	}
	slices.SortFunc(cubes, func(c, d cube) int { return c.on[dstAxis].from.compare(d.on[dstAxis].from) })
	var few [fewCubes]cube
	over := few[:0]
	var on span
	for ; len(cubes) > 0 || len(over) > 0; over = after(dstAxis, over, on.to) {
		on, over, cubes = next(dstAxis, over, cubes, on.to)
		if !mayKeep(over, keep) {
			continue
		}
		before := len(ports)
		ports = appendPorts(ports, over, keep)
		switch here, n := ports[before:], len(to); {
		case len(here) == 0:
		case n > 0 && to[n-1].on.to.next() == on.from && slices.Equal(to[n-1].ports, here):
			to[n-1].on.to = on.to
			ports = ports[:before]
		default:
			to = append(to, dstRun{on, here})
		}
	}
	return to, ports
}

// next returns the run of points on an axis of addresses, from behind last or from where the next
// cube begins, over which the same cubes lie: those over the points before it and those that are
// coming, in the order in which they begin. It returns these too, and what is coming after them.
func next(axis int, over, coming []cube, last point) (on span, now, left []cube) {
	on.from = last.next() // of no meaning behind the last point of all: nothing is over it
	if len(over) == 0 {
		on.from = coming[0].on[axis].from
	}
	for len(coming) > 0 && coming[0].on[axis].from == on.from {
		over, coming = append(over, coming[0]), coming[1:]
	}
	on.to = over[0].on[axis].to
	for _, c := range over[1:] {
		on.to = lower(on.to, c.on[axis].to)
	}
	if len(coming) > 0 {
		on.to = lower(on.to, coming[0].on[axis].from.previous())
	}
	return on, over, coming
}

// after leaves out cubes that end at last.
func after(axis int, over []cube, last point) []cube {
	return slices.DeleteFunc(over, func(c cube) bool { return c.on[axis].to == last })
}

// mayKeep reports whether anything of cubes can be kept.
func mayKeep(cubes []cube, keep func(inA, inB bool) bool) bool {
	inA := slices.ContainsFunc(cubes, func(c cube) bool { return !c.second })
	inB := slices.ContainsFunc(cubes, func(c cube) bool { return c.second })
	return inA && keep(true, false) || inB && keep(false, true) || inA && inB && keep(true, true)
}

// An edge is where a cube's ports begin, or the port after its last.
type edge struct {
	at     int
	second bool
	by     int // 1 or -1
}

// appendPorts appends the ports that are kept of cubes over one run of sources and destinations.
// There it only matters whether a cube of either set lies over a port, so that counting them
// will do.
func appendPorts(ports []PortRange, cubes []cube, keep func(inA, inB bool) bool) []PortRange {
	if len(cubes) == 1 && keep(!cubes[0].second, cubes[0].second) {
		return append(ports, cubes[0].ports)
	}
	var few [2 * fewCubes]edge
	edges := few[:0]
	for _, c := range cubes {
		edges = append(edges, edge{int(c.ports.From), c.second, 1}, edge{int(c.ports.To) + 1, c.second, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	first := len(ports)
	inA, inB := 0, 0
	for i, e := range edges {
		if e.second {
			inB += e.by
		} else {
			inA += e.by
		}
		if i+1 == len(edges) || edges[i+1].at == e.at || !keep(inA > 0, inB > 0) {
			continue
		}
		to := uint16(edges[i+1].at - 1)
		if n := len(ports); n > first && int(ports[n-1].To)+1 == e.at {
			ports[n-1].To = to
			continue
		}
		ports = append(ports, PortRange{uint16(e.at), to})
	}
	return ports
}

// appendBoxes appends what is kept over a run of sources, each run of addresses as prefixes.
func appendBoxes(out []Box, p plane, srcs span, kept []dstRun) []Box {
	if len(kept) == 0 {
		return out
	}
	var few [2]netip.Prefix
	var dsts []netip.Prefix
	for _, src := range srcs.appendPrefixes(few[:0], p.six) {
		for _, run := range kept {
			dsts = run.on.appendPrefixes(dsts[:0], p.six)
			for _, dst := range dsts {
				for _, ports := range run.ports {
					out = append(out, Box{p.protocol, src, dst, ports})
				}
			}
		}
	}
	return out
}
