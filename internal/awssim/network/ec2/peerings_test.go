package ec2_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func TestAPeeringIsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	other := f.w.AddVPC("10.9.0.0/16")
	p := f.w.AddPeering(f.r.VPC.ID, other.ID)
	f.w.AddPeering(other.ID, f.w.AddVPC("10.8.0.0/16").ID)
	far := f.w.AddSecurityGroup(other.ID, "far", "in the other VPC")
	f.w.Authorize(f.r.ProxyGroup, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: far.ID})
	main := f.w.RouteTableOf(f.r.NodeSubnets[0])
	main.Routes = append(main.Routes, network.Route{CIDR: other.CIDRs[0], Target: p.ID})

	one := func() types.VpcPeeringConnection {
		t.Helper()
		out, err := f.client.DescribeVpcPeeringConnections(f.ctx, &sdk.DescribeVpcPeeringConnectionsInput{Filters: []types.Filter{filter("vpc-peering-connection-id", p.ID)}})
		if err != nil || len(out.VpcPeeringConnections) != 1 {
			t.Fatalf("described %+v, %v; want one", out, err)
		}
		return out.VpcPeeringConnections[0]
	}
	pair := func() types.UserIdGroupPair {
		t.Helper()
		out, err := f.client.DescribeSecurityGroups(f.ctx, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{f.r.ProxyGroup.ID}})
		if err != nil {
			t.Fatal(err)
		}
		return out.SecurityGroups[0].IpPermissions[0].UserIdGroupPairs[0]
	}
	got, rule := one(), pair()
	if got.Status.Code != types.VpcPeeringConnectionStateReasonCodeActive || *got.RequesterVpcInfo.VpcId != f.r.VPC.ID || *got.RequesterVpcInfo.OwnerId != f.w.Account ||
		*got.AccepterVpcInfo.CidrBlock != "10.9.0.0/16" || *got.AccepterVpcInfo.CidrBlockSet[0].CidrBlock != "10.9.0.0/16" || *got.AccepterVpcInfo.Region != f.w.Region {
		t.Errorf("the peering is %+v", got)
	}
	if *rule.GroupId != far.ID || *rule.VpcId != other.ID || *rule.VpcPeeringConnectionId != p.ID || *rule.PeeringStatus != "active" {
		t.Errorf("the rule names %+v", rule)
	}
	f.w.DeletePeering(p)
	got, rule = one(), pair()
	if got.Status.Code != types.VpcPeeringConnectionStateReasonCodeDeleted || got.AccepterVpcInfo.CidrBlock != nil || *rule.PeeringStatus != "deleted" || !main.Routes[1].Blackhole {
		t.Errorf("once deleted, the peering is %+v, the rule %+v, the route %+v", got, rule, main.Routes[1])
	}
	_, err := f.client.DescribeVpcPeeringConnections(f.ctx, &sdk.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{"pcx-0"}})
	f.fails(err, "InvalidVpcPeeringConnectionID.NotFound")
}
