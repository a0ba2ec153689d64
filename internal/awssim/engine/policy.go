package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A Policy is an IAM policy document: an identity's, or a resource's, whose statements
// name principals. Parse makes one; the zero Policy grants nothing.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Policy struct {
	Name       string // as the role or template names it; not part of the document
	Statements []Statement
}

// A Statement allows or denies actions on resources under conditions.
type Statement struct {
	Sid           string
	Deny          bool
	Actions       []string // patterns as written, "kms:Describe*"
	NotActions    []string
	Resources     []string
	NotResources  []string
	Conditions    []Condition
	PrincipalAll  bool     // "*"
	PrincipalAWS  []string // account IDs and ARNs
	PrincipalSvcs []string // service principals, "events.amazonaws.com"
}

type policyDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement oneOrMore[statementDocument]
}

type statementDocument struct {
	Sid          string
	Effect       string
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Condition    map[string]map[string]oneOrMore[scalarText]
}

// oneOrMore is IAM's habit of writing a list of one without its brackets.
type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(raw []byte) error {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '[' {
		return strictly(raw, (*[]T)(o))
	}
	var one T
	if err := strictly(raw, &one); err != nil {
		return err
	}
	*o = oneOrMore[T]{one}
	return nil
}

// strictly decodes raw; a member that v does not have is an error.
func strictly(raw []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

// scalarText reads "true" and true, "5" and 5 alike.
type scalarText string

func (s *scalarText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*s = scalarText(text)
		return nil
	}
	*s = scalarText(bytes.TrimSpace(raw))
	return nil
}

// ParsePolicy reads a policy document. An element, effect or condition operator that the
// simulator does not interpret is an error that names it.
func ParsePolicy(name string, document []byte) (Policy, error) {
	var raw policyDocument
	if err := strictly(document, &raw); err != nil {
		return Policy{}, fmt.Errorf("reading policy %s: %w", strconv.Quote(name), err)
	}
	if v := raw.Version; v != "" && v != "2012-10-17" && v != "2008-10-17" {
		return Policy{}, fmt.Errorf("reading policy %s: unknown Version %q", strconv.Quote(name), raw.Version)
	}
	policy := Policy{Name: name}
	for i, s := range raw.Statement {
		statement, err := s.parse(i)
		if err != nil {
			return Policy{}, fmt.Errorf("reading statement %s of policy %s: %w", statement.Sid, strconv.Quote(name), err)
		}
		policy.Statements = append(policy.Statements, statement)
	}
	return policy, nil
}

// parse names a statement without Sid by its place, "#1", so that it can be spoken of.
func (d statementDocument) parse(i int) (Statement, error) {
	s := Statement{Sid: d.Sid, Actions: d.Action, NotActions: d.NotAction, Resources: d.Resource, NotResources: d.NotResource}
	if s.Sid == "" {
		s.Sid = "#" + strconv.Itoa(i+1)
	}
	switch d.Effect {
	case "Allow":
	case "Deny":
		s.Deny = true
	default:
		return s, fmt.Errorf("unknown Effect %q", d.Effect)
	}
	if (len(s.Actions) == 0) == (len(s.NotActions) == 0) {
		return s, fmt.Errorf("needs exactly one of Action and NotAction")
	}
	if len(s.Resources) > 0 && len(s.NotResources) > 0 {
		return s, fmt.Errorf("has both Resource and NotResource")
	}
	for _, text := range append(append([]string{}, s.Resources...), s.NotResources...) {
		if strings.Contains(text, "${") {
			return s, fmt.Errorf("unknown policy variable in %q", text)
		}
	}
	if err := s.parsePrincipal(d.Principal, d.NotPrincipal); err != nil {
		return s, err
	}
	conditions, err := parseConditions(d.Condition)
	s.Conditions = conditions
	return s, err
}

func (s *Statement) parsePrincipal(raw, not json.RawMessage) error {
	if not != nil {
		return fmt.Errorf("unknown element NotPrincipal")
	}
	if raw == nil {
		return nil
	}
	var all string
	if json.Unmarshal(raw, &all) == nil {
		if all != "*" {
			return fmt.Errorf("unknown Principal %q", all)
		}
		s.PrincipalAll = true
		return nil
	}
	var kinds map[string]oneOrMore[string]
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return fmt.Errorf("reading Principal: %w", err)
	}
	for kind, values := range kinds {
		switch kind {
		case "AWS":
			s.PrincipalAWS = values
		case "Service":
			s.PrincipalSvcs = values
		default:
			return fmt.Errorf("unknown kind of Principal %q", kind)
		}
	}
	return nil
}
