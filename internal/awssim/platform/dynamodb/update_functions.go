package dynamodb

import "slices"

// termFunction parses if_not_exists(path, value) and list_append(list, list).
func (p *parser) termFunction() (term, error) {
	name := p.take().text
	p.take() // the parenthesis
	switch name {
	case "if_not_exists":
		return p.ifNotExists()
	case "list_append":
		return p.listAppend()
	}
	return nil, invalid("Invalid UpdateExpression: Invalid function name; function: %s", name)
}

func (p *parser) ifNotExists() (term, error) {
	at, err := p.path()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	otherwise, err := p.term()
	if err != nil {
		return nil, err
	}
	return func(before Item) (any, error) {
		if v, ok := at.get(before); ok {
			return v, nil
		}
		return otherwise(before)
	}, p.expect(")")
}

func (p *parser) listAppend() (term, error) {
	first, err := p.termOf("L", "operator or function: list_append")
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	second, err := p.termOf("L", "operator or function: list_append")
	if err != nil {
		return nil, err
	}
	return func(before Item) (any, error) {
		var all []any
		for _, list := range []term{first, second} {
			v, err := list(before)
			if err != nil {
				return nil, err
			}
			kind, elements := kindOf(v)
			if kind != "L" {
				return nil, invalid("An operand in the update expression has an incorrect data type")
			}
			all = append(all, elements.([]any)...)
		}
		return map[string]any{"L": all}, nil
	}, p.expect(")")
}

// addAction parses "path :value": a sum of numbers or a union of sets.
func (p *parser) addAction() (change, error) {
	at, v, err := p.pathAndValue()
	kind, _ := kindOf(v)
	if err == nil && kind != "N" && !isSet(kind) {
		return change{}, p.wrongType("operator: ADD", kind)
	}
	return change{at, func(before, now Item) (Item, error) {
		old, exists := at.get(before)
		switch {
		case !exists:
			return at.set(now, v)
		case kind == "N":
			sum, err := add(old, v, false)
			if err != nil {
				return nil, err
			}
			return at.set(now, sum)
		}
		union, err := merge(old, v)
		if err != nil {
			return nil, err
		}
		return at.set(now, union)
	}}, err
}

// deleteAction parses "path :value": what is left of a set. An emptied set goes away.
func (p *parser) deleteAction() (change, error) {
	at, v, err := p.pathAndValue()
	kind, gone := kindOf(v)
	if err == nil && !isSet(kind) {
		return change{}, p.wrongType("operator: DELETE", kind)
	}
	return change{at, func(before, now Item) (Item, error) {
		old, exists := at.get(before)
		if !exists {
			return now, nil
		}
		oldKind, elements := kindOf(old)
		if oldKind != kind {
			return nil, invalid("An operand in the update expression has an incorrect data type")
		}
		left := slices.DeleteFunc(slices.Clone(elements.([]any)), func(e any) bool { return slices.Contains(gone.([]any), e) })
		if len(left) == 0 {
			return at.remove(now)
		}
		return at.set(now, map[string]any{kind: left})
	}}, err
}

func (p *parser) pathAndValue() (path, any, error) {
	at, err := p.path()
	if err != nil {
		return nil, nil, err
	}
	if p.peek().kind != valueRef {
		return nil, nil, p.unexpected()
	}
	v, err := p.value()
	return at, v, err
}

func isSet(kind string) bool { return kind == "SS" || kind == "NS" || kind == "BS" }

// merge returns the union of two sets.
func merge(a, b any) (any, error) {
	kind, left := kindOf(a)
	other, right := kindOf(b)
	if kind != other {
		return nil, invalid("An operand in the update expression has an incorrect data type")
	}
	all := slices.Clone(left.([]any))
	for _, e := range right.([]any) {
		if !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	return checkValue(map[string]any{kind: all})
}
