//go:build e2e

package patterns

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// variants are the stored samples with one edit each: every field in turn removed, renamed,
// emptied, of another type or case, put into a list; and fields added wherever there is an
// object. An edit of a field that no rule names must change nothing, whatever it is.
func variants(t *testing.T, sources map[string]string) []sample {
	t.Helper()
	named := fieldNames(t, sources)
	var all []sample
	for _, name := range storedNames(t) {
		event := readEvent(t, name)
		before := storedWant(t, name)
		edit(event, nil, func(what string, path []string) {
			all = append(all, sample{name: fmt.Sprintf("%s: %s %s", filepath.Base(name), strings.Join(path, "."), what),
				event: text(event), want: before, unjudged: named[path[len(path)-1]]})
		})
	}
	return all
}

func readEvent(t *testing.T, name string) object {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var event object
	if err := json.Unmarshal(source, &event); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return event
}

func storedWant(t *testing.T, name string) []string {
	t.Helper()
	for _, s := range stored(t) {
		if s.name == name {
			return s.want
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

// fieldNames are all names in the rules' patterns, the parents of each field among them.
func fieldNames(t *testing.T, sources map[string]string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			for name, below := range v {
				names[name] = true
				walk(below)
			}
		case []any:
			for _, below := range v {
				walk(below)
			}
		}
	}
	for _, source := range sources {
		var pattern object
		if err := json.Unmarshal([]byte(source), &pattern); err != nil {
			t.Fatal(err)
		}
		walk(pattern)
	}
	return names
}

// edit makes each edit below an object, has see look at the whole, and takes it back. The
// path that see gets ends with the field that was edited.
func edit(at object, path []string, see func(what string, path []string)) {
	for _, name := range slices.Sorted(maps.Keys(at)) {
		value := at[name]
		here := append(slices.Clone(path), name)
		for _, other := range replacements(value) {
			at[name] = other
			see(fmt.Sprintf("is %s", short(other)), here)
		}
		delete(at, name)
		see("is removed", here)
		for _, renamed := range []string{name + "X", swapCase(name)} {
			at[renamed] = value
			see("is renamed "+renamed, here)
			delete(at, renamed)
		}
		at[name] = value
		switch below := value.(type) {
		case object:
			edit(below, here, see)
		case []any:
			for _, element := range below {
				if inside, ok := element.(object); ok {
					edit(inside, here, see)
				}
			}
		}
	}
	insert(at, append(slices.Clone(path), "zNew"), see)
}

// insert adds fields that no rule names.
func insert(at object, path []string, see func(what string, path []string)) {
	for _, added := range []any{"x", nil, 1.5, []any{}, []any{"ALARM", nil}, object{"errorCode": "XksProxy", "deeper": object{"eventName": "Decrypt"}}, []any{object{"name": "Xks"}, []any{1}}} {
		at["zNew"] = added
		see("is added as "+short(added), path)
	}
	delete(at, "zNew")
}

// replacements are other values for a field: of each JSON type, in other letters, in lists.
func replacements(value any) []any {
	all := []any{nil, "", 0, 300.5, true, "x", []any{}, object{}, object{"x": value}, []any{value}, []any{[]any{value}}, []any{"x", value}, []any{nil, object{"y": value}}}
	switch value := value.(type) {
	case string:
		all = append(all, swapCase(value), value+"x", "x"+value, " "+value, value+" ", strings.ToUpper(value), []any{value, value})
	case bool:
		all = append(all, !value, fmt.Sprint(value))
	case object:
		all = append(all, text(value), []any{value, object{}}, []any{object{}, value})
	case []any:
		backward := slices.Clone(value)
		slices.Reverse(backward)
		all = append(all, backward, append(slices.Clone(value), value...), object{"0": value})
	}
	return all
}

func swapCase(s string) string {
	if upper := strings.ToUpper(s[:min(1, len(s))]); upper != s[:min(1, len(s))] {
		return upper + s[min(1, len(s)):]
	}
	return strings.ToLower(s[:min(1, len(s))]) + s[min(1, len(s)):]
}

func short(v any) string {
	s := text(v)
	return s[:min(40, len(s))]
}

// mutants are stored samples after some random edits, and parts of one put into another. The
// seed is fixed: a run can be repeated.
func mutants(t *testing.T) []sample {
	t.Helper()
	dice := rand.New(rand.NewPCG(19, 83))
	names := storedNames(t)
	all := make([]sample, 0, 4000)
	for i := range cap(all) {
		event := readEvent(t, names[dice.IntN(len(names))])
		for range 1 + dice.IntN(4) {
			mutate(dice, event, readEvent(t, names[dice.IntN(len(names))]))
		}
		all = append(all, sample{name: fmt.Sprint("mutant ", i), event: text(event), unjudged: true})
	}
	return all
}

// mutate edits one field somewhere in event, at times by what donor has of that name.
func mutate(dice *rand.Rand, event, donor object) {
	names := slices.Sorted(maps.Keys(event))
	if len(names) == 0 {
		return
	}
	name := names[dice.IntN(len(names))]
	if name != "detail" && dice.IntN(2) == 0 && event["detail"] != nil {
		name = "detail" // where most of what the rules name is
	}
	value := event[name]
	below, isObject := value.(object)
	theirs, _ := donor[name].(object)
	switch roll := dice.IntN(8); {
	case isObject && roll < 6:
		mutate(dice, below, theirs)
	case roll == 6 && donor[name] != nil:
		event[name] = donor[name]
	case roll == 7:
		delete(event, name)
	default:
		others := replacements(value)
		event[name] = others[dice.IntN(len(others))]
	}
}
