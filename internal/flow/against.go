package flow

// fewPairs is how many pairs of boxes are compared sooner than they are put in order.
const fewPairs = 256

// against reports whether boxes hold a flow of s, and whether each box of s is gone with one of them.
func (s Set) against(boxes []Box) (touched, gone bool) {
	gone = true
	for _, b := range s.boxes {
		inOne := false
		for _, hole := range boxes {
			if !b.overlaps(hole) {
				continue
			}
			touched = true
			if inOne = b.within(hole); inOne {
				break
			}
		}
		gone = gone && inOne
		if touched && !gone {
			break
		}
	}
	return touched, gone
}

// overlaps reports whether b, which is of a set, and a box of any kind have a flow in common.
func (b Box) overlaps(with Box) bool {
	return b.Protocol == with.Protocol && with.Ports.From <= with.Ports.To &&
		b.Ports.From <= with.Ports.To && with.Ports.From <= b.Ports.To &&
		b.Src.Overlaps(unmap(with.Src)) && b.Dst.Overlaps(unmap(with.Dst))
}

// within reports whether all of b is in a box that overlaps it: of two prefixes that overlap the
// shorter holds the other.
func (b Box) within(all Box) bool {
	return all.Ports.From <= b.Ports.From && b.Ports.To <= all.Ports.To &&
		unmap(all.Src).Bits() <= b.Src.Bits() && unmap(all.Dst).Bits() <= b.Dst.Bits()
}
