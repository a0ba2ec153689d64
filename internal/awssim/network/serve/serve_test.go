package serve_test

import (
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

func TestPagesHoldAllItemsOnceInOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		items, most, limit int
		pages              int
	}{
		"no bound":                        {7, 0, 0, 1},
		"the caller's bound":              {7, 5, 0, 2},
		"the server's bound":              {7, 0, 3, 3},
		"the server's bound is the lower": {7, 5, 3, 3},
		"the caller's bound is the lower": {7, 2, 3, 4},
		"a full last page":                {6, 0, 3, 2},
		"nothing":                         {0, 0, 3, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items := make([]int, tt.items)
			for i := range items {
				items[i] = i
			}
			var got []int
			pages, token := 0, ""
			for {
				page, next, ok := serve.Page(items, token, tt.most, tt.limit)
				if !ok {
					t.Fatalf("the server does not know its own token %q", token)
				}
				got, pages, token = append(got, page...), pages+1, next
				if next == "" {
					break
				}
			}
			if pages != tt.pages || !slices.Equal(got, items) {
				t.Errorf("%v came in %d pages, want %v in %d", got, pages, items, tt.pages)
			}
		})
	}
}

func TestATokenOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"bogus", "!", "ZnJvbTo", "ZnJvbTotMQ"} {
		if _, _, ok := serve.Page([]int{1, 2}, token, 0, 1); ok {
			t.Errorf("the token %q was taken", token)
		}
	}
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
func TestFilterValuesHaveWildcards(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"abc", "abc", true}, {"abc", "abcd", false}, {"abc", "ab", false}, {"a*", "abc", true}, {"*c", "abc", true},
		{"a*d", "abc", false}, {"*", "", true}, {"?", "", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"", "", true}, {"", "a", false}, {"ABC", "abc", false},
	}
	for _, tt := range tests {
		if got := serve.Matches(tt.pattern, tt.s); got != tt.want {
			t.Errorf("%q matches %q: %t, want %t", tt.pattern, tt.s, got, tt.want)
		}
	}
}

func TestEveryFilterMustHoldAndAnyOfItsValues(t *testing.T) {
	t.Parallel()
	type item struct {
		name string
		tags map[string]string
	}
	items := []item{{"a", map[string]string{"k": "1"}}, {"b", map[string]string{"k": "2"}}, {"c", nil}}
	fields := serve.Fields[item]{"name": serve.One(func(i item) string { return i.name })}
	tags := func(i item) map[string]string { return i.tags }
	tests := map[string]struct {
		filters []serve.Filter
		want    string
		unknown string
	}{
		"none":                 {nil, "abc", ""},
		"one of two values":    {[]serve.Filter{{Name: "name", Values: []string{"a", "c"}}}, "ac", ""},
		"two filters":          {[]serve.Filter{{Name: "name", Values: []string{"a", "c"}}, {Name: "tag:k", Values: []string{"1"}}}, "a", ""},
		"a tag's value":        {[]serve.Filter{{Name: "tag:k", Values: []string{"2"}}}, "b", ""},
		"any value of a tag":   {[]serve.Filter{{Name: "tag-key", Values: []string{"k"}}}, "ab", ""},
		"an unknown filter":    {[]serve.Filter{{Name: "colour", Values: []string{"red"}}}, "", "colour"},
		"a filter of no value": {[]serve.Filter{{Name: "name"}}, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, unknown := serve.Select(items, tt.filters, fields, tags)
			got := ""
			for _, i := range kept {
				got += i.name
			}
			if got != tt.want || unknown != tt.unknown {
				t.Errorf("kept %q, unknown %q; want %q, %q", got, unknown, tt.want, tt.unknown)
			}
		})
	}
}
