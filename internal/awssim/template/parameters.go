package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parameterDocument is a parameter as declared.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
type parameterDocument struct {
	_                    struct{} `inert:"Description ConstraintDescription NoEcho"`
	Type                 string
	Default              *string
	AllowedValues        []string
	AllowedPattern       string
	MinLength, MaxLength *int
	MinValue, MaxValue   *float64
}

// readParameters returns the value of each parameter as Ref gives it (text, or a list of
// texts), and as text. All mistakes come at once.
func readParameters(declared []section, given map[string]string) (refs map[string]any, texts map[string]string, err error) {
	refs, texts = make(map[string]any), make(map[string]string)
	var mistakes []error
	for _, s := range declared {
		var p parameterDocument
		if err := decode("", s.body, &p); err != nil {
			return nil, nil, fmt.Errorf("parameter %s: %w", s.name, err)
		}
		text, ok := given[s.name]
		if !ok && p.Default == nil {
			mistakes = append(mistakes, fmt.Errorf("parameter %s: has no default and was not given", s.name))
			continue
		}
		if !ok {
			text = *p.Default
		}
		ref, err := p.value(text)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("parameter %s: %w", s.name, err))
		}
		refs[s.name], texts[s.name] = ref, text
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(declared, func(s section) bool { return s.name == name }) {
			mistakes = append(mistakes, fmt.Errorf("parameter %s: the template has none of this name", name))
		}
	}
	return refs, texts, errors.Join(mistakes...)
}

// value checks text against what the parameter demands. The demands on a list are on each
// of its elements.
func (p parameterDocument) value(text string) (any, error) {
	switch p.Type {
	case "String":
		return text, p.check(text)
	case "Number":
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		if p.MinValue != nil && n < *p.MinValue || p.MaxValue != nil && n > *p.MaxValue {
			return nil, fmt.Errorf("%s is out of range", text)
		}
		return json.Number(text), p.check(text)
	case "CommaDelimitedList":
		var list []any
		for element := range strings.SplitSeq(text, ",") {
			element = strings.TrimSpace(element)
			if err := p.check(element); err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		return list, nil
	}
	return nil, fmt.Errorf("the parameter type %s is not known", p.Type)
}

func (p parameterDocument) check(text string) error {
	if p.AllowedValues != nil && !slices.Contains(p.AllowedValues, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(p.AllowedValues, ", "))
	}
	if p.AllowedPattern != "" {
		whole, err := regexp.Compile(`^(?:` + p.AllowedPattern + `)$`)
		if err != nil {
			return fmt.Errorf("reading its AllowedPattern: %w", err)
		}
		if !whole.MatchString(text) {
			return fmt.Errorf("%q does not match %s", text, p.AllowedPattern)
		}
	}
	if n := len([]rune(text)); p.MinLength != nil && n < *p.MinLength || p.MaxLength != nil && n > *p.MaxLength {
		return fmt.Errorf("%q has the wrong length", text)
	}
	return nil
}
