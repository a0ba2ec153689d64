package dynamodb

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Placeholders are the names and values that a request's expressions refer to.
type placeholders struct {
	names      map[string]string
	values     map[string]any
	usedNames  map[string]bool
	usedValues map[string]bool
	roots      map[string]bool // attributes that the paths parsed so far begin with
}

func newPlaceholders(names map[string]string, values map[string]any) (*placeholders, error) {
	p := &placeholders{names: names, values: map[string]any{}, usedNames: map[string]bool{}, usedValues: map[string]bool{}, roots: map[string]bool{}}
	for _, ref := range slices.Sorted(maps.Keys(values)) {
		v, err := checkValue(values[ref])
		if err != nil {
			return nil, invalid("ExpressionAttributeValues contains invalid value: %s for key %s", err, ref)
		}
		p.values[ref] = v
	}
	return p, nil
}

// unused refuses placeholders that no expression mentions, as DynamoDB does.
func (p *placeholders) unused() error {
	for _, ref := range slices.Sorted(maps.Keys(p.names)) {
		if !p.usedNames[ref] {
			return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", ref)
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(p.values)) {
		if !p.usedValues[ref] {
			return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", ref)
		}
	}
	return nil
}

// A parser reads one expression. kind is its name in error messages.
type parser struct {
	kind   string
	tokens []token
	refs   *placeholders
}

func (p *placeholders) parser(kind, expression string) (*parser, error) {
	tokens, err := lex(expression)
	if err != nil {
		return nil, invalid("Invalid %s: %s", kind, err)
	}
	return &parser{kind: kind, tokens: tokens, refs: p}, nil
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the next token where it is the sign or, in any case, the keyword text.
func (p *parser) accept(text string) bool {
	if t := p.peek(); (t.kind == sign || t.kind == word || t.kind == comparator) && strings.EqualFold(t.text, text) {
		p.take()
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if p.accept(text) {
		return nil
	}
	return p.unexpected()
}

func (p *parser) unexpected() error {
	return invalid("Invalid %s: Syntax error; token: %q", p.kind, p.peek().text)
}

func (p *parser) done() error {
	if p.peek().kind != end {
		return p.unexpected()
	}
	return nil
}

// A path leads to an attribute: names, and indexes of lists (as int).
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
type path []any

func (p *parser) path() (path, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	p.refs.roots[name] = true
	out := path{name}
	for {
		switch {
		case p.accept("."):
			if name, err = p.name(); err != nil {
				return nil, err
			}
			out = append(out, name)
		case p.accept("["):
			if p.peek().kind != digits {
				return nil, p.unexpected()
			}
			index, err := strconv.Atoi(p.take().text)
			if err != nil {
				return nil, p.unexpected()
			}
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			out = append(out, index)
		default:
			return out, nil
		}
	}
}

func (p *parser) name() (string, error) {
	t := p.peek()
	switch t.kind {
	case word:
		if reserved(t.text) {
			return "", invalid("Invalid %s: Attribute name is a reserved keyword; reserved keyword: %s", p.kind, t.text)
		}
	case nameRef:
		name, ok := p.refs.names[t.text]
		if !ok {
			return "", invalid("Invalid %s: An expression attribute name used in the document path is not defined; attribute name: %s", p.kind, t.text)
		}
		p.refs.usedNames[t.text] = true
		p.take()
		return name, nil
	default:
		return "", p.unexpected()
	}
	return p.take().text, nil
}

func (p *parser) value() (any, error) {
	t := p.take()
	v, ok := p.refs.values[t.text]
	if !ok {
		return nil, invalid("Invalid %s: An expression attribute value used in expression is not defined; attribute value: %s", p.kind, t.text)
	}
	p.refs.usedValues[t.text] = true
	return v, nil
}

// literal returns the value that the next token stands for, if it stands for one.
func (p *parser) literal() (v any, ok bool) {
	if p.peek().kind != valueRef {
		return nil, false
	}
	v, ok = p.refs.values[p.peek().text]
	return v, ok
}

// isFunction says whether the next tokens call a function.
func (p *parser) isFunction() bool {
	return p.peek().kind == word && len(p.tokens) > 1 && p.tokens[1].text == "("
}
