package dynamodb

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// predicate parses the functions that are true or false.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html#Expressions.OperatorsAndFunctions.Functions
func (p *parser) predicate() (condition, error) {
	name := p.take().text
	p.take() // the parenthesis
	at, err := p.path()
	if err != nil {
		return nil, err
	}
	switch name {
	case "attribute_exists":
		return func(item Item) bool { _, ok := at.get(item); return ok }, p.expect(")")
	case "attribute_not_exists":
		return func(item Item) bool { _, ok := at.get(item); return !ok }, p.expect(")")
	}
	test, known := map[string]func(v, argument any) bool{
		"begins_with": beginsWith, "contains": contains, "attribute_type": hasType,
	}[name]
	if !known {
		return nil, invalid("Invalid %s: Invalid function name; function: %s", p.kind, name)
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	if err := p.checkArgument(name); err != nil {
		return nil, err
	}
	argument, err := p.operand()
	if err != nil {
		return nil, err
	}
	return func(item Item) bool {
		v, ok := at.get(item)
		a, given := argument(item)
		return ok && given && test(v, a)
	}, p.expect(")")
}

// checkArgument refuses a value that a function could never be true of.
func (p *parser) checkArgument(function string) error {
	v, ok := p.literal()
	if !ok {
		return nil
	}
	kind, content := kindOf(v)
	switch {
	case function == "attribute_type" && kind == "S":
		if kinds := []string{"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}; !slices.Contains(kinds, content.(string)) {
			return invalid("Invalid %s: Invalid attribute type name found; type: %s", p.kind, content)
		}
	case function == "attribute_type", function == "begins_with" && kind != "S" && kind != "B":
		return p.wrongType("operator or function: "+function, kind)
	}
	return nil
}

// wrongType refuses an operand that an operator or function never takes.
func (p *parser) wrongType(of, kind string) error {
	return invalid("Invalid %s: Incorrect operand type for operator or function; %s, operand type: %s", p.kind, of, kind)
}

// size parses size(path), a number.
func (p *parser) size() (operand, error) {
	if name := p.take().text; name != "size" {
		return nil, invalid("Invalid %s: Invalid function name; function: %s", p.kind, name)
	}
	p.take() // the parenthesis
	at, err := p.path()
	if err != nil {
		return nil, err
	}
	return func(item Item) (any, bool) {
		v, ok := at.get(item)
		if !ok {
			return nil, false
		}
		return length(v)
	}, p.expect(")")
}

func length(v any) (any, bool) {
	kind, content := kindOf(v)
	n := 0
	switch kind {
	case "S":
		n = utf8.RuneCountInString(content.(string))
	case "B":
		n = len(blob(content))
	case "M":
		n = len(content.(map[string]any))
	case "L", "SS", "NS", "BS":
		n = len(content.([]any))
	default:
		return nil, false
	}
	return map[string]any{"N": strconv.Itoa(n)}, true
}

func beginsWith(v, prefix any) bool {
	kind, content := kindOf(v)
	other, start := kindOf(prefix)
	switch {
	case kind != other:
		return false
	case kind == "S":
		return strings.HasPrefix(content.(string), start.(string))
	case kind == "B":
		return strings.HasPrefix(string(blob(content)), string(blob(start)))
	}
	return false
}

func contains(v, element any) bool {
	kind, content := kindOf(v)
	other, part := kindOf(element)
	switch kind {
	case "S":
		return other == "S" && strings.Contains(content.(string), part.(string))
	case "B":
		return other == "B" && strings.Contains(string(blob(content)), string(blob(part)))
	case "SS", "NS", "BS":
		return other == kind[:1] && slices.Contains(content.([]any), part)
	case "L":
		return slices.ContainsFunc(content.([]any), func(e any) bool { return equal(e, element) })
	}
	return false
}

func hasType(v, name any) bool {
	kind, _ := kindOf(v)
	other, text := kindOf(name)
	return other == "S" && text == kind
}
