package check

import (
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

var loadBalancerEgressToTargets = Check{
	ID:      "load-balancer.egress-to-targets",
	Title:   "The load balancer's security groups let traffic and health checks out to the targets",
	Fails:   "their outbound rules lack the targets' traffic or health-check port",
	Why:     "The load balancer's own groups drop what it sends: requests and health checks to these targets fail, and where it is all of them every request fails.",
	Console: "Amazon EC2 console, Security Groups: choose the load balancer's group, Outbound rules tab, Edit outbound rules, Add rule for each missing flow: type Custom TCP, the port, and the target's address as destination, Save rules.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
	Needs: []path.Part{
		path.LoadBalancerPart, path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart,
		path.TargetInterfacesPart, path.SecurityGroupsPart, path.PrefixListsPart,
	},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		hops := reach.LoadBalancerEgress(s)
		if len(hops) == 0 {
			return one(notApplicable(serviceARN(s), "no load balancer with security groups sends to a target"))
		}
		groups := reach.Groups(s)
		var findings []Finding
		for _, v := range byGroup(hops, reach.NonNodes(s)) {
			seen := "outbound rules of " + rulesOf(groups, v.carried.list, func(g *path.SecurityGroup) []path.Rule { return g.Egress }, "to")
			findings = append(findings, v.judge(groupARN(groups, v.id), seen, "security group blocks NLB egress to proxy on "+ports(v.missing)))
		}
		return findings
	},
}
