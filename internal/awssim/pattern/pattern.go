// Package pattern matches events as EventBridge's rules do. It knows no service and no
// event; a pattern that EventBridge would refuse, or that this package does not know, does
// not compile.
package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// EventBridge's bounds on a pattern. The size is the default quota.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const (
	maxSize         = 2048 // characters, without white space between them
	maxCombinations = 1000 // rules that all the $or of a pattern multiply to
)

// A Pattern is a compiled event pattern. It is immutable and safe for concurrent use.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
type Pattern struct{ root object }

// An object must match field by field; of each of anyOf one alternative must match.
type object struct {
	fields []field
	anyOf  [][]object
}

// A field is either nested or a leaf that one of the matchers must accept.
type field struct {
	name     string
	nested   *object
	matchers []matcher
}

// Compile reads an event pattern. Its errors name the place and what is not known there.
func Compile(source []byte) (*Pattern, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, source); err != nil {
		return nil, fmt.Errorf("compiling event pattern: %w", err)
	}
	if n := len([]rune(compact.String())); n > maxSize {
		return nil, fmt.Errorf("compiling event pattern: %d characters, and EventBridge takes %d", n, maxSize)
	}
	tree, err := decode(compact.Bytes())
	if err != nil {
		return nil, fmt.Errorf("compiling event pattern: %w", err)
	}
	top, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("compiling event pattern: it is no JSON object")
	}
	root, err := compileObject("", top)
	if err != nil {
		return nil, fmt.Errorf("compiling event pattern: %w", err)
	}
	if n := root.combinations(); n > maxCombinations {
		return nil, fmt.Errorf("compiling event pattern: its $or make %d combinations, and EventBridge takes %d", n, maxCombinations)
	}
	return &Pattern{root: root}, nil
}

func compileObject(path string, tree map[string]any) (object, error) {
	var out object
	if len(tree) == 0 {
		return out, fmt.Errorf("%s: an empty object matches nothing", at(path))
	}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		below := path + "." + name
		if name == "$or" {
			alternatives, err := compileOr(below, tree[name])
			if err != nil {
				return out, err
			}
			out.anyOf = append(out.anyOf, alternatives)
			continue
		}
		f, err := compileField(below, name, tree[name])
		if err != nil {
			return out, err
		}
		out.fields = append(out.fields, f)
	}
	return out, nil
}

func compileField(path, name string, tree any) (field, error) {
	switch value := tree.(type) {
	case map[string]any:
		nested, err := compileObject(path, value)
		return field{name: name, nested: &nested}, err
	case []any:
		if len(value) == 0 {
			return field{}, fmt.Errorf("%s: an empty list matches nothing", at(path))
		}
		f := field{name: name}
		for _, element := range value {
			m, err := compileMatcher(element)
			if err != nil {
				return field{}, fmt.Errorf("%s: %w", at(path), err)
			}
			f.matchers = append(f.matchers, m)
		}
		return f, nil
	}
	return field{}, fmt.Errorf("%s: must be an object or a list", at(path))
}

func compileOr(path string, tree any) ([]object, error) {
	list, ok := tree.([]any)
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf("%s: must be a list of patterns", at(path))
	}
	out := make([]object, 0, len(list))
	for _, element := range list {
		alternative, ok := element.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: must be a list of patterns", at(path))
		}
		compiled, err := compileObject(path, alternative)
		if err != nil {
			return nil, err
		}
		out = append(out, compiled)
	}
	return out, nil
}

// combinations is how many rules without $or say the same as o. It stops growing past the
// bound, so that it cannot overflow.
func (o object) combinations() int {
	n := 1
	for _, alternatives := range o.anyOf {
		sum := 0
		for _, alternative := range alternatives {
			sum += alternative.combinations()
		}
		n = min(n*sum, maxCombinations*maxCombinations)
	}
	for _, f := range o.fields {
		if f.nested != nil {
			n = min(n*f.nested.combinations(), maxCombinations*maxCombinations)
		}
	}
	return n
}

func at(path string) string {
	if path == "" {
		return "the pattern"
	}
	return path[1:]
}

// decode reads one JSON value; numbers keep their spelling, since EventBridge compares
// 300 and 300.0 as text.
func decode(source []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("more than one JSON value")
	}
	return tree, nil
}
