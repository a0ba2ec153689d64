// Package apply makes one planned action true in AWS. It is the only package that writes
// to a customer's resources: one file an action, and each file one call. It decides
// nothing; whoever calls it has read what the action changes, has checked its precondition
// and its opt-in tag, and has journalled the intent.
package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

var (
	// ErrUnknownOutcome says that the call may have been carried out: its answer was lost.
	// Of an action that may be done twice, look again. Of a Connect or a Disconnect it
	// proves nothing, as does any other error.
	ErrUnknownOutcome = errors.New("the answer was lost, so the outcome is not known")
	// ErrNeverApplied says that this version plans the action and leaves it to a person.
	ErrNeverApplied = errors.New("the product does not apply this action")
)

// An Applier writes to the account and Region of its configuration. It may be used by
// several goroutines at once.
type Applier struct {
	ec2    *ec2.Client
	kms    *kms.Client
	region string
}

// New returns an Applier with clients of its own.
func New(cfg aws.Config) *Applier {
	return &Applier{ec2: ec2.NewFromConfig(cfg), kms: kms.NewFromConfig(cfg), region: cfg.Region}
}

// Applied is what came of an action that AWS answered with success.
type Applied struct {
	Detail  string      // a clause for the journal: what was made, and AWS's request ID
	Inverse plan.Action // with the IDs of what was made; nil where there is none
	RuleIDs []string    // security group rules that were made: sgr-…
}

// Apply makes the action true. Mark goes into whatever it makes.
//
// The error is or wraps plan.ErrAlreadyHolds where somebody else was faster,
// plan.ErrStale where part of it holds by now, ErrUnknownOutcome where the answer was lost,
// a *awserr.Denied where IAM refused, ErrNeverApplied, plan.ErrTooWide, or else AWS's
// answer. Nothing but a nil error says that this call changed anything.
func (a *Applier) Apply(ctx context.Context, action plan.Action, mark Mark) (Applied, error) {
	if err := mark.validate(); err != nil {
		return Applied{}, err
	}
	switch action := action.(type) {
	case plan.AuthorizeIngress:
		return a.authorizeIngress(ctx, action, mark)
	case plan.RevokeIngress:
		return a.revokeIngress(ctx, action)
	case plan.AuthorizeEgress:
		return a.authorizeEgress(ctx, action, mark)
	case plan.RevokeEgress:
		return a.revokeEgress(ctx, action)
	case plan.AddPrincipal:
		return a.addPrincipal(ctx, action)
	case plan.RemovePrincipal:
		return a.removePrincipal(ctx, action)
	case plan.RestartVerification:
		return a.restartVerification(ctx, action)
	case plan.DisconnectKeyStore:
		return a.disconnectKeyStore(ctx, action)
	case plan.ConnectKeyStore:
		return a.connectKeyStore(ctx, action)
	}
	return Applied{}, never(action)
}

func never(action plan.Action) error {
	if action == nil {
		return fmt.Errorf("%w: there is none", ErrNeverApplied)
	}
	return fmt.Errorf("%w: %s", ErrNeverApplied, action.Kind())
}
