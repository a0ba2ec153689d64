package elb_test

import (
	"slices"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
func TestSetSubnetsReplacesTheSubnets(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	a, b := f.r.NodeSubnets[0].ID, f.r.NodeSubnets[1].ID
	kept := f.r.Balancer.Zones[0].Node
	f.r.Service.Connections = nil
	set := func(subnets ...string) (*sdk.SetSubnetsOutput, error) {
		return f.client.SetSubnets(f.ctx, &sdk.SetSubnetsInput{LoadBalancerArn: &f.r.Balancer.ARN, Subnets: subnets})
	}
	out, err := set(a)
	if err != nil || len(out.AvailabilityZones) != 1 || *out.AvailabilityZones[0].SubnetId != a || out.IpAddressType != types.IpAddressTypeIpv4 {
		t.Fatalf("one subnet: got %+v, %v", out, err)
	}
	if f.w.Interfaces[kept] == nil || f.w.Interfaces[f.r.Nodes[1].ID] != nil {
		t.Errorf("its nodes are not %s alone", kept)
	}
	if out, err = set(a, b); err != nil || len(out.AvailabilityZones) != 2 {
		t.Fatalf("both subnets: got %+v, %v", out, err)
	}
	node := f.w.Interfaces[f.r.Balancer.Zones[1].Node]
	if node == nil || node.Subnet != b || node.Primary().String() != "10.0.2.4" || !slices.Equal(node.Groups, f.r.Balancer.Groups) {
		t.Errorf("the new node is %+v; want the first address of 10.0.2.0/24 that AWS does not reserve, and the groups of the load balancer", node)
	}
	if len(f.r.Service.Zones) != 2 {
		t.Errorf("the endpoint service has the zones %v; nobody told it of the change", f.r.Service.Zones)
	}
}

func TestSetSubnetsRefusesWhatMakesNoLoadBalancer(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	a := f.r.NodeSubnets[0].ID
	elsewhere := f.w.AddSubnet(f.w.AddVPC("10.1.0.0/16").ID, "10.1.1.0/24", "eu-central-1b", "euc1-az3").ID
	mapped := []types.SubnetMapping{{SubnetId: &a}, {SubnetId: &f.r.NodeSubnets[1].ID}}
	for name, tt := range map[string]struct {
		in   sdk.SetSubnetsInput
		want string
	}{
		"no subnet":                 {sdk.SetSubnetsInput{}, "ValidationError"},
		"subnets in both ways":      {sdk.SetSubnetsInput{Subnets: []string{a}, SubnetMappings: mapped}, "ValidationError"},
		"a subnet that is not":      {sdk.SetSubnetsInput{Subnets: []string{a, "subnet-0"}}, "SubnetNotFound"},
		"a subnet of another VPC":   {sdk.SetSubnetsInput{Subnets: []string{a, elsewhere}}, "InvalidConfigurationRequest"},
		"two subnets of a zone":     {sdk.SetSubnetsInput{Subnets: []string{a, f.r.ProxySubnets[0].ID}}, "InvalidConfigurationRequest"},
		"one that is connected":     {sdk.SetSubnetsInput{Subnets: []string{a}}, "InvalidConfigurationRequest"},
		"a mapping, which is right": {sdk.SetSubnetsInput{SubnetMappings: mapped}, ""},
	} {
		tt.in.LoadBalancerArn = &f.r.Balancer.ARN
		_, err := f.client.SetSubnets(f.ctx, &tt.in)
		t.Log(name)
		f.fails(err, tt.want)
	}
	nobody := f.r.Balancer.ARN + "0"
	_, err := f.client.SetSubnets(f.ctx, &sdk.SetSubnetsInput{LoadBalancerArn: &nobody, Subnets: []string{a}})
	f.fails(err, "LoadBalancerNotFound")
}
