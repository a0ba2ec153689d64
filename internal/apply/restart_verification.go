package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func (a *Applier) restartVerification(ctx context.Context, action plan.RestartVerification) (Applied, error) {
	out, err := a.ec2.StartVpcEndpointServicePrivateDnsVerification(ctx, &ec2.StartVpcEndpointServicePrivateDnsVerificationInput{
		ServiceId: aws.String(string(action.Service)),
	})
	if err != nil {
		return Applied{}, failed(err, doing(action), "ec2:StartVpcEndpointServicePrivateDnsVerification", string(action.Service))
	}
	return Applied{Detail: request(out.ResultMetadata)}, nil
}
