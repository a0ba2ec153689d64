package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerEgressToTargets(t *testing.T) {
	oneTarget := pathtest.All(pathtest.KeepTargets(1), pathtest.CrossZone(false))
	const missing = "tcp 10.0.1.7/32 → 10.0.1.9/32 :443"
	const sg = path.ARN("arn:aws:ec2:us-west-2:111122223333:security-group/sg-nlb")
	revoked := pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443)
	judges(t, loadBalancerEgressToTargets, loadBalancerRows(map[string]row{
		"the targets' subnets are let out": {edit: pathtest.Unchanged, want: Pass, seen: "tcp 443 to 10.0.1.0/24", subject: sg},
		"nothing is let out": {
			edit: pathtest.All(oneTarget, revoked), want: Fail, seen: "sg-nlb: none", headline: "security group blocks NLB egress to proxy on 443",
			subject: sg, missing: missing, group: "sg-nlb",
		},
		"all that is missing, of all targets": {
			edit: pathtest.All(pathtest.Egress(pathtest.LoadBalancerGroup, pathtest.TCP("10.0.1.0/24", 443)), pathtest.CrossZone(false)),
			want: Fail, missing: "tcp 10.0.2.7/32 → 10.0.2.9/32 :443, tcp 10.0.2.7/32 → 10.0.2.10/32 :443", group: "sg-nlb",
		},
		"the health-check port is not let out": {
			edit: pathtest.All(oneTarget, pathtest.HealthCheckPort("8080")), want: Fail, headline: "on 8080",
			missing: "tcp 10.0.1.7/32 → 10.0.1.9/32 :8080", group: "sg-nlb",
		},
		"a load balancer without groups": {
			edit: pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.SecurityGroups = nil }), want: NotApplicable, seen: "no load balancer with security groups",
		},
		"no target":                {edit: pathtest.KeepTargets(0), want: NotApplicable},
		"a rule that was not read": {edit: pathtest.Egress(pathtest.LoadBalancerGroup, pathtest.TCPList("pl-hidden", 443)), want: Unknown, seen: "prefix list pl-hidden"},
		"a node that was not found": {
			edit: pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes = lb.Nodes[:1] }), want: Unknown, seen: "us-west-2b",
		},
		"nodes may not be read": {edit: pathtest.Blind(path.NodesPart), want: Unknown},
	}))
}
