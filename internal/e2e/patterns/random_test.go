//go:build e2e

package patterns

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/awssim/pattern"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// What random patterns and events are made of: few words, so that many pairs match; numbers
// as they are written shortest, and addresses as their RFCs write them, since of other
// spellings the user guide and Event Ruler say different things (see below).
var (
	names     = []string{"a", "b", "c", "a", "b", "a.b", "A"}
	words     = []string{"", "x", "X", "xy", "yx", "xyx", "y", "Xks", "xks", "XksProxy", "é", "É", "a*b", "a\\b", "3", "null", "10.0.0.1", "10.0.1.1", "192.168.7.9", "2001:db8::1", "2001:db9::1"}
	numerals  = []number{"0", "1", "-1", "2", "3", "300", "0.5", "-2.25", "4999999999"}
	ranges    = []string{"10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/31", "192.168.0.0/16", "2001:db8::/32", "2001:db8::/127", "2001::/16"}
	wildcards = []string{"*", "x*", "*x", "*x*", "x*x", "*x*y*", "Xks*", "a\\*b", "*\\**", "a\\\\*", "xy", "", "x*y*x"}
)

type number string

func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func word(t *rapid.T) string { return rapid.SampledFrom(words).Draw(t, "word") }

func scalar(t *rapid.T) any {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom(numerals).Draw(t, "number")
	case 1:
		return rapid.SampledFrom([]any{true, false, nil}).Draw(t, "constant")
	}
	return word(t)
}

// list draws one to three elements.
func list[E any](t *rapid.T, of func(*rapid.T) E) []E {
	return rapid.SliceOfN(rapid.Custom(of), 1, 3).Draw(t, "list")
}

func event(t *rapid.T, depth int) object {
	out := object{}
	for range rapid.IntRange(1, 4).Draw(t, "fields") {
		out[rapid.SampledFrom(names).Draw(t, "name")] = value(t, depth)
	}
	return out
}

func value(t *rapid.T, depth int) any {
	switch roll := rapid.IntRange(0, 9).Draw(t, "value"); {
	case depth > 0 && roll < 3:
		return event(t, depth-1)
	case depth > 0 && roll < 6:
		elements := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			elements = append(elements, value(t, depth-1))
		}
		return elements
	}
	return scalar(t)
}

// operator draws an element of a field's list.
func operator(t *rapid.T) any {
	switch rapid.IntRange(0, 11).Draw(t, "operator") {
	case 0:
		return object{"prefix": word(t)}
	case 1:
		return object{"suffix": word(t)}
	case 2:
		return object{rapid.SampledFrom([]string{"prefix", "suffix"}).Draw(t, "end"): object{"equals-ignore-case": word(t)}}
	case 3:
		return object{"equals-ignore-case": word(t)}
	case 4:
		return object{"wildcard": rapid.SampledFrom(wildcards).Draw(t, "wildcard")}
	case 5:
		return object{"exists": rapid.Bool().Draw(t, "exists")}
	case 6:
		return object{"numeric": numeric(t)}
	case 7:
		return object{"cidr": rapid.SampledFrom(ranges).Draw(t, "cidr")}
	case 8, 9:
		return object{"anything-but": anythingBut(t)}
	}
	return scalar(t)
}

func numeric(t *rapid.T) []any {
	n := rapid.SampledFrom(numerals).Draw(t, "number")
	if rapid.Bool().Draw(t, "range") {
		return []any{rapid.SampledFrom([]string{">", ">="}).Draw(t, "low"), n, rapid.SampledFrom([]string{"<", "<="}).Draw(t, "high"), rapid.SampledFrom(numerals).Draw(t, "number")}
	}
	return []any{rapid.SampledFrom([]string{"=", "<", "<=", ">", ">="}).Draw(t, "comparison"), n}
}

func anythingBut(t *rapid.T) any {
	switch rapid.IntRange(0, 5).Draw(t, "anything-but") {
	case 0:
		return list(t, func(t *rapid.T) number { return rapid.SampledFrom(numerals).Draw(t, "number") })
	case 1:
		return object{"wildcard": list(t, func(t *rapid.T) string { return rapid.SampledFrom(wildcards).Draw(t, "wildcard") })}
	case 2:
		return word(t)
	case 3:
		return object{rapid.SampledFrom([]string{"prefix", "suffix", "equals-ignore-case"}).Draw(t, "operator"): list(t, word)}
	}
	return list(t, word)
}

func drawPattern(t *rapid.T, depth int) object {
	out := object{}
	for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "fields") {
		name := rapid.SampledFrom(names).Draw(t, "name")
		switch roll := rapid.IntRange(0, 9).Draw(t, "field"); {
		case depth > 0 && roll == 0:
			out["$or"] = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) object { return drawPattern(t, depth-1) }), 1, 4).Draw(t, "$or")
		case depth > 0 && roll < 4:
			out[name] = drawPattern(t, depth-1)
		default:
			out[name] = list(t, operator)
		}
	}
	return out
}

// TestRandomPatternsMatchAsInEventRuler compares the two on patterns that neither the product
// nor a person wrote, and on which of them is none at all. Each pattern is judged alone: with
// many of them in one machine Event Ruler at times contradicts what it says of one.
func TestRandomPatternsMatchAsInEventRuler(t *testing.T) {
	engine := startRuler(t)
	var n count
	rapid.Check(t, func(t *rapid.T) {
		events := make([]string, 16)
		for i := range events {
			events[i] = text(event(t, 3))
		}
		for range 12 {
			n.compare(t, engine, drawPattern(t, 2), events)
		}
	})
	e2e.Report(t, "patterns", "random: %d patterns (%d refused by both), %d pairs, %d matches, disagreements 0 (in %d pairs Event Ruler contradicted what it says of each operator alone)",
		n.patterns, n.refused, n.pairs, n.matches, n.contradictions)
	if n.pairs < 2000 || n.matches < n.pairs/20 || n.matches > n.pairs-n.pairs/20 {
		t.Errorf("%d of %d pairs match: too few to prove anything", n.matches, n.pairs)
	}
	if n.contradictions > n.pairs/100 {
		t.Errorf("in %d of %d pairs Event Ruler is said to be wrong", n.contradictions, n.pairs)
	}
}

type count struct{ patterns, refused, pairs, matches, contradictions int }

// compare fails where the two differ on a pattern.
func (n *count) compare(t *rapid.T, engine *ruler, drawn object, events []string) {
	t.Helper()
	source := text(drawn)
	compiled, err := pattern.Compile([]byte(source))
	got := engine.ask(t, map[string]string{"p": source}, events)
	n.patterns++
	if why, no := got.Refused["p"]; no || err != nil {
		if !no || err == nil {
			t.Fatalf("of %s Event Ruler says %q, and the simulator: %v", source, why, err)
		}
		n.refused++
		return
	}
	for i, event := range events {
		n.pairs++
		ours, machine, alone := compiled.Match([]byte(event)), len(got.Machine[i]) == 1, len(got.Ruler[i]) == 1
		if ours {
			n.matches++
		}
		if ours == machine && ours == alone {
			continue
		}
		if apart := matchesApart(t, engine, drawn, event); ours != apart {
			t.Fatalf("%s on %s: the simulator %v, Event Ruler %v and %v, and %v operator by operator", source, event, ours, machine, alone, apart)
		}
		n.contradictions++
	}
}

// matchesApart asks Event Ruler for a pattern with one operator only in each list, for each
// choice of them: a list matches where one of its elements does. With several operators in
// one list it errs at times, as with equals-ignore-case beside a suffix.
func matchesApart(t *rapid.T, engine *ruler, drawn object, event string) bool {
	t.Helper()
	patterns := make(map[string]string)
	for i, one := range choices(drawn) {
		patterns[strconv.Itoa(i)] = text(one)
	}
	return len(engine.ask(t, patterns, []string{event}).Ruler[0]) > 0
}

// choices are the patterns that a pattern's lists make with one element each.
func choices(drawn object) []object {
	all := []object{{}}
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		var with []object
		for _, value := range elementwise(drawn[name]) {
			for _, before := range all {
				one := maps.Clone(before)
				one[name] = value
				with = append(with, one)
			}
		}
		all = with
	}
	return all
}

func elementwise(value any) []any {
	var all []any
	switch value := value.(type) {
	case object:
		for _, one := range choices(value) {
			all = append(all, one)
		}
	case []object: // of $or, which keeps all its patterns
		lists := [][]object{nil}
		for _, alternative := range value {
			var longer [][]object
			for _, one := range choices(alternative) {
				for _, list := range lists {
					longer = append(longer, append(slices.Clone(list), one))
				}
			}
			lists = longer
		}
		for _, list := range lists {
			all = append(all, list)
		}
	case []any:
		for _, element := range value {
			all = append(all, []any{element})
		}
	}
	return all
}
