package check

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// vpcPrivateSubnetsInTwoZones looks at all subnets of the load balancer's VPC, also those off
// the path: AWS KMS asks for private ones, and not that the load balancer stands in them.
var vpcPrivateSubnetsInTwoZones = Check{
	ID:      "vpc.private-subnets-in-two-zones",
	Title:   "The load balancer's VPC has private subnets in at least two Availability Zones",
	Fails:   "its subnets without a route to an internet gateway are in fewer than two Availability Zones",
	Why:     "New connections only: KMS refuses to create or connect a key store whose VPC has fewer than two private subnets, each in a different Availability Zone. A running key store goes on.",
	Console: "Amazon VPC console, Subnets, Create subnet: choose the VPC and another Availability Zone. Then Route tables: associate the new subnet with a table that has no route to an internet gateway (igw-…).",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.SubnetsPart, path.RouteTablesPart},
	Applies: onPath,
	Run: ofBalancerVPCs(func(s path.Snapshot, id path.VPCID) Finding {
		const expected = "at least two private subnets, each in a different Availability Zone"
		var zones, private, unseen []string
		for _, n := range s.Subnets {
			if n.VPC != id {
				continue
			}
			switch isPrivate, known := reach.Private(s, n); {
			case !known:
				unseen = append(unseen, string(n.ID))
			case isPrivate:
				zones = append(zones, n.Zone)
				private = append(private, string(n.ID)+" ("+n.Zone+")")
			}
		}
		slices.Sort(zones)
		slices.Sort(private)
		seen := "private subnets: " + orNone(private)
		switch {
		case len(slices.Compact(zones)) >= 2:
			return pass(vpcARN(s, id), expected, seen)
		case len(unseen) > 0:
			return unknown(vpcARN(s, id), expected, seen+"; route table not seen: "+strings.Join(unseen, ", "))
		}
		return fail(vpcARN(s, id), expected, seen, "VPC lacks private subnets in two zones")
	}),
}
