package awssim

import (
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sts"
)

// An OwnerRole is a role in the account that owns the path, which principals of this account
// may assume.
type OwnerRole struct {
	Account    string // that owns it
	Name       string
	ExternalID string // that whoever assumes it must give; empty for none
	Trusted    string // account whose principals its trust policy names; this account where empty
	Policies   []engine.Policy
}

// ARN returns the role's ARN.
func (o OwnerRole) ARN() string { return "arn:aws:iam::" + o.Account + ":role/" + o.Name }

// AddOwnerRole makes a role of another account known. Its sessions are known by the role's name.
func (s *Sim) AddOwnerRole(o OwnerRole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addPrincipal(engine.Principal{
		Name: o.Name, Type: "AssumedRole", RoleARN: o.ARN(), ARN: sessionARN(o.Account, o.ARN(), "xks-remediator"),
	}, o.Policies...)
	s.ownerRoles[o.ARN()] = o
}

// Assume answers sts:AssumeRole: the role's trust policy decides beside the caller's own.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (s *Sim) Assume(caller engine.Principal, role, externalID string) (sts.Session, bool) {
	o, known := s.ownerRoles[role]
	trusted := o.Trusted
	if trusted == "" {
		trusted = s.options.Account
	}
	if !known || externalID != o.ExternalID || accountOf(caller) != trusted {
		return sts.Session{}, false
	}
	p, known := s.principal(o.Name)
	id, secret := accessKey(p)
	return sts.Session{
		Principal: p, KeyID: id, Secret: secret,
		// Clients hold it against the machine's clock, which is not the simulator's.
		Expires: time.Now().Add(time.Hour),
	}, known
}

// accountOf returns the account of a principal, by its ARN.
func accountOf(p engine.Principal) string {
	parts := strings.SplitN(p.ARN, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// byAccount has each operation of a service answer as the caller's account sees the path:
// its owner all of it, this account what a consumer is shown.
func (s *Sim) byAccount(over func(*network.World) *engine.Service) *engine.Service {
	service := over(s.World)
	for name, plain := range service.Operations {
		seen := func(c *engine.Call) engine.Operation {
			switch {
			case s.World.PathOwner == "" || name == "DescribeVpcEndpointServices" && accountOf(c.Principal) != s.World.PathOwner:
				return plain
			case accountOf(c.Principal) == s.World.PathOwner:
				return over(s.World.OfOwner()).Operations[name]
			}
			return over(s.World.OfConsumer()).Operations[name]
		}
		wrapped := plain
		wrapped.Do = func(c *engine.Call) (any, error) { return seen(c).Do(c) }
		if plain.Resources != nil {
			wrapped.Resources = func(c *engine.Call) []engine.Resource { return seen(c).Resources(c) }
		}
		service.Operations[name] = wrapped
	}
	return service
}

// observe records a call on this account's trail: what is done in another account, that
// account's trail records.
func (s *Sim) observe(c *engine.Call, answer any, failure *engine.Error) {
	if account := accountOf(c.Principal); account == "" || account == s.options.Account {
		s.Trail.Observe(c, answer, failure)
	}
}
