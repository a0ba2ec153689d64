package notice

import (
	"strings"
	"unicode"
)

// spelled is how ASCII spells what names and AWS's sentences are likely to hold.
var spelled = spelling()

func spelling() map[rune]string {
	table := map[rune]string{
		'ä': "ae", 'ö': "oe", 'ü': "ue", 'Ä': "Ae", 'Ö': "Oe", 'Ü': "Ue", 'ß': "ss", 'æ': "ae", 'Æ': "Ae",
		'ø': "oe", 'Ø': "Oe", 'å': "aa", 'Å': "Aa", 'œ': "oe", 'Œ': "Oe", 'þ': "th", 'Þ': "Th",
		'‐': "-", '‑': "-", '–': "-", '—': "-", '−': "-", '→': "->", '…': "...", '·': "-", '•': "*", '×': "x",
		'‘': "'", '’': "'", '“': `"`, '”': `"`, '«': `"`, '»': `"`, '≥': ">=", '≤': "<=",
	}
	for plain, marked := range map[string]string{
		"a": "àáâãāăą", "A": "ÀÁÂÃĀĂĄ", "c": "çćčĉċ", "C": "ÇĆČĈĊ", "d": "ďđð", "D": "ĎĐÐ",
		"e": "èéêëēĕėęě", "E": "ÈÉÊËĒĔĖĘĚ", "g": "ĝğġģ", "G": "ĜĞĠĢ", "h": "ĥħ", "H": "ĤĦ",
		"i": "ìíîïĩīĭįı", "I": "ÌÍÎÏĨĪĬĮİ", "j": "ĵ", "J": "Ĵ", "k": "ķ", "K": "Ķ",
		"l": "ĺļľŀł", "L": "ĹĻĽĿŁ", "n": "ñńņňŋ", "N": "ÑŃŅŇŊ", "o": "òóôõōŏő", "O": "ÒÓÔÕŌŎŐ",
		"r": "ŕŗř", "R": "ŔŖŘ", "s": "śŝşšș", "S": "ŚŜŞŠȘ", "t": "ţťŧț", "T": "ŢŤŦȚ",
		"u": "ùúûũūŭůűų", "U": "ÙÚÛŨŪŬŮŰŲ", "w": "ŵ", "W": "Ŵ", "y": "ýÿŷ", "Y": "ÝŸŶ",
		"z": "źżž", "Z": "ŹŻŽ",
	} {
		for _, r := range marked {
			table[r] = plain
		}
	}
	return table
}

// ascii spells s in printable ASCII on one line: what has no spelling becomes "?".
func ascii(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch {
		case r < unicode.MaxASCII:
			b.WriteRune(r)
		case spelled[r] != "":
			b.WriteString(spelled[r])
		case unicode.Is(unicode.Mn, r): // an accent that follows its letter
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// clean returns s as valid UTF-8 on one line: runs of white space and control characters
// become one space, and what has no glyph of its own, such as a character that reverses the
// text after it, is taken out.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
