package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Condition is one operator applied to one key: it holds where a value of the key in the
// request matches one of Values.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type Condition struct {
	Operator string // without qualifier and suffix: "StringEquals"
	Each     string // "", "ForAllValues" or "ForAnyValue"
	IfExists bool   // holds where the key is absent
	Key      string
	Values   []string
}

// comparisons are the operators that the simulator knows, bar Null.
var comparisons = map[string]struct {
	negated bool
	match   func(pattern, value string) bool
}{
	"StringEquals":    {false, func(p, v string) bool { return p == v }},
	"StringNotEquals": {true, func(p, v string) bool { return p == v }},
	"StringLike":      {false, wildcard},
	"StringNotLike":   {true, wildcard},
	"ArnEquals":       {false, matchARN}, // AWS: ArnEquals and ArnLike behave identically
	"ArnLike":         {false, matchARN},
	"Bool":            {false, strings.EqualFold},
}

func parseConditions(raw map[string]map[string]oneOrMore[scalarText]) ([]Condition, error) {
	var out []Condition
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		template, err := parseOperator(name)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(raw[name])) {
			c := template
			c.Key = key
			for _, value := range raw[name][key] {
				if strings.Contains(string(value), "${") {
					return nil, fmt.Errorf("unknown policy variable in %q", value)
				}
				c.Values = append(c.Values, string(value))
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func parseOperator(name string) (Condition, error) {
	c := Condition{Operator: name}
	if each, rest, ok := strings.Cut(name, ":"); ok {
		if each != "ForAllValues" && each != "ForAnyValue" {
			return c, fmt.Errorf("unknown condition operator %q", name)
		}
		c.Each, c.Operator = each, rest
	}
	if base, ok := strings.CutSuffix(c.Operator, "IfExists"); ok {
		c.IfExists, c.Operator = true, base
	}
	if c.Operator == "Null" && c.Each == "" && !c.IfExists {
		return c, nil
	}
	if _, ok := comparisons[c.Operator]; !ok {
		return c, fmt.Errorf("unknown condition operator %q", name)
	}
	return c, nil
}

// holds judges c for a request. A key that is absent makes a positive operator false and a
// negated one true; ForAllValues of nothing is true.
func (c Condition) holds(r Request) bool {
	value, present := r.key(c.Key)
	if c.Operator == "Null" {
		return slices.ContainsFunc(c.Values, func(want string) bool { return strings.EqualFold(want, "true") != present })
	}
	comparison := comparisons[c.Operator]
	if !present {
		return c.IfExists || c.Each == "ForAllValues" || (comparison.negated && c.Each == "")
	}
	matched := slices.ContainsFunc(c.Values, func(pattern string) bool { return comparison.match(pattern, value) })
	return matched != comparison.negated
}

// matchARN compares ARNs part by part, so that a wildcard does not reach over a colon of
// the first five.
func matchARN(pattern, value string) bool {
	p, v := strings.SplitN(pattern, ":", 6), strings.SplitN(value, ":", 6)
	if len(p) != 6 || len(v) != 6 {
		return pattern == "*"
	}
	for i := range p {
		if !wildcard(p[i], v[i]) {
			return false
		}
	}
	return true
}

// wildcard matches * (any run) and ? (one byte); everything else stands for itself.
func wildcard(pattern, value string) bool {
	star, mark, v := -1, 0, 0
	p := 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0: // let the last star take one byte more
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
