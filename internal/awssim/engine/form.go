package engine

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Bounds on a form, so that a few bytes cannot become a deep or wide tree.
const (
	maxFormKey   = 512
	maxFormDepth = 16
)

// A node is a form parameter and those below it: IpPermissions.1.FromPort is the node
// FromPort of the node 1 of the node IpPermissions.
type node struct {
	value    *string
	children map[string]*node
}

// plant makes a tree of a form, without the members of the envelope.
func plant(form url.Values) (*node, error) {
	root := &node{}
	for key, values := range form {
		if key == "Action" || key == "Version" || len(values) == 0 {
			continue
		}
		parts := strings.Split(key, ".")
		if len(key) > maxFormKey || len(parts) > maxFormDepth {
			return nil, fmt.Errorf("the parameter %q is too long or too deep", bounded(key))
		}
		at := root
		for _, part := range parts {
			at = at.child(part)
		}
		at.value = &values[0]
	}
	return root, nil
}

func (n *node) child(name string) *node {
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	c, ok := n.children[name]
	if !ok {
		c = &node{}
		n.children[name] = c
	}
	return c
}

// numbered returns the children 1, 2, 3 … in the order of their numbers; gaps are closed,
// so a client cannot ask for a list as long as a number.
func (n *node) numbered() ([]*node, bool) {
	type entry struct {
		number int
		node   *node
	}
	var entries []entry
	for name, child := range n.children {
		number := atoi(name)
		if number < 1 {
			return nil, false
		}
		entries = append(entries, entry{number, child})
	}
	slices.SortFunc(entries, func(a, b entry) int { return a.number - b.number })
	out := make([]*node, len(entries))
	for i, e := range entries {
		out[i] = e.node
	}
	return out, true
}

// text returns the value of the first of names that n has.
func (n *node) text(names ...string) (string, bool) {
	for _, name := range names {
		if c, ok := n.children[name]; ok && c.value != nil {
			return *c.value, true
		}
	}
	return "", false
}
