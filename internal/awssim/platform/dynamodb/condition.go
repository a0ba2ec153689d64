package dynamodb

import "slices"

// A condition is true or false of an item; the item of a missing row is empty.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
type condition func(item Item) bool

// An operand is a value in an item's light; ok is false where the item has none.
type operand func(item Item) (v any, ok bool)

// condition parses a whole expression.
func (p *placeholders) condition(kind, expression string) (condition, error) {
	if expression == "" {
		return func(Item) bool { return true }, nil
	}
	parser, err := p.parser(kind, expression)
	if err != nil {
		return nil, err
	}
	c, err := parser.or()
	if err != nil {
		return nil, err
	}
	return c, parser.done()
}

func (p *parser) or() (condition, error) {
	left, err := p.and()
	for err == nil && p.accept("OR") {
		var right condition
		if right, err = p.and(); err == nil {
			a := left
			left = func(item Item) bool { return a(item) || right(item) }
		}
	}
	return left, err
}

func (p *parser) and() (condition, error) {
	left, err := p.not()
	for err == nil && p.accept("AND") {
		var right condition
		if right, err = p.not(); err == nil {
			a := left
			left = func(item Item) bool { return a(item) && right(item) }
		}
	}
	return left, err
}

func (p *parser) not() (condition, error) {
	if !p.accept("NOT") {
		return p.primary()
	}
	inner, err := p.not()
	if err != nil {
		return nil, err
	}
	return func(item Item) bool { return !inner(item) }, nil
}

func (p *parser) primary() (condition, error) {
	if p.accept("(") {
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	if p.isFunction() && p.peek().text != "size" {
		return p.predicate()
	}
	from := p.tokens
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	return p.comparison(left, from)
}

// atSamePath says whether the tokens behind an operator spell the same path as those from
// which its left side was read.
func (p *parser) atSamePath(from []token) bool {
	ahead, behind := *p, parser{kind: p.kind, tokens: from, refs: p.refs}
	left, errLeft := behind.path()
	right, errRight := ahead.path()
	return errLeft == nil && errRight == nil && slices.Equal(left, right)
}

// comparison parses what follows an operand that was read from the tokens from.
func (p *parser) comparison(left operand, from []token) (condition, error) {
	switch {
	case p.accept("BETWEEN"):
		return p.between(left)
	case p.accept("IN"):
		return p.in(left)
	case p.peek().kind != comparator:
		return nil, p.unexpected()
	}
	operator := p.take().text
	if p.atSamePath(from) {
		return nil, invalid("Invalid %s: The first operand must be distinct from the remaining operands for this operator or function; operator: %s", p.kind, operator)
	}
	if v, ok := p.literal(); ok && operator != "=" && operator != "<>" {
		if kind, _ := kindOf(v); kind != "S" && kind != "N" && kind != "B" {
			return nil, p.wrongType("operator or function: "+operator, kind)
		}
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	return func(item Item) bool { return holds(item, left, operator, right) }, nil
}

// holds compares two operands. Where one is missing only <> is true.
func holds(item Item, left operand, operator string, right operand) bool {
	a, okA := left(item)
	b, okB := right(item)
	if !okA || !okB {
		return operator == "<>"
	}
	switch operator {
	case "=":
		return equal(a, b)
	case "<>":
		return !equal(a, b)
	}
	order, comparable := compare(a, b)
	switch operator {
	case "<":
		return comparable && order < 0
	case "<=":
		return comparable && order <= 0
	case ">":
		return comparable && order > 0
	}
	return comparable && order >= 0
}

func (p *parser) between(v operand) (condition, error) {
	least, bounded := p.literal()
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	if most, also := p.literal(); bounded && also {
		if order, same := compare(least, most); !same || order > 0 {
			return nil, invalid("Invalid %s: The BETWEEN operator requires upper bound to be greater than or equal to lower bound", p.kind)
		}
	}
	high, err := p.operand()
	if err != nil {
		return nil, err
	}
	return func(item Item) bool { return holds(item, low, "<=", v) && holds(item, v, "<=", high) }, nil
}

func (p *parser) in(v operand) (condition, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var list []operand
	for {
		element, err := p.operand()
		if err != nil {
			return nil, err
		}
		list = append(list, element)
		if !p.accept(",") {
			break
		}
	}
	return func(item Item) bool {
		for _, element := range list {
			if holds(item, v, "=", element) {
				return true
			}
		}
		return false
	}, p.expect(")")
}

// operand parses a path, a value or size(path).
func (p *parser) operand() (operand, error) {
	if p.peek().kind == valueRef {
		v, err := p.value()
		return func(Item) (any, bool) { return v, true }, err
	}
	if p.isFunction() {
		return p.size()
	}
	at, err := p.path()
	return at.get, err
}
