package dynamodb

import (
	"fmt"
	"maps"
	"slices"
)

func (p path) String() string {
	text := ""
	for i, step := range p {
		switch step := step.(type) {
		case int:
			text += fmt.Sprintf("[%d]", step)
		case string:
			if i > 0 {
				text += "."
			}
			text += step
		}
	}
	return text
}

// get returns the value at p; ok is false where there is none.
func (p path) get(item Item) (v any, ok bool) {
	v = map[string]any{"M": map[string]any(item)}
	for _, step := range p {
		_, content := kindOf(v)
		switch step := step.(type) {
		case string:
			members, isMap := content.(map[string]any)
			if !isMap {
				return nil, false
			}
			if v, ok = members[step]; !ok {
				return nil, false
			}
		case int:
			elements, isList := content.([]any)
			if !isList || step >= len(elements) {
				return nil, false
			}
			v = elements[step]
		}
	}
	return v, true
}

// set returns item with v at p. The parent must exist. An index beyond the end appends.
func (p path) set(item Item, v any) (Item, error) {
	return edit(item, p, func(container any) any {
		switch container := container.(type) {
		case map[string]any:
			container[p[len(p)-1].(string)] = v
			return container
		case []any:
			if i := p[len(p)-1].(int); i < len(container) {
				container[i] = v
				return container
			}
			return append(container, v)
		}
		return nil
	})
}

// remove returns item without what is at p, if anything.
func (p path) remove(item Item) (Item, error) {
	if _, ok := p.get(item); !ok && len(p) == 1 {
		return item, nil
	}
	return edit(item, p, func(container any) any {
		switch container := container.(type) {
		case map[string]any:
			delete(container, p[len(p)-1].(string))
			return container
		case []any:
			if i := p[len(p)-1].(int); i < len(container) {
				return slices.Delete(container, i, i+1)
			}
			return container
		}
		return nil
	})
}

// edit copies item along p and has change work on the copy of the last step's container.
func edit(item Item, p path, change func(container any) any) (Item, error) {
	root, ok := descend(map[string]any{"M": map[string]any(item)}, p, change)
	if !ok {
		return nil, invalid("The document path provided in the update expression is invalid for update")
	}
	_, content := kindOf(root)
	return content.(map[string]any), nil
}

func descend(v any, p path, change func(container any) any) (any, bool) {
	kind, content := kindOf(v)
	switch step := p[0].(type) {
	case string:
		members, isMap := content.(map[string]any)
		if !isMap {
			return nil, false
		}
		members = maps.Clone(members)
		if len(p) == 1 {
			return map[string]any{kind: change(members)}, true
		}
		below, ok := descend(members[step], p[1:], change)
		members[step] = below
		return map[string]any{kind: members}, ok
	case int:
		elements, isList := content.([]any)
		if !isList || kind != "L" {
			return nil, false
		}
		elements = slices.Clone(elements)
		if len(p) == 1 {
			return map[string]any{kind: change(elements)}, true
		}
		if step >= len(elements) {
			return nil, false
		}
		below, ok := descend(elements[step], p[1:], change)
		elements[step] = below
		return map[string]any{kind: elements}, ok
	}
	return nil, false
}

// overlaps says whether one path leads to or through the other's end.
func (p path) overlaps(other path) bool {
	short, long := p, other
	if len(short) > len(long) {
		short, long = long, short
	}
	return slices.Equal(short, long[:len(short)])
}
