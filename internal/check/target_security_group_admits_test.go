package check

import (
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetSecurityGroupAdmits(t *testing.T) {
	oneTarget := func(s *path.Snapshot) { // 10.0.2.9, the others are gone
		pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets = slices.Clone(g.Targets[2:3]) })(s)
		s.Interfaces = slices.DeleteFunc(s.Interfaces, func(n path.NetworkInterface) bool {
			return n.Type == "interface" && n.ID != "eni-10.0.2.9"
		})
	}
	const sg = path.ARN("arn:aws:ec2:us-west-2:111122223333:security-group/sg-proxy")
	const blocked = "security group blocks NLB to proxy on 443"
	revoked := pathtest.RevokeIngress(pathtest.ProxyGroup, 443)
	two := func(edits ...pathtest.Edit) pathtest.Edit {
		return pathtest.All(oneTarget, revoked, pathtest.AddGroup("sg-two"), pathtest.Carry(pathtest.ProxyGroup, "sg-two"), pathtest.All(edits...))
	}
	const fromBoth = "tcp 10.0.1.7/32 → 10.0.2.9/32 :443, tcp 10.0.2.7/32 → 10.0.2.9/32 :443"
	judges(t, targetSecurityGroupAdmits, loadBalancerRows(map[string]row{
		"the subnets of the nodes are admitted": {edit: pathtest.Unchanged, want: Pass, seen: "tcp 443 from 10.0.1.0/24", subject: sg},
		"no rule for 443": {
			edit: pathtest.All(oneTarget, revoked), want: Fail, seen: "sg-proxy: none", headline: blocked, subject: sg, missing: fromBoth, group: "sg-proxy",
		},
		"a group without an ARN is named by its ID": {
			edit: pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.ARN = "" }), want: Pass, subject: "sg-proxy",
		},
		"one address short": {
			edit: pathtest.All(oneTarget, pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.6/32", "10.0.2.7/32")), want: Fail,
			seen: "tcp 443 from 10.0.1.6/32", missing: "tcp 10.0.1.7/32 → 10.0.2.9/32 :443", group: "sg-proxy",
		},
		"all that is missing, of all targets, is one finding of their group": {
			edit: pathtest.All(pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.0/24"), pathtest.CrossZone(false)), want: Fail, subject: sg,
			missing: "tcp 10.0.2.7/32 → 10.0.2.9/32 :443, tcp 10.0.2.7/32 → 10.0.2.10/32 :443", group: "sg-proxy",
		},
		"the health-check port alone": {
			edit: pathtest.All(oneTarget, pathtest.CrossZone(false), pathtest.HealthCheckPort("8080")), want: Fail,
			headline: "security group blocks NLB health checks on 8080", missing: "tcp 10.0.2.7/32 → 10.0.2.9/32 :8080", group: "sg-proxy",
		},
		"both ports": {
			edit: pathtest.All(oneTarget, revoked, pathtest.CrossZone(false), pathtest.HealthCheckPort("8080")), want: Fail, headline: blocked + ", 8080",
			missing: "tcp 10.0.2.7/32 → 10.0.2.9/32 :443, tcp 10.0.2.7/32 → 10.0.2.9/32 :8080", group: "sg-proxy",
		},
		"a reference to the load balancer's group, with enforcement off": {
			edit: pathtest.All(oneTarget, pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443))), want: Fail,
			headline: blocked, missing: fromBoth, group: "sg-proxy",
		},
		"a reference to the load balancer's group, with enforcement on": {
			edit: pathtest.All(pathtest.Enforce, pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443))), want: Pass,
		},
		"of two groups the first is mended":                 {edit: two(), want: Fail, subject: sg, missing: fromBoth, group: "sg-proxy"},
		"of two groups the one that others do not carry is": {edit: two(pathtest.OtherInterface("eni-x", "10.0.1.20", "sg-proxy")), want: Fail, missing: fromBoth, group: "sg-two"},
		"targets that leave need nothing":                   {edit: pathtest.All(revoked, pathtest.Targets("draining", "")), want: NotApplicable},
		"a target outside the VPC has no interface": {
			edit: pathtest.All(oneTarget, pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets[0].Interface = "" })), want: NotApplicable, seen: "no target in use",
		},
		"no listener on 443":       {edit: pathtest.DeleteListener, want: NotApplicable},
		"a rule that was not read": {edit: pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPList("pl-hidden", 443)), want: Unknown, seen: "prefix list pl-hidden"},
		"a rule that was not read, and needs not be": {
			edit: pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPList("pl-hidden", 443), pathtest.TCP("10.0.0.0/16", 443)), want: Pass,
		},
		"a node that was not found": {edit: pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes = lb.Nodes[:1] }), want: Unknown, seen: "us-west-2b"},
		"a node not found, and a flow surely missing": {
			edit: pathtest.All(oneTarget, revoked, pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes = lb.Nodes[:1] })), want: Fail,
			missing: "tcp 10.0.1.7/32 → 10.0.2.9/32 :443", group: "sg-proxy",
		},
		"a target in a zone without a node": {
			edit: pathtest.All(pathtest.CrossZone(false), pathtest.TargetGroup(func(g *path.TargetGroup) {
				for i := range g.Targets {
					g.Targets[i].Zone = "us-west-2c"
				}
			})), want: Unknown, seen: "no load balancer node",
		},
		"nodes may not be read":                 {edit: pathtest.Blind(path.NodesPart), want: Unknown, seen: "ec2:DescribeNetworkInterfaces"},
		"groups may not be read":                {edit: pathtest.Blind(path.SecurityGroupsPart), want: Unknown, seen: "ec2:DescribeSecurityGroups"},
		"who else carries a group is not asked": {edit: pathtest.Blind(path.GroupMembersPart), want: Pass},
	}))
}

func TestTargetsOfTwoGroupsAreTwoFindings(t *testing.T) {
	t.Parallel()
	s := pathtest.With(
		pathtest.CrossZone(false), pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.AddGroup("sg-two", pathtest.TCP("10.0.0.0/16", 443)),
		pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.SecurityGroups = []path.SecurityGroupID{"sg-two"} }),
		pathtest.KeepTargets(3),
	)
	findings := Run([]Check{targetSecurityGroupAdmits}, s)
	if len(findings) != 2 {
		t.Fatalf("got %d findings, want one of each group: %+v", len(findings), findings)
	}
	row{want: Fail, group: "sg-proxy", missing: "tcp 10.0.1.7/32 → 10.0.1.9/32 :443, tcp 10.0.1.7/32 → 10.0.1.10/32 :443"}.compare(t, findings[0])
	row{want: Pass, subject: "arn:aws:ec2:us-west-2:111122223333:security-group/sg-two"}.compare(t, findings[1])
}

func TestTheEvidenceReadsAsTheConsoleDoes(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.KeepTargets(1), pathtest.AddGroup("sg-two"), pathtest.Carry(pathtest.ProxyGroup, "sg-two"),
		pathtest.Ingress(pathtest.ProxyGroup,
			path.Rule{Protocol: "-1", FromPort: -1, ToPort: -1, Group: pathtest.LoadBalancerGroup},
			path.Rule{Protocol: "tcp", FromPort: 8000, ToPort: 8999, PrefixList: "pl-1"},
			pathtest.TCP("10.0.1.7/32", 443)),
		pathtest.PrefixList("pl-1", "192.0.2.0/24"))
	f := Run([]Check{targetSecurityGroupAdmits}, s)[0]
	want := Evidence{
		Expected: "lets through tcp 443 from 10.0.1.7/32, 10.0.2.7/32 to 10.0.1.9/32",
		Seen:     "inbound rules of sg-proxy: all traffic from sg-nlb, tcp 8000-8999 from pl-1, tcp 443 from 10.0.1.7/32; sg-two: none",
	}
	if f.Verdict != Fail || f.Evidence != want {
		t.Errorf("got %v, %+v; want a fail, %+v", f.Verdict, f.Evidence, want)
	}
}
