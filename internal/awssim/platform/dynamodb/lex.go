package dynamodb

import (
	_ "embed"
	"regexp"
	"strings"
)

// A token is one word or sign of an expression.
type token struct {
	kind tokenKind
	text string
}

type tokenKind uint8

const (
	end        tokenKind = iota
	word                 // attribute name, keyword or function
	nameRef              // #name
	valueRef             // :value
	digits               // list index
	sign                 // ( ) , . [ ] + -
	comparator           // = <> < <= > >=
)

var shapes = []struct {
	kind  tokenKind
	shape *regexp.Regexp
}{
	{word, regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)},
	{nameRef, regexp.MustCompile(`^#[A-Za-z0-9_]+`)},
	{valueRef, regexp.MustCompile(`^:[A-Za-z0-9_]+`)},
	{digits, regexp.MustCompile(`^[0-9]+`)},
	{comparator, regexp.MustCompile(`^(<>|<=|>=|=|<|>)`)},
	{sign, regexp.MustCompile(`^[(),.\[\]+-]`)},
}

// lex cuts an expression into tokens; the last one is end.
func lex(expression string) ([]token, error) {
	var tokens []token
	rest := strings.TrimSpace(expression)
	for rest != "" {
		t, length := next(rest)
		if length == 0 {
			return nil, invalid("Syntax error; token: %q, near: %q", rest[:1], rest)
		}
		tokens = append(tokens, t)
		rest = strings.TrimSpace(rest[length:])
	}
	return append(tokens, token{kind: end, text: "<EOF>"}), nil
}

func next(text string) (t token, length int) {
	for _, s := range shapes {
		if found := s.shape.FindString(text); found != "" {
			return token{s.kind, found}, len(found)
		}
	}
	return token{}, 0
}

// reservedWords may not stand for attributes; a #name must.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
//
//go:embed reserved.txt
var reservedWords string

func reserved(name string) bool {
	for w := range strings.FieldsSeq(reservedWords) {
		if strings.EqualFold(w, name) {
			return true
		}
	}
	return false
}
