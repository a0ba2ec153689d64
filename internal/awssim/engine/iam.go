package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An IAM knows principals by their access keys and judges their calls by the policies
// attached to them. It is both the Principals and the Authorizer of a Server, and is
// guarded by the simulator's lock like the rest of the world.
type IAM struct {
	region  string
	account string
	byKey   map[string]string // access key ID → name
	byName  map[string]*identity
}

type identity struct {
	principal Principal
	policies  []Policy
	denied    map[string]bool // runtime denies, in lower case
	used      map[Grant]bool
}

// NewIAM returns an IAM without principals.
func NewIAM(region, account string) *IAM {
	return &IAM{region: region, account: account, byKey: make(map[string]string), byName: make(map[string]*identity)}
}

// Add makes p known by its access key with policies attached; it replaces one of the same name.
func (m *IAM) Add(p Principal, policies ...Policy) {
	if old, ok := m.byName[p.Name]; ok {
		delete(m.byKey, old.principal.KeyID)
	}
	m.byKey[p.KeyID] = p.Name
	m.byName[p.Name] = &identity{principal: p, policies: policies, denied: make(map[string]bool), used: make(map[Grant]bool)}
}

// ByKey finds the owner of an access key.
func (m *IAM) ByKey(accessKeyID string) (Principal, bool) {
	name, ok := m.byKey[accessKeyID]
	if !ok {
		return Principal{}, false
	}
	return m.byName[name].principal, true
}

// Deny refuses action (a pattern, with its prefix) to a principal from now on, as an
// explicit deny would; it reports whether the principal is known.
func (m *IAM) Deny(principal, action string) bool {
	who, ok := m.byName[principal]
	if ok {
		who.denied[strings.ToLower(action)] = true
	}
	return ok
}

// Restore takes a Deny back.
func (m *IAM) Restore(principal, action string) {
	if who, ok := m.byName[principal]; ok {
		delete(who.denied, strings.ToLower(action))
	}
}

// Authorize judges c on each of its resources.
func (m *IAM) Authorize(c *Call, action string, resources []Resource) *Error {
	who, ok := m.byName[c.Principal.Name]
	if !ok {
		return c.Service.Denied(refusal(c.Principal, action, "*", Silent))
	}
	for _, r := range resources {
		r.ARN = cmp.Or(r.ARN, "*")
		judged := action
		if r.Action != "" {
			judged = r.Action
		}
		effect, used := who.judge(m.request(c.Principal, judged, r))
		if effect != Allow {
			return c.Service.Denied(refusal(c.Principal, judged, r.ARN, effect))
		}
		for _, grant := range used {
			grant.Principal = c.Principal.Name
			who.used[grant] = true
		}
	}
	return nil
}

func (i *identity) judge(r Request) (Effect, []Grant) {
	for pattern := range i.denied {
		if wildcard(pattern, strings.ToLower(r.Action)) {
			return Deny, nil
		}
	}
	if i.principal.Unbound {
		return Allow, nil
	}
	return Evaluate(i.policies, r)
}

// request adds the keys that every request has.
func (m *IAM) request(p Principal, action string, r Resource) Request {
	context := map[string]string{
		"aws:RequestedRegion":  m.region,
		"aws:PrincipalAccount": m.account,
		"kms:CallerAccount":    m.account,
		"aws:PrincipalArn":     cmp.Or(p.RoleARN, p.ARN),
	}
	if parts := strings.SplitN(p.ARN, ":", 6); len(parts) == 6 {
		context["aws:PrincipalAccount"] = parts[4]
	}
	if strings.HasPrefix(action, "ec2:") {
		context["ec2:Region"] = m.region
	}
	maps.Copy(context, r.Context)
	return Request{Action: action, Resource: r.ARN, Tags: r.Tags, Context: context, AWS: cmp.Or(p.RoleARN, p.ARN)}
}

// refusal is AWS's sentence.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func refusal(p Principal, action, resource string, effect Effect) string {
	why := fmt.Sprintf("because no identity-based policy allows the %s action", action)
	if effect == Deny {
		why = "with an explicit deny in an identity-based policy"
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", p.ARN, action, resource, why)
}

// Granted lists every action that the statements of a principal's policies allow, sorted.
func (m *IAM) Granted(principal string) []Grant {
	who, ok := m.byName[principal]
	if !ok {
		return nil
	}
	all := make(map[Grant]bool)
	for _, policy := range who.policies {
		for _, s := range policy.Statements {
			if s.Deny {
				continue
			}
			actions := s.Actions
			if len(s.NotActions) > 0 {
				actions = []string{"NotAction"}
			}
			for _, action := range actions {
				all[Grant{Principal: principal, Policy: policy.Name, Statement: s.Sid, Action: action}] = true
			}
		}
	}
	return sortedGrants(all)
}

// Used lists the grants of a principal that a call was allowed by, sorted. A call that
// several grants allow uses all of them: each alone would do.
func (m *IAM) Used(principal string) []Grant {
	who, ok := m.byName[principal]
	if !ok {
		return nil
	}
	return sortedGrants(who.used)
}

func sortedGrants(grants map[Grant]bool) []Grant {
	return slices.SortedFunc(maps.Keys(grants), func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Statement, b.Statement), cmp.Compare(a.Action, b.Action))
	})
}
