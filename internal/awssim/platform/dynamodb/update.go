package dynamodb

import (
	"math/big"
	"slices"
	"strings"
)

// An update changes an item. Every value that it writes is worked out from the item as
// it was before.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
type update struct{ changes []change }

// A change is one action of an update at one path.
type change struct {
	at    path
	apply func(before, now Item) (Item, error)
}

// update parses a whole expression.
func (p *placeholders) update(expression string) (update, error) {
	parser, err := p.parser("UpdateExpression", expression)
	if err != nil {
		return update{}, err
	}
	var u update
	seen := map[string]bool{}
	for parser.peek().kind != end {
		clause := strings.ToUpper(parser.take().text)
		if seen[clause] {
			return update{}, invalid("Invalid UpdateExpression: The %q section can only be used once in an update expression;", clause)
		}
		seen[clause] = true
		if err := parser.clause(clause, &u); err != nil {
			return update{}, err
		}
	}
	return u, u.check()
}

func (p *parser) clause(clause string, u *update) error {
	parse, known := map[string]func() (change, error){
		"SET": p.setAction, "REMOVE": p.removeAction, "ADD": p.addAction, "DELETE": p.deleteAction,
	}[clause]
	if !known {
		return invalid("Invalid UpdateExpression: Syntax error; token: %q", clause)
	}
	for {
		c, err := parse()
		if err != nil {
			return err
		}
		u.changes = append(u.changes, c)
		if !p.accept(",") {
			return nil
		}
	}
}

// check refuses paths that overlap.
func (u update) check() error {
	for i, a := range u.changes {
		for _, b := range u.changes[i+1:] {
			if a.at.overlaps(b.at) {
				return invalid("Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [%s], path two: [%s]", a.at, b.at)
			}
		}
	}
	return nil
}

// touches says whether u changes the attribute name.
func (u update) touches(name string) bool {
	return slices.ContainsFunc(u.changes, func(c change) bool { return c.at[0] == name })
}

func (u update) apply(before Item) (Item, error) {
	now := before
	for _, c := range u.changes {
		var err error
		if now, err = c.apply(before, now); err != nil {
			return nil, err
		}
	}
	return now, nil
}

func (p *parser) removeAction() (change, error) {
	at, err := p.path()
	return change{at, func(_, now Item) (Item, error) { return at.remove(now) }}, err
}

func (p *parser) setAction() (change, error) {
	at, err := p.path()
	if err != nil {
		return change{}, err
	}
	if err := p.expect("="); err != nil {
		return change{}, err
	}
	v, err := p.sum()
	if err != nil {
		return change{}, err
	}
	return change{at, func(before, now Item) (Item, error) {
		result, err := v(before)
		if err != nil {
			return nil, err
		}
		return at.set(now, result)
	}}, nil
}

// A term is a value that SET writes.
type term func(before Item) (any, error)

func (p *parser) sum() (term, error) {
	first, isValue := p.literal()
	left, err := p.term()
	if err != nil {
		return nil, err
	}
	for _, operator := range []string{"+", "-"} {
		if !p.accept(operator) {
			continue
		}
		if kind, _ := kindOf(first); isValue && kind != "N" {
			return nil, p.wrongType("operator: "+operator, kind)
		}
		right, err := p.termOf("N", "operator: "+operator)
		if err != nil {
			return nil, err
		}
		return func(before Item) (any, error) { return calculate(before, left, operator, right) }, nil
	}
	return left, nil
}

func calculate(before Item, left term, operator string, right term) (any, error) {
	a, err := left(before)
	if err != nil {
		return nil, err
	}
	b, err := right(before)
	if err != nil {
		return nil, err
	}
	return add(a, b, operator == "-")
}

func add(a, b any, negate bool) (any, error) {
	kind, left := kindOf(a)
	other, right := kindOf(b)
	if kind != "N" || other != "N" {
		return nil, invalid("An operand in the update expression has an incorrect data type")
	}
	second := rat(right)
	if negate {
		second = new(big.Rat).Neg(second)
	}
	return checkValue(map[string]any{"N": decimal(new(big.Rat).Add(rat(left), second))})
}

// termOf parses a term and refuses a value of another type.
func (p *parser) termOf(kind, of string) (term, error) {
	if v, ok := p.literal(); ok {
		if other, _ := kindOf(v); other != kind {
			return nil, p.wrongType(of, other)
		}
	}
	return p.term()
}

func (p *parser) term() (term, error) {
	switch {
	case p.peek().kind == valueRef:
		v, err := p.value()
		return func(Item) (any, error) { return v, nil }, err
	case p.isFunction():
		return p.termFunction()
	}
	at, err := p.path()
	return func(before Item) (any, error) {
		v, ok := at.get(before)
		if !ok {
			return nil, invalid("The provided expression refers to an attribute that does not exist in the item")
		}
		return v, nil
	}, err
}
