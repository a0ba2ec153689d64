package check

import (
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// targetSecurityGroupAdmits gives one finding a security group: its Missing are the flows
// that all targets which carry it lack, and adding them to Group is the whole of the fix.
var targetSecurityGroupAdmits = Check{
	ID:      "target.security-group-admits",
	Title:   "The targets' security groups admit the load balancer's traffic and health checks",
	Fails:   "they lack the flow from the load balancer's nodes on the traffic or health-check port",
	Why:     "The targets drop what the load balancer sends: requests time out, and targets turn unhealthy within a few health checks. Where it is all targets every request fails.",
	Console: "Amazon EC2 console, Security Groups: choose the targets' group, Inbound rules tab, Edit inbound rules, Add rule for each missing flow: type Custom TCP, the port, and the load balancer node's address as source, Save rules.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#target-security-groups",
	Needs: []path.Part{
		path.LoadBalancerPart, path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart,
		path.TargetInterfacesPart, path.SecurityGroupsPart, path.PrefixListsPart,
	},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		hops := reach.LoadBalancerToTargets(s)
		if len(hops) == 0 {
			return one(notApplicable(serviceARN(s), "no target in use has a network interface in the VPC"))
		}
		groups := reach.Groups(s)
		var findings []Finding
		for _, v := range byGroup(hops, reach.NonTargets(s)) {
			seen := "inbound rules of " + rulesOf(groups, v.carried.list, func(g *path.SecurityGroup) []path.Rule { return g.Ingress }, "from")
			findings = append(findings, v.judge(groupARN(groups, v.id), seen, admitHeadline(v)))
		}
		return findings
	},
}

func admitHeadline(v *groupView) string {
	if v.healthChecksOnly {
		return "security group blocks NLB health checks on " + ports(v.missing)
	}
	return "security group blocks NLB to proxy on " + ports(v.missing)
}
