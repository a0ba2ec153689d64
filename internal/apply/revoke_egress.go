package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// revokeEgress takes out the rules by their IDs where these are known: nothing else can then
// be hit. Without them it names exactly equal permissions.
func (a *Applier) revokeEgress(ctx context.Context, action plan.RevokeEgress) (Applied, error) {
	in := &ec2.RevokeSecurityGroupEgressInput{GroupId: aws.String(string(action.Group))}
	if len(action.RuleIDs) > 0 {
		in.SecurityGroupRuleIds = texts(action.RuleIDs)
	} else {
		in.IpPermissions = permissions(action.Rules(), "")
	}
	out, err := a.ec2.RevokeSecurityGroupEgress(ctx, in)
	switch {
	case gone(err):
		return Applied{}, already(action, err)
	case err != nil:
		return Applied{}, failed(err, doing(action), "ec2:RevokeSecurityGroupEgress", string(action.Group))
	case len(out.UnknownIpPermissions) > 0:
		return Applied{}, stale(action, "some of the rules were not there")
	}
	inverse, _ := action.Inverse()
	return Applied{Detail: request(out.ResultMetadata), Inverse: inverse}, nil
}
