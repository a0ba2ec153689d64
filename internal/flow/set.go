package flow

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// A Set is a union of disjoint boxes in canonical order, so that equal sets
// marshal to equal JSON. The zero Set is empty. A Set never changes: every
// operation returns a new one.
//
// The canonical form cuts the sources first, then the destinations within each
// run of sources that reach the same flows, then the ports, and joins equal
// neighbours. It depends on the flows alone, not on how they were put together.
type Set struct{ boxes []Box }

// Of returns the union of boxes. A box that holds no flow (an invalid prefix,
// IPv4 on one side and IPv6 on the other, ports that end before they start) adds
// nothing.
func Of(boxes ...Box) Set {
	if len(boxes) == 1 {
		return ofOne(boxes[0])
	}
	return combine(boxes, nil, func(inA, _ bool) bool { return inA })
}

func ofOne(b Box) Set {
	if _, ok := cubeOf(b); !ok {
		return Set{}
	}
	b.Src, b.Dst = unmap(b.Src).Masked(), unmap(b.Dst).Masked()
	return Set{[]Box{b}}
}

// Union returns the flows that are in s, in t or in both.
func (s Set) Union(t Set) Set {
	if t.IsZero() {
		return s
	}
	if s.IsZero() {
		return t
	}
	return combine(s.boxes, t.boxes, func(inS, inT bool) bool { return inS || inT })
}

// Minus returns the flows in s that are not in t.
func (s Set) Minus(t Set) Set { return s.Without(t.boxes...) }

// Without returns the flows in s that are in none of boxes: s.Minus(Of(boxes...)), but
// boxes that overlap in many ways are never made a set of their own.
func (s Set) Without(boxes ...Box) Set {
	if s.IsZero() || len(boxes) == 0 {
		return s
	}
	if len(s.boxes)*len(boxes) <= fewPairs {
		switch touched, gone := s.against(boxes); {
		case !touched:
			return s
		case gone:
			return Set{}
		}
	}
	return combine(s.boxes, boxes, func(inS, inBoxes bool) bool { return inS && !inBoxes })
}

// Intersect returns the flows that are in both s and t.
func (s Set) Intersect(t Set) Set {
	return combine(s.boxes, t.boxes, func(inS, inT bool) bool { return inS && inT })
}

// To returns the flows of s as if they went to the addresses of dst. Where all of s goes to one
// prefix of dst's family, which is what many targets behind the same rules have in common, it costs
// a copy.
func (s Set) To(dst netip.Prefix) Set {
	dst = unmap(dst).Masked()
	boxes, alike := slices.Clone(s.boxes), dst.IsValid()
	for i, b := range s.boxes {
		alike = alike && b.Dst == s.boxes[0].Dst && b.Dst.Addr().BitLen() == dst.Addr().BitLen()
		boxes[i].Dst = dst
	}
	if alike {
		return Set{boxes} // still in canonical form: sources and ports are cut as before
	}
	return Of(boxes...)
}

// Contains reports whether every flow of t is in s. Every set contains the empty one.
func (s Set) Contains(t Set) bool { return s.Equal(t) || t.Minus(s).IsZero() }

// Equal reports whether s and t hold the same flows.
func (s Set) Equal(t Set) bool { return slices.Equal(s.boxes, t.boxes) }

// IsZero reports whether s is empty; encoding/json's omitzero asks it.
func (s Set) IsZero() bool { return len(s.boxes) == 0 }

// Boxes returns the disjoint boxes of s in canonical order: by protocol, IPv4
// before IPv6, then source, destination and ports. The slice is the caller's own.
func (s Set) Boxes() []Box { return slices.Clone(s.boxes) }

// All yields what Boxes returns, without a slice.
func (s Set) All() iter.Seq[Box] { return slices.Values(s.boxes) }

// String returns the boxes joined by ", "; of the empty set, "".
func (s Set) String() string {
	words := make([]string, len(s.boxes))
	for i, b := range s.boxes {
		words[i] = b.String()
	}
	return strings.Join(words, ", ")
}

// MarshalJSON writes s as an array of its boxes in canonical order; the empty set as [].
func (s Set) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("[]"), nil
	}
	return json.Marshal(s.boxes)
}

// UnmarshalJSON reads an array of boxes, in any order and overlapping as they may.
// A box that can hold no flow is an error: whoever wrote it meant something else.
func (s *Set) UnmarshalJSON(data []byte) error {
	var boxes []Box
	if err := json.Unmarshal(data, &boxes); err != nil {
		return fmt.Errorf("reading a flow set: %w", err)
	}
	for _, b := range boxes {
		if _, ok := cubeOf(b); !ok {
			return fmt.Errorf("reading a flow set: box %v holds no flow", b)
		}
	}
	*s = Of(boxes...)
	return nil
}

// Host returns the prefix of the one address a: a /32, or a /128.
func Host(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen())
}
