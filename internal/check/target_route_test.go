package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetRoute(t *testing.T) {
	const (
		request = "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"
		reply   = "tcp 10.0.2.9/32 → 10.0.1.7/32 :1024-65535"
	)
	via := func(id path.RouteTableID, routes ...path.Route) pathtest.Edit {
		return pathtest.All(oneWay, pathtest.AddRoute(id, routes...))
	}
	judges(t, targetRoute, loadBalancerRows(map[string]row{
		"the local route serves both ways": {edit: pathtest.Unchanged, want: Pass, subject: "rtb-1", seen: "the routes of rtb-1 lead there"},
		"a blackhole on the way": {
			edit: via(pathtest.RouteTable, pathtest.Blackhole("10.0.2.0/24", "eni-gone")), want: Fail, subject: "rtb-1", missing: request,
			headline: "route from NLB to proxy is a blackhole", seen: "route 10.0.2.0/24 to eni-gone (blackhole) loses tcp 443 from 10.0.1.7/32 to 10.0.2.9/32",
		},
		"a blackhole on the way back": {
			edit: via(pathtest.RouteTable, pathtest.Blackhole("10.0.1.0/24", "eni-gone")), want: Fail, missing: reply, headline: "route from proxy back to NLB is a blackhole",
		},
		"a blackhole of a prefix list": {
			edit: pathtest.All(via(pathtest.RouteTable, path.Route{PrefixList: "pl-1", Target: "eni-gone", State: "blackhole"}), pathtest.PrefixList("pl-1", "10.0.2.0/24")),
			want: Fail, missing: request, seen: "route 10.0.2.0/24 of pl-1 to eni-gone",
		},
		"an appliance on the way": {edit: via(pathtest.RouteTable, pathtest.Route("10.0.2.0/24", "eni-1")), want: Unknown, subject: "rtb-1", seen: "what lies behind eni-1"},
		"an appliance there and a blackhole back: what is surely lost counts": {
			edit: via(pathtest.RouteTable, pathtest.Route("10.0.2.0/24", "eni-1"), pathtest.Blackhole("10.0.1.0/24", "eni-gone")), want: Fail, missing: reply,
		},
		"no route at all": {
			edit: pathtest.All(oneWay, func(s *path.Snapshot) { s.RouteTables[0].Routes = nil }), want: Fail, headline: "no route from NLB to proxy",
			missing: request + ", " + reply, seen: "no route for tcp 443 from 10.0.1.7/32 to 10.0.2.9/32; no route for tcp 1024-65535",
		},
		"a target outside is another check's": {edit: pathtest.Outside(pathtest.OnPremises), want: NotApplicable, subject: pathtest.LoadBalancerARN},
		"tables may not be read":              {edit: pathtest.Blind(path.RouteTablesPart), want: Unknown, seen: "ec2:DescribeRouteTables"},
		"prefix lists may not be read":        {edit: pathtest.Blind(path.PrefixListsPart), want: Unknown, seen: "ec2:GetManagedPrefixListEntries"},
		"no route table of a subnet":          {edit: func(s *path.Snapshot) { s.RouteTables = nil }, want: Unknown, subject: pathtest.TargetGroupARN, seen: "route table of subnet-a"},
		"no target":                           {edit: pathtest.KeepTargets(0), want: NotApplicable},
	}))
}

func TestEachRouteTableIsAFinding(t *testing.T) {
	t.Parallel()
	s := pathtest.With(oneWay, pathtest.Peered, func(s *path.Snapshot) { s.RouteTables[1].Routes = s.RouteTables[1].Routes[:1] })
	findings := Run([]Check{targetRoute}, s)
	if len(findings) != 2 {
		t.Fatalf("got %d findings, want one a route table: %+v", len(findings), findings)
	}
	row{want: Pass, subject: "rtb-1"}.compare(t, findings[0])
	row{want: Fail, subject: "rtb-peer", missing: "tcp 10.9.1.9/32 → 10.0.1.7/32 :1024-65535", headline: "no route from proxy back to NLB"}.compare(t, findings[1])
}
