package ec2_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func TestRoutesAreCreatedReplacedAndDeleted(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	table := f.w.RouteTableOf(f.r.NodeSubnets[0])
	far := f.w.AddVPC("10.9.0.0/16")
	pcx := f.w.AddPeering(f.r.VPC.ID, far.ID).ID
	create := func(cidr, target string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := f.client.CreateRoute(ctx, &sdk.CreateRouteInput{RouteTableId: &table.ID, DestinationCidrBlock: &cidr, VpcPeeringConnectionId: &target})
			return err
		}
	}
	replace := func(cidr, target string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := f.client.ReplaceRoute(ctx, &sdk.ReplaceRouteInput{RouteTableId: &table.ID, DestinationCidrBlock: &cidr, NetworkInterfaceId: &target})
			return err
		}
	}
	drop := func(cidr string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := f.client.DeleteRoute(ctx, &sdk.DeleteRouteInput{RouteTableId: &table.ID, DestinationCidrBlock: &cidr})
			return err
		}
	}
	steps := []struct {
		call     func(context.Context) error
		code, to string // of 10.9.0.0/16, afterwards
	}{
		{create("10.9.0.0/16", "pcx-0123456789abcdef9"), "InvalidVpcPeeringConnectionID.NotFound", ""},
		{create("10.9.0.0/16", ""), "MissingParameter", ""},
		{create("10.9.0.0/16", pcx), "", pcx},
		{create("10.9.0.0/16", pcx), "RouteAlreadyExists", pcx},
		{replace("10.8.0.0/16", f.r.Targets[0].ID), "InvalidRoute.NotFound", pcx},
		{replace("10.9.0.0/16", "eni-0123456789abcdef9"), "InvalidNetworkInterfaceID.NotFound", pcx},
		{replace("10.9.0.0/16", f.r.Targets[0].ID), "", f.r.Targets[0].ID},
		{drop("10.0.0.0/16"), "InvalidParameterValue", f.r.Targets[0].ID},
		{drop("10.9.0.0/16"), "", ""},
		{drop("10.9.0.0/16"), "InvalidRoute.NotFound", ""},
	}
	for i, s := range steps {
		if got := codeOf(s.call(f.ctx)); got != s.code {
			t.Errorf("step %d: error %q, want %q", i, got, s.code)
		}
		to := ""
		for _, r := range table.Routes {
			if r.CIDR == netip.MustParsePrefix("10.9.0.0/16") {
				to = r.Target
			}
		}
		if to != s.to {
			t.Errorf("step %d: the route leads to %q, want %q", i, to, s.to)
		}
	}
	_, err := f.client.DeleteRoute(f.ctx, &sdk.DeleteRouteInput{RouteTableId: aws.String("rtb-0123456789abcdef9"), DestinationCidrBlock: aws.String("10.9.0.0/16")})
	if got := codeOf(err); got != "InvalidRouteTableID.NotFound" {
		t.Errorf("no table: %q", got)
	}
}

func codeOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}
