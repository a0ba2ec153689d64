package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// A matcher accepts leaves by match; absent tells whether it accepts a field without any.
type matcher struct {
	match  func(leaf any) bool
	absent bool
}

// compileMatcher compiles one element of a field's list: a value, or an operator.
func compileMatcher(tree any) (matcher, error) {
	switch value := tree.(type) {
	case string, json.Number, bool, nil:
		return matcher{match: func(leaf any) bool { return leaf == value }}, nil
	case map[string]any:
		name, operand, err := single(value)
		if err != nil {
			return matcher{}, err
		}
		return compileOperator(name, operand)
	}
	return matcher{}, errors.New("a list within a list")
}

func compileOperator(name string, operand any) (matcher, error) {
	switch name {
	case "exists":
		exists, ok := operand.(bool)
		if !ok {
			return matcher{}, errors.New("exists must be true or false")
		}
		if !exists {
			return matcher{absent: true}, nil
		}
		return matcher{match: func(any) bool { return true }}, nil
	case "numeric":
		match, err := numeric(operand)
		return matcher{match: match}, err
	case "cidr":
		match, err := cidr(operand)
		return matcher{match: match}, err
	case "anything-but":
		match, err := anythingBut(operand)
		return matcher{match: match}, err
	}
	match, err := text(name, operand, true)
	if err != nil {
		return matcher{}, err
	}
	return matcher{match: onStrings(match)}, nil
}

// text compiles the operators on strings. nested allows {"equals-ignore-case": …} inside
// prefix and suffix.
func text(name string, operand any, nested bool) (func(string) bool, error) {
	if inner, ok := operand.(map[string]any); ok && nested && (name == "prefix" || name == "suffix") {
		innerName, innerOperand, err := single(inner)
		if err != nil {
			return nil, err
		}
		if innerName != "equals-ignore-case" {
			return nil, fmt.Errorf("unknown operator %q in %s", innerName, name)
		}
		want, ok := innerOperand.(string)
		if !ok {
			return nil, fmt.Errorf("%s must be a string", name)
		}
		return ends(name, strings.ToLower(want), strings.ToLower), nil
	}
	switch name {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
	default:
		return nil, fmt.Errorf("unknown operator %q", name)
	}
	want, ok := operand.(string)
	if !ok {
		return nil, fmt.Errorf("%s must be a string", name)
	}
	switch name {
	case "equals-ignore-case":
		return func(s string) bool { return strings.EqualFold(s, want) }, nil
	case "wildcard":
		return wildcard(want)
	}
	return ends(name, want, func(s string) string { return s }), nil
}

func ends(name, want string, fold func(string) string) func(string) bool {
	if name == "prefix" {
		return func(s string) bool { return strings.HasPrefix(fold(s), want) }
	}
	return func(s string) bool { return strings.HasSuffix(fold(s), want) }
}

func onStrings(match func(string) bool) func(any) bool {
	return func(leaf any) bool {
		s, ok := leaf.(string)
		return ok && match(s)
	}
}

// anythingBut compiles a value, a list of values of one kind, or an operator on strings
// with one operand or a list of them: it accepts every leaf that none of them accepts.
func anythingBut(operand any) (func(any) bool, error) {
	var excluded []func(any) bool
	if operator, ok := operand.(map[string]any); ok {
		name, inner, err := single(operator)
		if err != nil {
			return nil, err
		}
		for _, one := range oneOrMore(inner) {
			match, err := text(name, one, true)
			if err != nil {
				return nil, fmt.Errorf("anything-but: %w", err)
			}
			excluded = append(excluded, onStrings(match))
		}
	} else {
		kinds := make(map[string]bool)
		for _, value := range oneOrMore(operand) {
			kind := fmt.Sprintf("%T", value)
			if kind != "string" && kind != "json.Number" {
				return nil, errors.New("anything-but takes strings or numbers")
			}
			kinds[kind] = true
			excluded = append(excluded, func(leaf any) bool { return leaf == value })
		}
		if len(kinds) > 1 {
			return nil, errors.New("anything-but takes strings or numbers, not both")
		}
	}
	if len(excluded) == 0 {
		return nil, errors.New("anything-but of nothing")
	}
	return func(leaf any) bool {
		return !slices.ContainsFunc(excluded, func(match func(any) bool) bool { return match(leaf) })
	}, nil
}

// cidr accepts addresses in a range, IPv4 or IPv6.
func cidr(operand any) (func(any) bool, error) {
	source, ok := operand.(string)
	if !ok {
		return nil, errors.New("cidr must be a string")
	}
	prefix, err := netip.ParsePrefix(source)
	if err != nil {
		return nil, fmt.Errorf("cidr %q: %w", source, err)
	}
	return onStrings(func(s string) bool {
		address, err := netip.ParseAddr(s)
		return err == nil && prefix.Contains(address)
	}), nil
}

func single(operator map[string]any) (name string, operand any, err error) {
	names := slices.Sorted(maps.Keys(operator))
	if len(names) != 1 {
		return "", nil, fmt.Errorf("an operator stands alone, not as %q", names)
	}
	return names[0], operator[names[0]], nil
}

func oneOrMore(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}
