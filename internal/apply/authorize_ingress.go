package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func (a *Applier) authorizeIngress(ctx context.Context, action plan.AuthorizeIngress, mark Mark) (Applied, error) {
	if err := plan.Narrow(action.Rules()); err != nil {
		return Applied{}, err
	}
	out, err := a.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId:       aws.String(string(action.Group)),
		IpPermissions: permissions(action.Rules(), mark.String()),
	})
	if err != nil {
		return a.refused(ctx, err, action, mark, "ec2:AuthorizeSecurityGroupIngress")
	}
	ids := made(out.SecurityGroupRules)
	return Applied{
		Detail:  authorized(ids, request(out.ResultMetadata)),
		Inverse: plan.RevokeIngress{Group: action.Group, Missing: action.Missing, Carriers: action.Carriers, RuleIDs: ids},
		RuleIDs: texts(ids),
	}, nil
}
