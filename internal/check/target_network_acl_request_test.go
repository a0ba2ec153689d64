package check

import (
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// oneWay leaves one node, 10.0.1.7 in subnet-a, and one target, 10.0.2.9 in subnet-b.
func oneWay(s *path.Snapshot) {
	pathtest.TargetGroup(func(g *path.TargetGroup) {
		g.Targets = slices.DeleteFunc(slices.Clone(g.Targets), func(t path.Target) bool { return t.ID != "10.0.2.9" })
	})(s)
	pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones, lb.Nodes = lb.Zones[:1], lb.Nodes[:1] })(s)
}

func denyEntry(egress bool, number int, cidr string, from, to int) pathtest.Edit {
	return pathtest.AddEntry(pathtest.NetworkACL, pathtest.ACLEntry(number, egress, false, cidr, from, to))
}

func TestTargetNetworkACLRequest(t *testing.T) {
	const (
		acl     = pathtest.NetworkACLARN
		blocked = "network ACL blocks NLB to proxy on 443"
		request = "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"
	)
	only := func(egress bool, entries ...path.NetworkACLEntry) pathtest.Edit {
		return pathtest.All(oneWay, pathtest.Entries(pathtest.NetworkACL, egress, entries...))
	}
	judges(t, targetNetworkACLRequest, loadBalancerRows(map[string]row{
		"the default network ACL allows everything": {
			edit: pathtest.Unchanged, want: Pass, subject: acl, seen: "outbound 100 (allow all traffic to 0.0.0.0/0), outbound * (deny all traffic to 0.0.0.0/0), inbound 100",
		},
		"nothing is let out": {edit: only(true), want: Fail, subject: acl, headline: blocked, missing: request, seen: "no outbound rule allows tcp 443 from 10.0.1.7/32 to 10.0.2.9/32"},
		"nothing is let in":  {edit: only(false), want: Fail, headline: blocked, missing: request, seen: "no inbound rule allows tcp 443 from 10.0.1.7/32 to 10.0.2.9/32"},
		"neither, by one network ACL": {
			edit: pathtest.All(only(true), only(false)), want: Fail, missing: request, seen: "no outbound rule allows tcp 443 from 10.0.1.7/32 to 10.0.2.9/32; no inbound rule allows",
		},
		"a network ACL without an ARN is named by its ID": {
			edit: pathtest.All(only(true), pathtest.ACL(pathtest.NetworkACL, func(a *path.NetworkACL) { a.ARN = "" })), want: Fail, subject: "acl-1", missing: request,
		},
		"an entry denies before one allows": {
			edit: pathtest.All(oneWay, denyEntry(true, 90, "10.0.2.0/24", 443, 443)), want: Fail, missing: request, headline: blocked,
			seen: "outbound rule 90 (deny tcp 443 to 10.0.2.0/24) denies tcp 443 from 10.0.1.7/32 to 10.0.2.9/32",
		},
		"an entry denies after one allows": {edit: pathtest.All(oneWay, denyEntry(true, 110, "10.0.2.0/24", 443, 443)), want: Pass},
		"a range that denies": {
			edit: pathtest.All(oneWay, denyEntry(false, 7, "10.0.0.0/16", 400, 500)), want: Fail, missing: request, seen: "inbound rule 7 (deny tcp 400-500 from 10.0.0.0/16)",
		},
		"other protocols do not count": {
			edit: only(true, path.NetworkACLEntry{Number: 1, Egress: true, Protocol: 17, CIDR: pathtest.TCP("0.0.0.0/0", 1).Prefix, FromPort: -1}, pathtest.ACLEntry(2, true, true, "10.0.2.9/32", 443, 443)),
			want: Pass, seen: "1 (deny protocol 17 to 0.0.0.0/0)",
		},
		"the reply is another check's": {edit: pathtest.All(oneWay, denyEntry(false, 90, "10.0.2.0/24", 1024, 65535)), want: Pass},
		"the health-check port alone": {
			edit: pathtest.All(oneWay, pathtest.HealthCheckPort("8080"), denyEntry(true, 90, "10.0.2.0/24", 8080, 8080)), want: Fail,
			headline: "network ACL blocks NLB to proxy on 8080", missing: "tcp 10.0.1.7/32 → 10.0.2.9/32 :8080",
		},
		"within one subnet there is none": {
			edit: pathtest.All(only(true), pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.Subnet = pathtest.SubnetA })), want: NotApplicable,
			seen: "no network ACL stands between",
		},
		"no target":                   {edit: pathtest.KeepTargets(0), want: NotApplicable, subject: pathtest.LoadBalancerARN},
		"targets that leave":          {edit: pathtest.All(only(true), pathtest.Targets("draining", "")), want: NotApplicable},
		"ACLs may not be read":        {edit: pathtest.Blind(path.NetworkACLsPart), want: Unknown, seen: "ec2:DescribeNetworkAcls"},
		"subnets may not be read":     {edit: pathtest.Blind(path.SubnetsPart), want: Unknown, seen: "ec2:DescribeSubnets"},
		"no network ACL of a subnet":  {edit: pathtest.All(oneWay, func(s *path.Snapshot) { s.NetworkACLs = nil }), want: Unknown, subject: pathtest.TargetGroupARN, seen: "not seen: network ACL of subnet-a, network ACL of subnet-b"},
		"a target nobody can resolve": {edit: pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets = []path.Target{{ID: "arn:alb", State: "healthy"}} }), want: Unknown, seen: "target arn:alb"},
	}))
}

// Each network ACL is a finding of its own, and so is what lies where none can be seen.
func TestNetworkACLsOfBothSidesAreTwoFindings(t *testing.T) {
	t.Parallel()
	s := pathtest.With(oneWay, pathtest.OwnACL(pathtest.SubnetB, "acl-b"), pathtest.Entries("acl-b", false))
	findings := Run([]Check{targetNetworkACLRequest}, s)
	if len(findings) != 2 {
		t.Fatalf("got %d findings, want one a network ACL: %+v", len(findings), findings)
	}
	row{want: Pass, subject: pathtest.NetworkACLARN}.compare(t, findings[0])
	row{want: Fail, subject: "arn:aws:ec2:us-west-2:111122223333:network-acl/acl-b", missing: "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"}.compare(t, findings[1])

	s = pathtest.With(oneWay, pathtest.Outside(pathtest.OnPremises))
	findings = Run([]Check{targetNetworkACLRequest}, s)
	if len(findings) != 2 {
		t.Fatalf("got %d findings, want one of the near side and one of the far: %+v", len(findings), findings)
	}
	row{want: Pass, subject: pathtest.NetworkACLARN}.compare(t, findings[0])
	row{want: Unknown, subject: pathtest.TargetGroupARN, seen: "subnet of target 192.168.7.7"}.compare(t, findings[1])
}

func TestManyUnseenAreCounted(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.TargetGroup(func(g *path.TargetGroup) {
		for i := range g.Targets {
			g.Targets[i].ID, g.Targets[i].Interface, g.Targets[i].Addr = "arn:"+g.Targets[i].ID, "", path.Target{}.Addr
		}
		g.Targets = append(g.Targets, path.Target{ID: "arn:5", State: "healthy"}, path.Target{ID: "arn:6", State: "healthy"})
	}))
	f := Run([]Check{targetNetworkACLReply}, s)[0]
	row{want: Unknown, seen: "target arn:10.0.2.10, target arn:5 and 1 more"}.compare(t, f)
}
