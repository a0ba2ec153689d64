package dynamodb

// keyCondition parses "hash = :v" with, at most, one condition on the range key.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
func (p *placeholders) keyCondition(expression string, schema Schema) (condition, error) {
	parser, err := p.parser("KeyConditionExpression", expression)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var all []condition
	for {
		c, err := parser.keyTerm(schema, seen)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		if !parser.accept("AND") {
			break
		}
	}
	if !seen[schema.Hash.Name] {
		return nil, invalid("Query condition missed key schema element: %s", schema.Hash.Name)
	}
	return func(item Item) bool {
		for _, c := range all {
			if !c(item) {
				return false
			}
		}
		return true
	}, parser.done()
}

// keyTerm parses one condition on one key attribute, with or without parentheses.
func (p *parser) keyTerm(schema Schema, seen map[string]bool) (condition, error) {
	if p.accept("(") {
		c, err := p.keyTerm(schema, seen)
		if err != nil {
			return nil, err
		}
		return c, p.expect(")")
	}
	begin := p.tokens
	name, operator, err := p.subject()
	if err != nil {
		return nil, err
	}
	isHash := name == schema.Hash.Name
	isRange := schema.Range != nil && name == schema.Range.Name
	switch {
	case !isHash && !isRange:
		return nil, invalid("Query key condition not supported: %s is no key", name)
	case seen[name]:
		return nil, invalid("KeyConditionExpressions must only contain one condition per key")
	case isHash && operator != "=", operator == "<>":
		return nil, invalid("Query key condition not supported")
	}
	seen[name] = true
	kind := schema.Hash.Kind
	if isRange {
		kind = schema.Range.Kind
	}
	p.tokens = begin
	c, err := p.primary()
	for _, t := range begin[:len(begin)-len(p.tokens)] {
		if of, _ := kindOf(p.refs.values[t.text]); err == nil && t.kind == valueRef && of != kind {
			return nil, invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
		}
	}
	return c, err
}

// subject reads ahead to the attribute of a condition and its operator.
func (p *parser) subject() (name, operator string, err error) {
	if p.isFunction() {
		if operator = p.take().text; operator != "begins_with" {
			return "", "", invalid("Invalid operator used in KeyConditionExpression: %s", operator)
		}
		p.take() // the parenthesis
		name, err = p.name()
		return name, operator, err
	}
	if name, err = p.name(); err != nil {
		return "", "", err
	}
	return name, p.peek().text, nil
}
