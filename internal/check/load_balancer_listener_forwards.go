package check

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

var loadBalancerListenerForwards = Check{
	ID:      "load-balancer.listener-forwards",
	Title:   "The listener on 443 forwards to a target group with targets",
	Fails:   "the listener on 443 forwards to no target group, or to an empty one",
	Why:     "What reaches the listener goes nowhere: every request fails.",
	Console: "Amazon EC2 console, Load Balancers: choose the load balancer, Listeners tab, choose the listener on 443, Manage listener, Edit listener, and forward to the target group of the proxies. If that group is empty: Target Groups, choose it, Targets tab, Register targets.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.ListenersPart, path.TargetGroupsPart, path.TargetHealthPart},
	Applies: onPath,
	Run: ofLoadBalancers(func(s path.Snapshot, lb path.LoadBalancer) []Finding {
		listeners := reach.Listeners443(lb)
		if len(listeners) == 0 {
			return one(notApplicable(lb.ARN, "there is no listener on 443: see load-balancer.listener-443"))
		}
		var findings []Finding
		for _, l := range listeners {
			findings = append(findings, judgeListener(s, l))
		}
		return findings
	}),
}

func judgeListener(s path.Snapshot, l path.Listener) Finding {
	const expected = "forwards to a target group with registered targets"
	if len(l.TargetGroups) == 0 {
		return fail(l.ARN, expected, "forwards to no target group", "listener on 443 forwards to no target group")
	}
	for _, arn := range l.TargetGroups {
		i := slices.IndexFunc(s.TargetGroups, func(g path.TargetGroup) bool { return g.ARN == arn })
		switch {
		case i < 0:
			return unknown(l.ARN, expected, fmt.Sprintf("target group %s was not found", arn))
		case len(registered(s.TargetGroups[i])) == 0:
			return fail(l.ARN, expected, fmt.Sprintf("target group %s is empty", s.TargetGroups[i].Name), "listener on 443 forwards to an empty target group")
		}
	}
	return pass(l.ARN, expected, "forwards to "+plural(len(l.TargetGroups), "target group"))
}

// registered returns a group's targets but those that are leaving.
func registered(g path.TargetGroup) []path.Target {
	return slices.DeleteFunc(slices.Clone(g.Targets), func(t path.Target) bool { return fold(t.State, "draining") })
}
