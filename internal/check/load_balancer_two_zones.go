package check

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// loadBalancerTwoZones counts the zones of the load balancer. That its endpoint service took
// them over is another check's.
var loadBalancerTwoZones = Check{
	ID:      "load-balancer.two-zones",
	Title:   "The Network Load Balancer is in at least two Availability Zones",
	Fails:   "it has subnets in fewer than two Availability Zones",
	Why:     "New connections only: KMS refuses to create or connect a key store whose load balancer is connected to fewer than two subnets, each in a different Availability Zone. A running key store goes on, but has no second zone to fall back on.",
	Console: "Amazon EC2 console, Load Balancers: choose the load balancer, Network mapping tab, Edit subnets, select a second Availability Zone and a private subnet in it, Save changes. Some minutes later, Amazon VPC console, Endpoint services: choose the service, Actions, Associate or disassociate load balancers, and save, so that the service takes the zone over.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.LoadBalancerPart},
	Applies: onPath,
	Run: ofLoadBalancers(func(_ path.Snapshot, lb path.LoadBalancer) []Finding {
		const expected = "subnets in at least two Availability Zones"
		var zones, subnets []string
		for _, z := range lb.Zones {
			zones = append(zones, z.Name)
			subnets = append(subnets, string(z.Subnet)+" ("+z.Name+")")
		}
		slices.Sort(zones)
		seen := "subnets: " + orNone(subnets)
		if len(slices.Compact(zones)) >= 2 {
			return one(pass(lb.ARN, expected, seen))
		}
		return one(fail(lb.ARN, expected, seen, "load balancer is in fewer than two zones"))
	}),
}
