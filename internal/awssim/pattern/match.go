package pattern

import (
	"encoding/json"
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
	return ok && p.root.match(tree)
}

func (p *Pattern) matchJSON(raw []byte) bool {
	event, err := decode(raw)
	if err != nil {
		return false
	}
	tree, ok := event.(map[string]any)
	return ok && p.root.match(tree)
}

// match judges o on one object of the event; nil stands for an object that is not there,
// on which only {"exists": false} can match.
func (o object) match(event map[string]any) bool {
	for _, alternatives := range o.anyOf {
		if !anyMatches(alternatives, event) {
			return false
		}
	}
	for _, f := range o.fields {
		if !f.match(event[f.name], has(event, f.name)) {
			return false
		}
	}
	return true
}

func anyMatches(alternatives []object, event map[string]any) bool {
	for _, alternative := range alternatives {
		if alternative.match(event) {
			return true
		}
	}
	return false
}

func (f field) match(value any, present bool) bool {
	if f.nested != nil {
		return f.matchNested(value)
	}
	var leaves []any
	if present {
		leaves = flatten(value)
	}
	for _, m := range f.matchers {
		if m.matchAny(leaves) {
			return true
		}
	}
	return false
}

// matchNested judges a nested pattern on an object, or on each object of a list.
func (f field) matchNested(value any) bool {
	found := false
	for _, element := range elements(value) {
		if object, ok := element.(map[string]any); ok {
			found = true
			if f.nested.match(object) {
				return true
			}
		}
	}
	return !found && f.nested.match(nil)
}

// matchAny tells whether one of a field's leaves matches. A field without a leaf (absent,
// an empty list, an object) exists for no matcher.
func (m matcher) matchAny(leaves []any) bool {
	if len(leaves) == 0 {
		return m.absent
	}
	if m.match == nil {
		return false
	}
	for _, leaf := range leaves {
		if m.match(leaf) {
			return true
		}
	}
	return false
}

// flatten returns the scalars of a value, in order. Objects are no leaves.
func flatten(value any) []any {
	var out []any
	for _, element := range elements(value) {
		switch scalar := element.(type) {
		case map[string]any:
		case float64:
			out = append(out, json.Number(strconv.FormatFloat(scalar, 'f', -1, 64)))
		case int:
			out = append(out, json.Number(strconv.Itoa(scalar)))
		default:
			out = append(out, scalar)
		}
	}
	return out
}

// elements returns what a list holds, however deep its lists are nested, or value itself.
func elements(value any) []any {
	list, ok := value.([]any)
	if !ok {
		return []any{value}
	}
	var out []any
	for _, element := range list {
		out = append(out, elements(element)...)
	}
	return out
}

func has(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}
