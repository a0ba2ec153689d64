package pattern

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Match tells whether event matches: JSON as []byte, or a tree of map[string]any, []any,
// string, json.Number or float64, bool and nil. What is no JSON object does not match.
func (p *Pattern) Match(event any) bool {
	switch raw := event.(type) {
	case []byte:
		return p.matchJSON(raw)
	case json.RawMessage:
		return p.matchJSON(raw)
	}
	tree, ok := event.(map[string]any)
	return ok && p.matchTree(tree)
}

func (p *Pattern) matchJSON(raw []byte) bool {
	event, err := decode(raw)
	if err != nil {
		return false
	}
	tree, ok := event.(map[string]any)
	return ok && p.matchTree(tree)
}

func (p *Pattern) matchTree(event map[string]any) bool {
	var all leaves
	all.object("", event, nil)
	for _, r := range p.rules {
		if r.match(slices.Sorted(maps.Keys(r)), all, nil) {
			return true
		}
	}
	return false
}

// Leaves are an event's scalars by their path. An object or list without a scalar in it is
// as if it were not there.
type leaves struct {
	at    map[string][]leaf
	lists int
}

// A leaf is a scalar, and which element of each list around its object or list holds that.
type leaf struct {
	value any
	in    elements
}

// Elements are lists, each with the index of one element; nobody writes to one.
type elements map[int]int

// and returns both, and whether they can be: of one list there is only one element.
func (e elements) and(other elements) (elements, bool) {
	both := maps.Clone(other)
	if both == nil {
		both = elements{}
	}
	for list, index := range e {
		if i, ok := both[list]; ok && i != index {
			return nil, false
		}
		both[list] = index
	}
	return both, true
}

func (l *leaves) object(path string, event map[string]any, in elements) {
	for name, value := range event {
		if path != "" {
			name = path + "." + name
		}
		l.value(name, value, in)
	}
}

func (l *leaves) value(path string, value any, in elements) {
	switch value := value.(type) {
	case map[string]any:
		l.object(path, value, in)
	case []any:
		list := l.lists
		l.lists++
		for i, element := range value {
			inside, _ := elements{list: i}.and(in) // a list is new, so it cannot contradict
			switch element.(type) {
			case map[string]any, []any:
				l.value(path, element, inside)
			default: // a scalar goes with every element beside it
				l.value(path, element, in)
			}
		}
	default:
		if l.at == nil {
			l.at = make(map[string][]leaf)
		}
		l.at[path] = append(l.at[path], leaf{scalar(value), in})
	}
}

// scalar spells the numbers of a tree that was never text.
func scalar(value any) any {
	switch number := value.(type) {
	case float64:
		return json.Number(strconv.FormatFloat(number, 'f', -1, 64))
	case int:
		return json.Number(strconv.Itoa(number))
	}
	return value
}

// match tells whether each of paths has a leaf that its field accepts, all of them in the
// elements chosen so far: {"a":{"b":…,"c":…}} asks for one element of a that has both. What
// is absent is so from those elements, and the paths are gone through in their order.
func (r rule) match(paths []string, event leaves, in elements) bool {
	if len(paths) == 0 {
		return true
	}
	there := false
	for _, one := range event.at[paths[0]] {
		chosen, ok := one.in.and(in)
		if !ok {
			continue
		}
		there = true
		if r[paths[0]].accepts(one.value) && r.match(paths[1:], event, chosen) {
			return true
		}
	}
	return !there && r[paths[0]].absent() && r.match(paths[1:], event, in)
}

func (f field) absent() bool {
	return slices.ContainsFunc(f, func(m matcher) bool { return m.absent })
}

func (f field) accepts(leaf any) bool {
	return slices.ContainsFunc(f, func(m matcher) bool { return m.match != nil && m.match(leaf) })
}
