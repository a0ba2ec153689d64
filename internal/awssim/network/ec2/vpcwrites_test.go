package ec2_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func TestAVPCsDNSSettingsChangeOneAtATime(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	on, off := &types.AttributeBooleanValue{Value: aws.Bool(true)}, &types.AttributeBooleanValue{Value: aws.Bool(false)}
	modify := func(support, hostnames *types.AttributeBooleanValue) error {
		_, err := f.client.ModifyVpcAttribute(f.ctx, &sdk.ModifyVpcAttributeInput{VpcId: &f.r.VPC.ID, EnableDnsSupport: support, EnableDnsHostnames: hostnames})
		return err
	}
	f.fails(modify(on, on), "InvalidParameterCombination")
	f.fails(modify(nil, nil), "MissingParameter")
	for _, step := range []struct {
		support, hostnames         *types.AttributeBooleanValue
		wantSupport, wantHostnames bool
	}{{nil, off, true, false}, {off, nil, false, false}, {on, nil, true, false}, {nil, on, true, true}} {
		if err := modify(step.support, step.hostnames); err != nil {
			t.Error(err)
		}
		if v := f.r.VPC; v.DNSSupport != step.wantSupport || v.DNSHostnames != step.wantHostnames {
			t.Errorf("DNS support %v and hostnames %v, want %v and %v", v.DNSSupport, v.DNSHostnames, step.wantSupport, step.wantHostnames)
		}
	}
	if err := errors.Join(modify(nil, off), modify(off, nil)); err != nil {
		t.Fatal(err)
	}
	f.fails(modify(nil, on), "InvalidParameterCombination")
	_, err := f.client.ModifyVpcAttribute(f.ctx, &sdk.ModifyVpcAttributeInput{VpcId: aws.String("vpc-0123456789abcdef9"), EnableDnsSupport: on})
	f.fails(err, "InvalidVpcID.NotFound")
}
