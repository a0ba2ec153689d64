package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// permissions returns rules as EC2 takes them, one permission a rule.
func permissions(rules []path.Rule, description string) []types.IpPermission {
	all := make([]types.IpPermission, len(rules))
	for i, r := range rules {
		p := types.IpPermission{IpProtocol: aws.String(r.Protocol), FromPort: aws.Int32(int32(r.FromPort)), ToPort: aws.Int32(int32(r.ToPort))}
		cidr, text := aws.String(r.Prefix.String()), optional(description)
		if r.Prefix.Addr().Is4() {
			p.IpRanges = []types.IpRange{{CidrIp: cidr, Description: text}}
		} else {
			p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: cidr, Description: text}}
		}
		all[i] = p
	}
	return all
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// made returns the IDs of rules that AWS says it made, in order.
func made(rules []types.SecurityGroupRule) []path.SecurityGroupRule {
	var ids []path.SecurityGroupRule
	for _, r := range rules {
		ids = append(ids, path.SecurityGroupRule(aws.ToString(r.SecurityGroupRuleId)))
	}
	slices.Sort(ids)
	return ids
}

func texts(ids []path.SecurityGroupRule) []string {
	var all []string
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all
}

func authorized(ids []path.SecurityGroupRule, request string) string {
	return "made " + strings.Join(texts(ids), ", ") + "; " + request
}

// refused says what a refusal to add rules means. A duplicate is success of an earlier
// attempt where all rules are there under our mark, and else somebody else's doing: a look
// tells which. AWS then has added none of the rules.
func (a *Applier) refused(ctx context.Context, err error, action plan.Action, mark Mark, iam string) (Applied, error) {
	if awserr.Code(err) != "InvalidPermission.Duplicate" {
		return Applied{}, failed(err, doing(action), iam, string(action.Resource()))
	}
	now, readErr := a.Read(ctx, action)
	if readErr != nil {
		return Applied{}, fmt.Errorf("%s: %w: %w", doing(action), ErrUnknownOutcome, errors.Join(err, readErr))
	}
	if Mine(now, action, mark) {
		inverse, _ := action.Inverse()
		return Applied{Detail: "an earlier attempt of the same call had made the rules", Inverse: inverse}, nil
	}
	if action.Precondition(now) == plan.ErrAlreadyHolds {
		return Applied{}, already(action, err)
	}
	return Applied{}, stale(action, "one of the rules exists already")
}

// gone reports whether what is to be taken away is not there.
func gone(err error) bool {
	switch awserr.Code(err) {
	case "InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound":
		return true
	}
	return false
}

func already(action plan.Action, err error) error {
	return fmt.Errorf("%s: %w: %w", doing(action), plan.ErrAlreadyHolds, err)
}

func stale(action plan.Action, why string) error {
	return fmt.Errorf("%s: %w: %s", doing(action), plan.ErrStale, why)
}

// doing says in an error what was being done.
func doing(action plan.Action) string {
	return "applying " + string(action.Kind()) + " to " + string(action.Resource())
}
