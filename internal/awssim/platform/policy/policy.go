// Package policy judges resource policies: what a queue, a bus or a topic lets others do
// to it. The policies of roles are judged elsewhere.
package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Request is what a policy is asked about.
type Request struct {
	Caller   Caller
	Action   string            // as "sqs:SendMessage"
	Resource string            // ARN
	Context  map[string]string // condition keys, as "aws:SourceArn"
}

// A Caller is who asks: a service or a principal of an account.
type Caller struct {
	Service string // as "events.amazonaws.com"; empty for a principal of an account
	Account string // twelve digits; empty for a service
	ARN     string // of the user or the session
	RoleARN string // of an assumed role; else empty
}

// A Decision is what one policy says. The zero Decision grants nothing.
type Decision uint8

// The decisions. A denial outweighs every grant.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
const (
	Silent Decision = iota
	Allowed
	Denied
)

// A Document is a policy, parsed. The zero Document is silent.
type Document struct{ statements []statement }

type statement struct {
	deny         bool
	principals   principals
	actions      []string
	resources    []string
	conditions   []condition
	notPrincipal bool
}

// Parse reads a policy from its JSON text. An element that it would not honour is an
// error that names it, since a condition left out of account widens a policy.
func Parse(text []byte) (Document, error) {
	var raw struct {
		Version, ID string
		Statement   oneOrMany[map[string]json.RawMessage]
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Document{}, fmt.Errorf("reading a resource policy: %w", err)
	}
	var d Document
	for i, s := range raw.Statement {
		parsed, err := parseStatement(s)
		if err != nil {
			return Document{}, fmt.Errorf("reading statement %d of a resource policy: %w", i+1, err)
		}
		d.statements = append(d.statements, parsed)
	}
	return d, nil
}

// Judge returns what d says of r.
func (d Document) Judge(r Request) Decision {
	verdict := Silent
	for _, s := range d.statements {
		switch {
		case !s.applies(r):
		case s.deny:
			return Denied
		default:
			verdict = Allowed
		}
	}
	return verdict
}

func (s statement) applies(r Request) bool {
	matches := func(text string) func(string) bool {
		return func(pattern string) bool { return Like(pattern, text) }
	}
	action := func(pattern string) bool { return Like(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	return s.principals.match(r.Caller) != s.notPrincipal &&
		slices.ContainsFunc(s.actions, action) &&
		slices.ContainsFunc(s.resources, matches(r.Resource)) &&
		!slices.ContainsFunc(s.conditions, func(c condition) bool { return !c.holds(r.context()) })
}

func (r Request) context() map[string]string {
	all := map[string]string{}
	for key, value := range r.Context {
		all[strings.ToLower(key)] = value
	}
	if r.Caller.Service != "" {
		all["aws:principalisawsservice"] = "true"
		return all
	}
	all["aws:principalisawsservice"] = "false"
	all["aws:principalaccount"] = r.Caller.Account
	all["aws:principalarn"] = r.Caller.ARN
	if r.Caller.RoleARN != "" {
		all["aws:principalarn"] = r.Caller.RoleARN
	}
	return all
}

func parseStatement(raw map[string]json.RawMessage) (statement, error) {
	s := statement{resources: []string{"*"}}
	for _, element := range sortedKeys(raw) {
		if err := s.read(element, raw[element]); err != nil {
			return statement{}, fmt.Errorf("%s: %w", element, err)
		}
	}
	if len(s.actions) == 0 {
		return statement{}, fmt.Errorf("it names no Action")
	}
	return s, nil
}

func (s *statement) read(element string, text json.RawMessage) error {
	switch element {
	case "Sid":
		return nil
	case "Effect":
		return s.readEffect(text)
	case "Principal", "NotPrincipal":
		s.notPrincipal = element == "NotPrincipal"
		return json.Unmarshal(text, &s.principals)
	case "Action":
		return json.Unmarshal(text, (*oneOrMany[string])(&s.actions))
	case "Resource":
		return json.Unmarshal(text, (*oneOrMany[string])(&s.resources))
	case "Condition":
		var err error
		s.conditions, err = parseConditions(text)
		return err
	default:
		return fmt.Errorf("the simulator does not judge this element")
	}
}

func (s *statement) readEffect(text json.RawMessage) error {
	switch string(text) {
	case `"Deny"`:
		s.deny = true
	case `"Allow"`:
	default:
		return fmt.Errorf("%s is neither Allow nor Deny", text)
	}
	return nil
}
