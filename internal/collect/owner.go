package collect

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// sessionName is the name of the product's sessions in an owner's account.
const sessionName = "xks-remediator"

// An owner is another account whose side of the path may be read through a role of its own.
type owner struct {
	*Reader                         // with the role's credentials
	role    path.ARN                //
	assume  aws.CredentialsProvider // of the role
}

// owners returns who may be read through which role, by account. A role ARN that names no
// account is left out: the configuration refuses it.
func owners(cfg aws.Config, o Options) map[string]*owner {
	all := map[string]*owner{}
	for _, role := range o.OwnerRoles {
		account := accountOf(role)
		if account == "" {
			continue
		}
		provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(counting(cfg)), role, func(a *stscreds.AssumeRoleOptions) {
			a.RoleSessionName = sessionName
			if o.OwnerExternalID != "" {
				a.ExternalID = aws.String(o.OwnerExternalID)
			}
		})
		theirs := cfg.Copy()
		theirs.Credentials = aws.NewCredentialsCache(provider)
		all[account] = &owner{
			Reader: New(theirs, Options{Account: account, Partition: o.Partition, Region: o.Region, ReadTimeout: o.ReadTimeout, Now: o.Now}),
			role:   path.ARN(role), assume: theirs.Credentials,
		}
	}
	return all
}

// accountOf returns the account in an ARN; empty where there is none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// ownerOf returns who may be read of a service that is not this account's; nil for nobody.
func (s *survey) ownerOf(foreign answer[*path.EndpointService]) *owner {
	account := s.asked.owner
	if foreign.value != nil && foreign.value.Owner != "" {
		account = foreign.value.Owner
	}
	return s.owners[account]
}

// askOwner returns a read of the whole path behind the service, with the role of its owner.
func (s *survey) askOwner(o *owner, a *answer[*path.Snapshot]) read {
	a.question, a.asked = question{path.ServicePermissionsPart, "sts:AssumeRole", o.role}, true
	return func(ctx context.Context) {
		assuming, cancel := context.WithTimeout(ctx, s.timeout)
		defer cancel()
		if _, a.err = o.assume.Retrieve(assuming); a.err != nil {
			return
		}
		theirs := &survey{Reader: o.Reader, asked: s.asked, out: path.Snapshot{Region: s.region}}
		theirs.asked.owner = o.account
		theirs.run(ctx, theirs.fromService())
		seen := theirs.finished()
		a.value = &seen
	}
}

// takeOwner takes up what the owner's role showed. Where it may not be assumed, what a
// consumer sees is left, and the rest are gaps.
func (s *survey) takeOwner(o *owner, foreign answer[*path.EndpointService], a answer[*path.Snapshot]) {
	switch {
	case a.err != nil:
		s.takeUnassumed(foreign, a)
		return
	case a.value.Service == nil && len(a.value.Gaps) == 0:
		s.takeForeign(foreign) // no service of the owner's
		return
	}
	s.through = true
	theirs := a.value
	if s.out.Service = theirs.Service; s.out.Service != nil {
		s.out.Service.Owned, s.out.Service.Through = false, o.role
	}
	s.out.LoadBalancers, s.out.TargetGroups = theirs.LoadBalancers, theirs.TargetGroups
	s.out.SecurityGroups, s.out.PrefixLists = theirs.SecurityGroups, theirs.PrefixLists
	s.out.VPCs, s.out.Subnets, s.out.NetworkACLs = theirs.VPCs, theirs.Subnets, theirs.NetworkACLs
	s.out.RouteTables, s.out.Peerings = theirs.RouteTables, theirs.Peerings
	s.add(theirs.Interfaces)
	for _, g := range theirs.Gaps {
		g.Role = o.role
		s.gap(g)
	}
	s.out.Stats.Rounds += theirs.Stats.Rounds
}

func (s *survey) takeUnassumed(foreign answer[*path.EndpointService], a answer[*path.Snapshot]) {
	gap := a.gap(a.err)
	hidden := behind(path.ServicePart)
	if s.out.Service = foreign.value; s.out.Service == nil {
		gap.Part = path.ServicePart
		s.gap(gap)
		s.blocked(gap, hidden...)
		return
	}
	s.gap(gap)
	s.blocked(gap, hidden[1:]...)
}

// here has steps do nothing where the owner's role has read what they would.
func (s *survey) here(steps []step) []step {
	for i, do := range steps {
		steps[i] = func() []read {
			if s.through {
				return nil
			}
			return do()
		}
	}
	return steps
}
