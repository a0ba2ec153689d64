// Package pattern matches events as EventBridge's rules do. It knows no service and no
// event; a pattern that EventBridge would refuse, or that this package does not know, does
// not compile. Where the user guide is silent it does as AWS's Event Ruler does, the engine
// that AWS publishes; where the two differ it follows the guide.
// https://github.com/aws/event-ruler
package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// EventBridge's bounds on a pattern. The size is the default quota.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const (
	maxSize         = 2048 // characters, without white space between them
	maxCombinations = 1000 // rules that all the $or of a pattern multiply to
)

// A Pattern is a compiled event pattern. It is immutable and safe for concurrent use.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
type Pattern struct{ rules []rule }

// A rule is a pattern without $or: for each field, by its path, what one of its leaves must
// be. A pattern matches where one of its rules does.
type rule map[string]field

// A field is what a path's list holds: one of the matchers must accept a leaf.
type field []matcher

// Compile reads an event pattern. Its errors name the place and what is not known there.
func Compile(source []byte) (*Pattern, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, source); err != nil {
		return nil, fmt.Errorf("compiling event pattern: %w", err)
	}
	if n := len([]rune(compact.String())); n > maxSize {
		return nil, fmt.Errorf("compiling event pattern: %d characters, and EventBridge takes %d", n, maxSize)
	}
	tree, err := decodeOrdered(compact.Bytes())
	if err != nil {
		return nil, fmt.Errorf("compiling event pattern: %w", err)
	}
	top, ok := tree.(members)
	if !ok {
		return nil, errors.New("compiling event pattern: it is no JSON object")
	}
	rules, err := place{}.object([]rule{{}}, top)
	if err != nil {
		return nil, fmt.Errorf("compiling event pattern: %w", err)
	}
	return &Pattern{rules}, nil
}

// A place is where in a pattern the compiler is.
type place struct {
	names []string // on the way from the top, "$or" among them
	field string   // the path that events know
}

func (p place) String() string {
	if len(p.names) == 0 {
		return "the pattern"
	}
	return strings.Join(p.names, ".")
}

func (p place) below(name string) place {
	below := place{names: append(slices.Clone(p.names), name), field: p.field}
	if name == "$or" {
		return below
	}
	if len(p.names) > 0 && p.field != "" {
		below.field += "."
	}
	below.field += name
	return below
}

// object adds what an object asks for to each of rules. The names on the way to a field are
// joined by dots, so that "a.b" and b in a are one field; of two lists for one field the
// later one counts.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
func (p place) object(rules []rule, tree members) ([]rule, error) {
	if len(tree) == 0 {
		return nil, fmt.Errorf("%s: an empty object matches nothing", p)
	}
	for _, one := range tree {
		if slices.Contains(p.names, "$or") && slices.Contains(operators, one.name) {
			return nil, fmt.Errorf("%s: no field below $or is named %s", p, one.name)
		}
		below := p.below(one.name)
		var err error
		switch value := one.value.(type) {
		case []any:
			if one.name == "$or" {
				rules, err = below.or(rules, value)
			} else {
				err = below.list(rules, value)
			}
		case members:
			if one.name == "$or" {
				err = fmt.Errorf("%s: must be a list of patterns", below)
			} else {
				rules, err = below.object(rules, value)
			}
		default:
			err = fmt.Errorf("%s: must be an object or a list", below)
		}
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// or returns each of rules with each of the alternatives.
func (p place) or(rules []rule, alternatives []any) ([]rule, error) {
	if len(alternatives) < 2 {
		return nil, fmt.Errorf("%s: must be a list of at least two patterns", p)
	}
	var all []rule
	for _, one := range alternatives {
		tree, ok := one.(members)
		if !ok {
			return nil, fmt.Errorf("%s: must be a list of patterns", p)
		}
		copies := make([]rule, len(rules))
		for i, r := range rules {
			copies[i] = maps.Clone(r)
		}
		compiled, err := p.object(copies, tree)
		if err != nil {
			return nil, err
		}
		all = append(all, compiled...)
	}
	if n := len(all); n > maxCombinations {
		return nil, fmt.Errorf("%s: makes %d combinations, and EventBridge takes %d", p, n, maxCombinations)
	}
	return all, nil
}

// list compiles a field's list into each of rules.
func (p place) list(rules []rule, elements []any) error {
	if len(elements) == 0 {
		return fmt.Errorf("%s: an empty list matches nothing", p)
	}
	var compiled field
	for _, element := range elements {
		m, err := compileMatcher(element)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		compiled = append(compiled, m)
	}
	for _, r := range rules {
		r[p.field] = compiled
	}
	return nil
}
