package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// principals is the Principal element: "*", or lists by kind.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
type principals struct {
	anyone   bool
	services []string
	aws      []string // ARNs or account IDs
}

// UnmarshalJSON reads both spellings of the element.
func (p *principals) UnmarshalJSON(text []byte) error {
	if string(text) == `"*"` {
		p.anyone = true
		return nil
	}
	var kinds map[string]oneOrMany[string]
	if err := json.Unmarshal(text, &kinds); err != nil {
		return err
	}
	for _, kind := range sortedKeys(kinds) {
		switch kind {
		case "Service":
			p.services = kinds[kind]
		case "AWS":
			p.aws = kinds[kind]
		default:
			return fmt.Errorf("the simulator knows no principal of kind %s", kind)
		}
	}
	return nil
}

func (p principals) match(c Caller) bool {
	if p.anyone {
		return true
	}
	if c.Service != "" {
		return slices.Contains(p.services, c.Service)
	}
	return slices.ContainsFunc(p.aws, func(name string) bool { return nameMatches(name, c) })
}

func nameMatches(name string, c Caller) bool {
	switch name {
	case "*", c.Account, c.ARN:
		return true
	case c.RoleARN:
		return c.RoleARN != ""
	}
	return strings.HasPrefix(name, "arn:aws:iam::"+c.Account) && strings.HasSuffix(name, ":root")
}

// oneOrMany is a value that policies write alone or in a list.
type oneOrMany[T any] []T

// UnmarshalJSON reads both spellings.
func (o *oneOrMany[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return json.Unmarshal(text, (*[]T)(o))
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*o = oneOrMany[T]{one}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
