package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var loadBalancerActive = Check{
	ID:      "load-balancer.active",
	Title:   "The Network Load Balancer is active",
	Fails:   "its state is not active",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html",
	Needs:   []path.Part{path.LoadBalancerPart},
	Applies: onPath,
	Run: ofLoadBalancers(func(_ path.Snapshot, lb path.LoadBalancer) []Finding {
		const expected = "state active"
		if !fold(lb.State, "active") {
			return one(fail(lb.ARN, expected, "state "+orUnset(lb.State), "Network Load Balancer is "+orUnset(lb.State)))
		}
		return one(pass(lb.ARN, expected, "state active"))
	}),
}
