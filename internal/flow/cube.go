package flow

import (
	"cmp"
	"encoding/binary"
	"net/netip"

	"go4.org/netipx"
)

// A plane holds the flows of one protocol and one address family. Planes never mix.
type plane struct {
	protocol Protocol
	six      bool
}

// A point is an address as a 128-bit number.
type point struct{ hi, lo uint64 }

// A span is a run of points, inclusive at both ends.
type span struct{ from, to point }

// The axes of addresses, in the order in which the canonical form cuts them; the ports come last.
const (
	srcAxis = iota
	dstAxis
	axes
)

// A cube is a box as spans of numbers, within a plane.
type cube struct {
	plane  plane
	second bool // of the second of two sets that are combined
	ports  PortRange
	on     [axes]span
}

// cubeOf returns b as a cube, and false where b holds no flow.
func cubeOf(b Box) (cube, bool) {
	src, dst := unmap(b.Src), unmap(b.Dst)
	if !src.IsValid() || !dst.IsValid() || src.Addr().Is4() != dst.Addr().Is4() || b.Ports.From > b.Ports.To {
		return cube{}, false
	}
	return cube{plane: plane{b.Protocol, src.Addr().Is6()}, ports: b.Ports, on: [axes]span{spanOf(src), spanOf(dst)}}, true
}

// unmap turns an IPv4-mapped IPv6 prefix into the IPv4 prefix that it stands for, so
// that one address cannot be in a set under two names.
func unmap(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

func spanOf(p netip.Prefix) span {
	r := netipx.RangeOfPrefix(p)
	return span{pointOf(r.From()), pointOf(r.To())}
}

func pointOf(a netip.Addr) point {
	if a.Is4() {
		b := a.As4()
		return point{lo: uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return point{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// addr is the inverse of pointOf in an IPv4 or IPv6 plane.
func (p point) addr(six bool) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], p.hi)
	binary.BigEndian.PutUint64(b[8:], p.lo)
	if six {
		return netip.AddrFrom16(b)
	}
	return netip.AddrFrom4([4]byte(b[12:]))
}

// last is the highest point that there is: nothing follows it.
var last = point{^uint64(0), ^uint64(0)}

func (p point) next() point {
	if p.lo == last.lo {
		return point{p.hi + 1, 0}
	}
	return point{p.hi, p.lo + 1}
}

func (p point) previous() point {
	if p.lo == 0 {
		return point{p.hi - 1, last.lo}
	}
	return point{p.hi, p.lo - 1}
}

func (p point) compare(q point) int {
	if p.hi != q.hi {
		return cmp.Compare(p.hi, q.hi)
	}
	return cmp.Compare(p.lo, q.lo)
}

func lower(p, q point) point {
	if q.compare(p) < 0 {
		return q
	}
	return p
}

func upper(p, q point) point {
	if p.compare(q) < 0 {
		return q
	}
	return p
}

// appendPrefixes appends the fewest prefixes that make up s.
func (s span) appendPrefixes(to []netip.Prefix, six bool) []netip.Prefix {
	if s.from == s.to {
		return append(to, Host(s.from.addr(six)))
	}
	return netipx.IPRangeFrom(s.from.addr(six), s.to.addr(six)).AppendPrefixes(to)
}

func (p plane) compare(q plane) int {
	return cmp.Or(cmp.Compare(p.protocol, q.protocol), compareBool(p.six, q.six))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compare orders cubes by plane, then by where they begin and end on each axis.
func (c cube) compare(d cube) int {
	if by := c.plane.compare(d.plane); by != 0 {
		return by
	}
	for axis := range axes {
		if by := c.on[axis].from.compare(d.on[axis].from); by != 0 {
			return by
		}
		if by := c.on[axis].to.compare(d.on[axis].to); by != 0 {
			return by
		}
	}
	return cmp.Or(cmp.Compare(c.ports.From, d.ports.From), cmp.Compare(c.ports.To, d.ports.To), compareBool(c.second, d.second))
}

// appendCubes appends the boxes that hold a flow as cubes.
func appendCubes(cubes []cube, boxes []Box, second bool) []cube {
	for _, b := range boxes {
		if c, ok := cubeOf(b); ok {
			c.second = second
			cubes = append(cubes, c)
		}
	}
	return cubes
}
