package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// operators may not name a field below $or, where Event Ruler reserves them.
var operators = []string{"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "=", "<", "<=", ">", ">="}

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
	case members:
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
	if inner, ok := operand.(members); ok && nested && (name == "prefix" || name == "suffix") {
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
		return endsInAnyCase(name, []rune(want)), nil
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
		return func(s string) bool { return equalInAnyCase([]rune(s), []rune(want)) }, nil
	case "wildcard":
		return wildcard(want)
	}
	if name == "prefix" {
		return func(s string) bool { return strings.HasPrefix(s, want) }, nil
	}
	return func(s string) bool { return strings.HasSuffix(s, want) }, nil
}

func endsInAnyCase(name string, want []rune) func(string) bool {
	return func(s string) bool {
		letters := []rune(s)
		beyond := len(letters) - len(want)
		switch {
		case beyond < 0:
			return false
		case name == "prefix":
			return equalInAnyCase(letters[:len(want)], want)
		}
		return equalInAnyCase(letters[beyond:], want)
	}
}

// equalInAnyCase compares letter by letter: each as wanted, in lower or in upper case.
func equalInAnyCase(letters, want []rune) bool {
	return slices.EqualFunc(letters, want, func(letter, wanted rune) bool {
		return letter == wanted || letter == unicode.ToLower(wanted) || letter == unicode.ToUpper(wanted)
	})
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
	excluded, err := exclusions(operand)
	if err != nil {
		return nil, err
	}
	if len(excluded) == 0 {
		return nil, errors.New("anything-but of nothing")
	}
	return func(leaf any) bool {
		return !slices.ContainsFunc(excluded, func(match func(any) bool) bool { return match(leaf) })
	}, nil
}

func exclusions(operand any) ([]func(any) bool, error) {
	if operator, ok := operand.(members); ok {
		return operatorExclusions(operator)
	}
	var excluded []func(any) bool
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
	return excluded, nil
}

func operatorExclusions(operator members) ([]func(any) bool, error) {
	name, operand, err := single(operator)
	if err != nil {
		return nil, err
	}
	var excluded []func(any) bool
	for _, one := range oneOrMore(operand) {
		if one == "" && (name == "prefix" || name == "suffix") {
			return nil, fmt.Errorf("anything-but an empty %s matches nothing", name)
		}
		match, err := text(name, one, false)
		if err != nil {
			return nil, fmt.Errorf("anything-but: %w", err)
		}
		excluded = append(excluded, onStrings(match))
	}
	return excluded, nil
}

// cidr accepts addresses in a range, IPv4 or IPv6. A range holds two addresses at least.
func cidr(operand any) (func(any) bool, error) {
	source, ok := operand.(string)
	if !ok {
		return nil, errors.New("cidr must be a string")
	}
	prefix, err := netip.ParsePrefix(source)
	if err != nil {
		return nil, fmt.Errorf("cidr %q: %w", source, err)
	}
	if prefix.IsSingleIP() {
		return nil, fmt.Errorf("cidr %q is one address and no range", source)
	}
	return onStrings(func(s string) bool {
		address, err := netip.ParseAddr(s)
		return err == nil && prefix.Contains(address)
	}), nil
}

func single(operator members) (name string, operand any, err error) {
	if len(operator) != 1 {
		return "", nil, fmt.Errorf("an operator stands alone, and here are %d", len(operator))
	}
	return operator[0].name, operator[0].value, nil
}

func oneOrMore(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}
