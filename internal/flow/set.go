package flow

// A Set is a union of disjoint boxes in canonical order, so that equal sets
// marshal to equal JSON. The zero Set is empty.
type Set struct{ boxes []Box }

// IsZero reports whether s is empty; encoding/json's omitzero asks it.
func (s Set) IsZero() bool { return len(s.boxes) == 0 }
