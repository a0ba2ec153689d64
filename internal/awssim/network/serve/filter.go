package serve

import (
	"slices"
	"strings"
)

// A Filter keeps the items of which the named field has any of the values.
type Filter struct {
	Name   string
	Values []string `query:"Value"`
}

// Fields are the fields of T by which a call may filter; each returns its values.
type Fields[T any] map[string]func(T) []string

// Select returns the items that pass every filter; unknown is the name of a filter that
// fields does not hold. A nil tags means that T cannot be filtered by tag.
func Select[T any](items []T, filters []Filter, fields Fields[T], tags func(T) map[string]string) (kept []T, unknown string) {
	for _, f := range filters {
		if _, ok := field(f.Name, fields, tags); !ok {
			return nil, f.Name
		}
	}
	for _, item := range items {
		passes := !slices.ContainsFunc(filters, func(f Filter) bool {
			values, _ := field(f.Name, fields, tags)
			return !f.admits(values(item))
		})
		if passes {
			kept = append(kept, item)
		}
	}
	return kept, ""
}

func field[T any](name string, fields Fields[T], tags func(T) map[string]string) (func(T) []string, bool) {
	if get, ok := fields[name]; ok {
		return get, true
	}
	if tags == nil {
		return nil, false
	}
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		return func(item T) []string {
			if value, ok := tags(item)[key]; ok {
				return []string{value}
			}
			return nil
		}, true
	}
	if name == "tag-key" {
		return func(item T) []string {
			var keys []string
			for key := range tags(item) {
				keys = append(keys, key)
			}
			return keys
		}, true
	}
	return nil, false
}

func (f Filter) admits(values []string) bool {
	return slices.ContainsFunc(f.Values, func(want string) bool {
		return slices.ContainsFunc(values, func(is string) bool { return Matches(want, is) })
	})
}

// Matches reports whether a filter's value, in which * stands for any characters and ? for
// one, matches s. Upper and lower case differ.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
func Matches(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return Matches(pattern[1:], s) || s != "" && Matches(pattern, s[1:])
	case s == "":
		return false
	case pattern[0] == '?' || pattern[0] == s[0]:
		return Matches(pattern[1:], s[1:])
	}
	return false
}

// One returns a field of one value.
func One[T any](get func(T) string) func(T) []string {
	return func(item T) []string { return []string{get(item)} }
}
