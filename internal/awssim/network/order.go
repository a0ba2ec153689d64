package network

import (
	"cmp"
	"maps"
	"slices"
)

// IDs returns a map's keys in order, so that nothing that leaves the world depends on the
// order of a map.
func IDs[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Sorted returns a map's values in the order of their keys.
func Sorted[K cmp.Ordered, V any](m map[K]V) []V {
	values := make([]V, 0, len(m))
	for _, k := range IDs(m) {
		values = append(values, m[k])
	}
	return values
}
