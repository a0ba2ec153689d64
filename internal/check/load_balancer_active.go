package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var loadBalancerActive = Check{
	ID:      "load-balancer.active",
	Title:   "The Network Load Balancer is active",
	Fails:   "its state is not active",
	Why:     "A load balancer that is not active forwards nothing, or not in all its zones: every request through it fails.",
	Console: "Amazon EC2 console, Load Balancers: choose the load balancer and read State. Wait while it is Provisioning; one that is Failed is deleted and created anew, and the endpoint service is pointed at the new one.",
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
