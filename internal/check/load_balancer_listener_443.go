package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

var loadBalancerListener443 = Check{
	ID:      "load-balancer.listener-443",
	Title:   "The Network Load Balancer listens on 443",
	Fails:   "it has no TCP or TLS listener on port 443",
	Why:     "KMS connects to port 443 and to no other: every request fails.",
	Console: "Amazon EC2 console, Load Balancers: choose the load balancer, Listeners tab, Add listener: protocol TCP, port 443, default action Forward to the target group of the proxies.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.ListenersPart},
	Applies: onPath,
	Run: ofLoadBalancers(func(_ path.Snapshot, lb path.LoadBalancer) []Finding {
		const expected = "a TCP or TLS listener on port 443"
		var all []string
		for _, l := range lb.Listeners {
			all = append(all, fmt.Sprintf("%s:%d", l.Protocol, l.Port))
		}
		seen := "listeners: " + orNone(all)
		if len(reach.Listeners443(lb)) == 0 {
			return one(fail(lb.ARN, expected, seen, "load balancer has no listener on 443"))
		}
		return one(pass(lb.ARN, expected, seen))
	}),
}
