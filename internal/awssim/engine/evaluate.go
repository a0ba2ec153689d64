package engine

import (
	"slices"
	"strings"
)

// A Request is what a policy is asked: may this be done to that, by whom.
type Request struct {
	Action   string            // "kms:ConnectCustomKeyStore"
	Resource string            // ARN, or "*" where the action has no resource
	Tags     map[string]string // the resource's
	Context  map[string]string // condition keys; aws:RequestedRegion, aws:SourceArn, …
	// Who asks, for a resource's policy; an identity's policy has no principals and
	// ignores both.
	Service string // "events.amazonaws.com"
	AWS     string // ARN of the principal, or of its role
}

// An Effect is what a policy says of a request. The zero Effect is silence, which denies.
type Effect uint8

const (
	Silent Effect = iota
	Allow
	Deny
)

// A Grant is one action of one statement: what a principal was given, and what it may be
// seen to use.
type Grant struct {
	Principal string // Principal.Name
	Policy    string
	Statement string // its Sid, or "#1" for the first
	Action    string // the pattern as the statement writes it; "NotAction" for a statement that has that
}

// Evaluate judges r by all of policies: a Deny wins over every Allow. used is the grants
// that matched; it is empty where the effect is Silent.
func Evaluate(policies []Policy, r Request) (effect Effect, used []Grant) {
	for _, policy := range policies {
		for _, s := range policy.Statements {
			action, ok := s.matches(r)
			if !ok || (effect == Deny && !s.Deny) {
				continue
			}
			if s.Deny && effect != Deny {
				effect, used = Deny, nil
			} else if effect == Silent {
				effect = Allow
			}
			used = append(used, Grant{Policy: policy.Name, Statement: s.Sid, Action: action})
		}
	}
	return effect, used
}

// matches tells whether s speaks of r, and by which of its actions.
func (s Statement) matches(r Request) (action string, ok bool) {
	if action, ok = s.action(r.Action); !ok {
		return "", false
	}
	like := func(pattern string) bool { return wildcard(pattern, r.Resource) }
	if len(s.Resources) > 0 && !slices.ContainsFunc(s.Resources, like) {
		return "", false
	}
	if len(s.NotResources) > 0 && slices.ContainsFunc(s.NotResources, like) {
		return "", false
	}
	if !s.principal(r) {
		return "", false
	}
	for _, c := range s.Conditions {
		if !c.holds(r) {
			return "", false
		}
	}
	return action, true
}

// action compares without case, as IAM does.
func (s Statement) action(name string) (string, bool) {
	like := func(pattern string) bool { return wildcard(strings.ToLower(pattern), strings.ToLower(name)) }
	if len(s.NotActions) > 0 {
		return "NotAction", !slices.ContainsFunc(s.NotActions, like)
	}
	if i := slices.IndexFunc(s.Actions, like); i >= 0 {
		return s.Actions[i], true
	}
	return "", false
}

func (s Statement) principal(r Request) bool {
	if s.PrincipalAll || (len(s.PrincipalAWS) == 0 && len(s.PrincipalSvcs) == 0) {
		return true
	}
	if r.Service != "" {
		return slices.Contains(s.PrincipalSvcs, r.Service)
	}
	return slices.ContainsFunc(s.PrincipalAWS, func(who string) bool {
		return who == "*" || who == r.AWS || who == accountOf(r.AWS) || who == "arn:aws:iam::"+accountOf(r.AWS)+":root"
	})
}

// key finds a condition key; names of keys have no case.
func (r Request) key(name string) (string, bool) {
	for _, prefix := range []string{"aws:ResourceTag/", "ec2:ResourceTag/", "elasticloadbalancing:ResourceTag/"} {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return folded(r.Tags, name[len(prefix):])
		}
	}
	return folded(r.Context, name)
}

func folded(values map[string]string, name string) (string, bool) {
	if value, ok := values[name]; ok {
		return value, true
	}
	for key, value := range values {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return "", false
}

func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
