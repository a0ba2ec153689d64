package collect

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A storeSet is a set of key stores: the named ones, or with others all but these. The zero
// set is empty.
type storeSet struct {
	named  []string // sorted
	others bool
}

func every() storeSet            { return storeSet{others: true} }
func only(id string) storeSet    { return storeSet{named: []string{id}} }
func (s storeSet) not() storeSet { return storeSet{s.named, !s.others} }

func (s storeSet) has(id string) bool { return slices.Contains(s.named, id) != s.others }

func (s storeSet) and(t storeSet) storeSet {
	out := storeSet{others: s.others && t.others}
	for _, id := range slices.Sorted(slices.Values(append(slices.Clone(s.named), t.named...))) {
		if (s.has(id) && t.has(id)) != out.others && !slices.Contains(out.named, id) {
			out.named = append(out.named, id)
		}
	}
	return out
}

func (s storeSet) or(t storeSet) storeSet { return s.not().and(t.not()).not() }

func (s storeSet) ids() []path.KeyStoreID {
	var ids []path.KeyStoreID
	for _, id := range s.named {
		ids = append(ids, path.KeyStoreID(id))
	}
	return ids
}

// narrows reports whether a dimension says which of a key store's requests, certificates or
// key managers are watched, and not which key store.
func narrows(dimension string) bool {
	switch dimension {
	case "CertificateName", "KmsOperation", "XksOperation", "KeySpec", "ErrorType", "ExceptionName", "XksExternalKeyManagerState":
		return true
	}
	return false
}

var whereToken = pattern(`\s*(?:'([^']*)'|"([^"]*)"|([\w.]+)|(!=|=|\(|\)))`)

// A token of a query's conditions.
type token struct {
	text   string
	quoted bool // a value, in single quotes
}

func tokens(text string) ([]token, bool) {
	var all []token
	for strings.TrimSpace(text) != "" {
		m := whereToken().FindStringSubmatchIndex(text)
		if m == nil || m[0] != 0 {
			return nil, false
		}
		for group := 1; group <= 4; group++ {
			if at := m[2*group]; at >= 0 {
				all = append(all, token{text[at:m[2*group+1]], group == 1})
			}
		}
		text = text[m[1]:]
	}
	return all, true
}

// readWhere returns of which key stores something passes the conditions of a query: AND binds
// closer than OR, and parentheses closer than both.
func (r *Reader) readWhere(text string) (storeSet, bool) {
	all, ok := tokens(text)
	switch {
	case !ok:
		return storeSet{}, false
	case len(all) == 0:
		return every(), true
	case !strings.EqualFold(all[0].text, "WHERE"):
		return storeSet{}, false
	}
	w := where{left: all[1:], account: r.account}
	of, ok := w.either(0)
	return of, ok && len(w.left) == 0
}

// deepest bounds the parentheses of a query.
const deepest = 20

// A where reads conditions.
type where struct {
	left    []token
	account string
}

func (w *where) next(word string) bool {
	if len(w.left) == 0 || w.left[0].quoted || !strings.EqualFold(w.left[0].text, word) {
		return false
	}
	w.left = w.left[1:]
	return true
}

func (w *where) either(depth int) (storeSet, bool) {
	return w.joined("OR", depth, w.both, storeSet.or)
}

func (w *where) both(depth int) (storeSet, bool) {
	return w.joined("AND", depth, w.condition, storeSet.and)
}

// joined reads parts with a word between them.
func (w *where) joined(word string, depth int, part func(depth int) (storeSet, bool), join func(s, t storeSet) storeSet) (storeSet, bool) {
	of, ok := part(depth)
	for ok && w.next(word) {
		var more storeSet
		more, ok = part(depth)
		of = join(of, more)
	}
	return of, ok
}

// condition reads one comparison, or conditions in parentheses.
func (w *where) condition(depth int) (storeSet, bool) {
	if w.next("(") {
		if depth == deepest {
			return storeSet{}, false
		}
		of, ok := w.either(depth + 1)
		return of, ok && w.next(")")
	}
	if len(w.left) < 3 || w.left[0].quoted || !w.left[2].quoted {
		return storeSet{}, false
	}
	key, sign, value := w.left[0].text, w.left[1].text, w.left[2].text
	w.left = w.left[3:]
	if sign != "=" && sign != "!=" {
		return storeSet{}, false
	}
	of := every()
	switch {
	case key == storeDimension:
		of = only(value)
	case key == "AWS.AccountId" && value != w.account:
		of = storeSet{}
	case key == "AWS.AccountId":
	default:
		return of, narrows(key) // something of each key store passes
	}
	if sign == "!=" {
		of = of.not()
	}
	return of, true
}
