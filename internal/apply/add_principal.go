package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func (a *Applier) addPrincipal(ctx context.Context, action plan.AddPrincipal) (Applied, error) {
	out, err := a.ec2.ModifyVpcEndpointServicePermissions(ctx, &ec2.ModifyVpcEndpointServicePermissionsInput{
		ServiceId:            aws.String(string(action.Service)),
		AddAllowedPrincipals: []string{action.Principal},
	})
	if err != nil {
		return Applied{}, failed(err, doing(action), "ec2:ModifyVpcEndpointServicePermissions", string(action.Service))
	}
	inverse, _ := action.Inverse()
	return Applied{Detail: request(out.ResultMetadata), Inverse: inverse}, nil
}
