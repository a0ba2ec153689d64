package awscli

import (
	"errors"
	"strings"
)

// split takes a line of shell apart into words: blanks divide, quotes and backslashes hold
// together. Anything that a shell would expand is an error.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, begun, escaped := rune(0), false, false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, c := range line {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(c)
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'', quote == '"' && c != '\\' && c != '$' && c != '`':
			word.WriteRune(c)
		case c == '\\':
			escaped, begun = true, true
		case c == '$' || c == '`' || strings.ContainsRune("|&;<>()*?~", c):
			return nil, errors.New("a shell would make something else of " + string(c))
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t' || c == '\n':
			end()
		default:
			begun = true
			word.WriteRune(c)
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote is not closed")
	}
	end()
	return words, nil
}
