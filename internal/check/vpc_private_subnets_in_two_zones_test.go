package check

import (
	"net/netip"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestVpcPrivateSubnetsInTwoZones(t *testing.T) {
	// to gives the subnets a route table of their own whose default route goes to target.
	to := func(target string, subnets ...path.SubnetID) pathtest.Edit {
		return func(s *path.Snapshot) {
			s.RouteTables = append(s.RouteTables, path.RouteTable{ID: "rtb-own", VPC: pathtest.VPC, Subnets: subnets, Routes: []path.Route{
				{CIDR: netip.MustParsePrefix("10.0.0.0/16"), Target: "local", State: "active"},
				{CIDR: netip.MustParsePrefix("0.0.0.0/0"), Target: target, State: "active"},
			}})
		}
	}
	third := func(zone string) pathtest.Edit {
		return func(s *path.Snapshot) {
			s.Subnets = append(s.Subnets, path.Subnet{ID: "subnet-c", VPC: pathtest.VPC, CIDR: netip.MustParsePrefix("10.0.3.0/24"), Zone: zone})
		}
	}
	mainPublic := func(s *path.Snapshot) {
		s.RouteTables[0].Routes = append(s.RouteTables[0].Routes, path.Route{CIDR: netip.MustParsePrefix("::/0"), Target: "igw-1", State: "active"})
	}
	judges(t, vpcPrivateSubnetsInTwoZones, vpcRows(map[string]row{
		"two private subnets in two zones":     {edit: pathtest.Unchanged, want: Pass, subject: vpc1},
		"one of two is public":                 {edit: to("igw-1", pathtest.SubnetB), want: Fail, seen: "private subnets: subnet-a (us-west-2a)", headline: "VPC lacks private subnets in two zones", subject: vpc1},
		"both are public by the main table":    {edit: mainPublic, want: Fail, seen: "private subnets: none"},
		"one of two goes out by a NAT gateway": {edit: to("nat-1", pathtest.SubnetB), want: Pass},
		"another private one in the same zone": {edit: pathtest.All(to("igw-1", pathtest.SubnetB), third(pathtest.ZoneA)), want: Fail},
		"another private one off the path":     {edit: pathtest.All(to("igw-1", pathtest.SubnetB), third(pathtest.ZoneB)), want: Pass},
		"the other one is another VPC's":       {edit: pathtest.All(to("igw-1", pathtest.SubnetB), third(pathtest.ZoneB), func(s *path.Snapshot) { s.Subnets[2].VPC = "vpc-2" }), want: Fail},
		"the table of one is not seen": {edit: func(s *path.Snapshot) {
			s.RouteTables[0].Main, s.RouteTables[0].Subnets = false, []path.SubnetID{pathtest.SubnetA}
		}, want: Unknown, seen: "route table not seen: subnet-b"},
		"the table of a third one is not seen": {edit: pathtest.All(third(pathtest.ZoneA), func(s *path.Snapshot) {
			s.RouteTables[0].Main, s.RouteTables[0].Subnets = false, []path.SubnetID{pathtest.SubnetA, pathtest.SubnetB}
		}), want: Pass},
		"route tables may not be read":          {edit: pathtest.Blind(path.RouteTablesPart), want: Unknown, seen: "ec2:DescribeRouteTables"},
		"subnets may not be read, on a failure": {edit: pathtest.All(to("igw-1", pathtest.SubnetB), pathtest.Blind(path.SubnetsPart)), want: Unknown, seen: "ec2:DescribeSubnets"},
	}))
}
