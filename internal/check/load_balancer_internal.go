package check

import "github.com/xks-remediator/xks-remediator/internal/path"

// loadBalancerInternal warns: KMS comes over PrivateLink, whatever the scheme is.
var loadBalancerInternal = Check{
	ID:      "load-balancer.internal",
	Title:   "The Network Load Balancer is internal",
	Fails:   "its scheme is internet-facing (a warning)",
	Why:     "No request of KMS fails: it comes over PrivateLink. But the load balancer has public addresses, at which the whole internet may try the proxy.",
	Console: "The scheme cannot be changed. Amazon EC2 console, Load Balancers, Create load balancer: make an internal Network Load Balancer in the same subnets, with a listener on 443 that forwards to the same kind of targets. Then Amazon VPC console, Endpoint services: choose the service, Actions, Associate or disassociate load balancers.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.LoadBalancerPart},
	Applies: onPath,
	Run: ofLoadBalancers(func(_ path.Snapshot, lb path.LoadBalancer) []Finding {
		const expected = "scheme internal"
		seen := "scheme " + orUnset(lb.Scheme)
		switch {
		case fold(lb.Scheme, "internet-facing"):
			f := fail(lb.ARN, expected, seen, "Network Load Balancer is internet-facing")
			f.Warning = true
			return one(f)
		case !fold(lb.Scheme, "internal"):
			return one(unknown(lb.ARN, expected, seen))
		}
		return one(pass(lb.ARN, expected, seen))
	}),
}
