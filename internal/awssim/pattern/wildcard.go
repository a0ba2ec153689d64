package pattern

import (
	"errors"
	"fmt"
	"strings"
)

// wildcard compiles a pattern in which * stands for any run of characters, also an empty
// one. \* and \\ stand for themselves; two stars in a row are refused, as EventBridge does.
func wildcard(source string) (func(string) bool, error) {
	var pieces []string // the literal text between the stars
	var piece strings.Builder
	star := false
	for i := 0; i < len(source); i++ {
		switch c := source[i]; c {
		case '*':
			if star {
				return nil, errors.New("wildcard with two stars in a row")
			}
			star = true
			pieces = append(pieces, piece.String())
			piece.Reset()
			continue
		case '\\':
			i++
			if i == len(source) || (source[i] != '*' && source[i] != '\\') {
				return nil, fmt.Errorf("wildcard %q: a backslash stands before * or another backslash", source)
			}
			piece.WriteByte(source[i])
		default:
			piece.WriteByte(c)
		}
		star = false
	}
	pieces = append(pieces, piece.String())
	return func(s string) bool { return matchPieces(pieces, s) }, nil
}

// matchPieces takes the first piece from the start, the last from the end, and each of the
// others at its leftmost place: with stars alone nothing is gained by looking further.
func matchPieces(pieces []string, s string) bool {
	if len(pieces) == 1 {
		return s == pieces[0]
	}
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s = s[i+len(piece):]
	}
	return true
}
