package signal

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// An object is a JSON object whose members are found by name in any case: AWS documents no
// record of some of the calls that are read here.
type object map[string]any

// member returns the value of a member; an exact name goes before one in another case, and
// of several in other cases the first in order of name counts.
func (o object) member(name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	var value any
	first, found := "", false
	for k, v := range o {
		if strings.EqualFold(k, name) && (!found || k < first) {
			first, found, value = k, true, v
		}
	}
	return value
}

// object returns the object under a path of member names, empty where there is none.
func (o object) object(names ...string) object {
	for _, name := range names {
		child, _ := o.member(name).(map[string]any)
		o = child
	}
	return o
}

// objects returns the objects of a list, and nothing of what else is in it.
func (o object) objects(name string) []object {
	list, _ := o.member(name).([]any)
	var out []object
	for _, v := range list {
		if child, ok := v.(map[string]any); ok {
			out = append(out, child)
		}
	}
	return out
}

// text returns a string, number or boolean as clean text of at most 256 bytes, and "" for
// anything else.
func (o object) text(name string) string { return o.long(name, 256) }

// long is text with another limit.
func (o object) long(name string, limit int) string {
	switch v := o.member(name).(type) {
	case string:
		return clean(v, limit)
	case json.Number:
		return clean(v.String(), limit)
	case bool:
		if v {
			return "true"
		}
		return "false"
	default:
		return ""
	}
}

// time returns an instant, or the zero time where there is none that can be read.
func (o object) time(name string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999Z0700"} { // CloudWatch writes +0000
		if t, err := time.Parse(layout, o.text(name)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// storeID returns a key store's ID, or "" where the member holds anything else: who calls
// KMS may write anything there, and it becomes the name of a record.
func (o object) storeID(name string) string {
	id := o.text(name)
	if len(id) > longestStore || !strings.HasPrefix(id, "cks-") || strings.Trim(id[len("cks-"):], idAlphabet) != "" {
		return ""
	}
	return id
}

const idAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// clean makes s printable, one line and at most limit bytes: it goes into logs and messages.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		default:
			return -1
		}
	}, s)
	for len(s) > limit {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}

// firstOf returns the first of values that is not empty.
func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
