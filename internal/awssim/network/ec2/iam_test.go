package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
func TestWritesAreJudgedOnTheTaggedResource(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	service := f.w.ARN("ec2", "vpc-endpoint-service/"+f.r.Service.ID)
	group := f.w.ARN("ec2", "security-group/"+f.r.ProxyGroup.ID)
	tests := map[string]struct {
		call func() error
		arn  string
	}{
		"ModifyVpcEndpointServicePermissions": {func() error {
			_, err := f.client.ModifyVpcEndpointServicePermissions(f.ctx, &sdk.ModifyVpcEndpointServicePermissionsInput{ServiceId: &f.r.Service.ID})
			return err
		}, service},
		"ModifyVpcEndpointServiceConfiguration": {func() error {
			_, err := f.client.ModifyVpcEndpointServiceConfiguration(f.ctx, &sdk.ModifyVpcEndpointServiceConfigurationInput{ServiceId: &f.r.Service.ID})
			return err
		}, service},
		"StartVpcEndpointServicePrivateDnsVerification": {func() error {
			_, err := f.client.StartVpcEndpointServicePrivateDnsVerification(f.ctx, &sdk.StartVpcEndpointServicePrivateDnsVerificationInput{ServiceId: &f.r.Service.ID})
			return err
		}, service},
		"AcceptVpcEndpointConnections": {func() error {
			_, err := f.client.AcceptVpcEndpointConnections(f.ctx, &sdk.AcceptVpcEndpointConnectionsInput{ServiceId: &f.r.Service.ID, VpcEndpointIds: []string{"vpce-0"}})
			return err
		}, service},
		"DescribeVpcEndpointServicePermissions": {func() error {
			_, err := f.client.DescribeVpcEndpointServicePermissions(f.ctx, &sdk.DescribeVpcEndpointServicePermissionsInput{ServiceId: &f.r.Service.ID})
			return err
		}, service},
		"AuthorizeSecurityGroupIngress": {func() error {
			_, err := f.authorize(permit(1, 1, "10.9.0.0/16"))
			return err
		}, group},
		"RevokeSecurityGroupIngress": {func() error {
			_, err := f.client.RevokeSecurityGroupIngress(f.ctx, &sdk.RevokeSecurityGroupIngressInput{GroupId: &f.r.ProxyGroup.ID, IpPermissions: []types.IpPermission{permit(443, 443, "10.0.1.0/24")}})
			return err
		}, group},
		"CreateTags": {func() error {
			_, err := f.client.CreateTags(f.ctx, &sdk.CreateTagsInput{Resources: []string{f.r.ProxyGroup.ID}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
			return err
		}, group},
	}
	for action, tt := range tests {
		if err := tt.call(); err != nil {
			t.Errorf("%s: %v", action, err)
		}
		judged := f.server.Judged()
		if len(judged) != 1 || judged[0].Action != "ec2:"+action || judged[0].Resource.ARN != tt.arn || judged[0].Resource.Tags["xks-remediator"] != "enabled" {
			t.Errorf("%s was judged on %+v, want %s with its tag", action, judged, tt.arn)
		}
	}
}

func TestReadsAreJudgedOnEverything(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	if _, err := f.client.DescribeSecurityGroups(f.ctx, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{f.r.ProxyGroup.ID}}); err != nil {
		t.Fatal(err)
	}
	if judged := f.server.Judged(); len(judged) != 1 || judged[0].Resource.ARN != "*" {
		t.Errorf("a describe call was judged on %+v, want *", judged)
	}
}

func TestTaggingANewRuleNeedsTheRightToTagToo(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	_, err := f.client.AuthorizeSecurityGroupEgress(f.ctx, &sdk.AuthorizeSecurityGroupEgressInput{
		GroupId: &f.r.ProxyGroup.ID, IpPermissions: []types.IpPermission{permit(1, 1, "10.9.0.0/16")},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}}})
	if err != nil {
		t.Fatal(err)
	}
	judged := f.server.Judged()
	if len(judged) != 3 || judged[2].Action != "ec2:CreateTags" || judged[2].Resource.Context["ec2:CreateAction"] != "AuthorizeSecurityGroupEgress" || judged[2].Resource.Context["aws:RequestTag/k"] != "v" {
		t.Errorf("it was judged on %+v", judged)
	}
}
