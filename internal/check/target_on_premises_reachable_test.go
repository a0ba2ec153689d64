package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetOnPremisesReachable(t *testing.T) {
	const request = "tcp 10.0.1.7/32 → 192.168.7.7/32 :443"
	over := func(routes ...path.Route) pathtest.Edit {
		return pathtest.All(oneWay, pathtest.Outside(pathtest.OnPremises), pathtest.AddRoute(pathtest.RouteTable, routes...))
	}
	judges(t, targetOnPremisesReachable, loadBalancerRows(map[string]row{
		"targets in the VPC are another check's": {edit: pathtest.Unchanged, want: NotApplicable, subject: pathtest.LoadBalancerARN, seen: "no target in use is outside"},
		"no route":                               {edit: over(), want: Fail, subject: "rtb-1", missing: request, headline: "no route from NLB to proxy", seen: "no route for tcp 443"},
		"a virtual private gateway":              {edit: over(pathtest.Route("192.168.0.0/16", "vgw-1")), want: Unknown, subject: "rtb-1", seen: "what lies behind vgw-1, to which route table rtb-1 sends 192.168.0.0/16"},
		"a transit gateway":                      {edit: over(pathtest.Route("0.0.0.0/0", "tgw-1")), want: Unknown, seen: "tgw-1"},
		"a virtual private gateway that is gone": {edit: over(pathtest.Blackhole("192.168.0.0/16", "vgw-1")), want: Fail, missing: request, headline: "route from NLB to proxy is a blackhole"},
		"an internet gateway": {
			edit: over(pathtest.Route("0.0.0.0/0", "igw-1")), want: Fail, missing: request, headline: "route from NLB to proxy leads nowhere",
			seen: "route 0.0.0.0/0 to igw-1 (an internet gateway carries no private address)",
		},
		"tables may not be read":     {edit: pathtest.Blind(path.RouteTablesPart), want: Unknown, seen: "ec2:DescribeRouteTables"},
		"no route table of a subnet": {edit: pathtest.All(over(), func(s *path.Snapshot) { s.RouteTables = nil }), want: Unknown, subject: pathtest.TargetGroupARN, seen: "route table of subnet-a"},
	}))
}
