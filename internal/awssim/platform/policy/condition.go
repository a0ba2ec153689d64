package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A condition is one operator over one key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	key      string // in lower case: condition keys ignore it
	values   []string
	matches  func(value, text string) bool
	negated  bool
	ifExists bool
}

// holds says whether c is met. Where the key is absent, a plain operator fails and a
// negated one holds.
func (c condition) holds(context map[string]string) bool {
	text, present := context[c.key]
	if !present {
		return c.ifExists || c.negated
	}
	found := slices.ContainsFunc(c.values, func(value string) bool { return c.matches(value, text) })
	return found != c.negated
}

func parseConditions(text json.RawMessage) ([]condition, error) {
	var raw map[string]map[string]oneOrMany[string]
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	var all []condition
	for _, operator := range sortedKeys(raw) {
		shape, err := parseOperator(operator)
		if err != nil {
			return nil, err
		}
		for _, key := range sortedKeys(raw[operator]) {
			c := shape
			c.key, c.values = strings.ToLower(key), raw[operator][key]
			all = append(all, c)
		}
	}
	return all, nil
}

func parseOperator(operator string) (condition, error) {
	name, ifExists := strings.CutSuffix(operator, "IfExists")
	c := condition{ifExists: ifExists}
	switch name {
	case "StringEquals", "StringNotEquals":
		c.matches = func(value, text string) bool { return value == text }
	case "StringLike", "StringNotLike", "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike":
		c.matches = Like
	case "Bool":
		c.matches = strings.EqualFold
	default:
		return condition{}, fmt.Errorf("the simulator does not judge the operator %s", operator)
	}
	c.negated = strings.Contains(name, "Not")
	return c, nil
}

// Like says whether text matches pattern, where * stands for any text and ? for any one
// character.
func Like(pattern, text string) bool {
	for pattern != "" {
		if pattern[0] == '*' {
			for i := 0; i <= len(text); i++ {
				if Like(pattern[1:], text[i:]) {
					return true
				}
			}
			return false
		}
		if text == "" || pattern[0] != '?' && pattern[0] != text[0] {
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}
