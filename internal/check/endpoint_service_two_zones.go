package check

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// endpointServiceTwoZones counts the zones of the service: enabling a zone on the load
// balancer does not enable it here. Of another account's service only the zones in common
// with this account show, so that fewer than two of them prove nothing.
var endpointServiceTwoZones = Check{
	ID:      "endpoint-service.two-zones",
	Title:   "The VPC endpoint service is in at least two Availability Zones",
	Fails:   "it is in fewer than two Availability Zones",
	Why:     "New connections only: KMS refuses to create or connect a key store on a service in fewer than two Availability Zones. A running key store goes on, but has no second zone to fall back on.",
	Console: "Amazon EC2 console, Load Balancers: choose the load balancer, Network mapping tab, Edit subnets, and enable a second zone if it has one only. Then Amazon VPC console, Endpoint services: choose the service, Actions, Associate or disassociate load balancers, and save, so that the service takes the new zone over.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		const expected = "at least two Availability Zones"
		zones := zonesOf(e)
		seen := "Availability Zones: " + orNone(zones)
		switch {
		case len(zones) >= 2:
			return pass(serviceARN(s), expected, seen)
		case !e.InFull():
			return unreadIn(s, serviceARN(s), notVisible(s, e, path.ServicePart, "ec2:DescribeVpcEndpointServiceConfigurations"))
		}
		return fail(serviceARN(s), expected, seen, "endpoint service is in fewer than two zones")
	}),
}

// zonesOf returns the service's zones, each once, in order.
func zonesOf(e path.EndpointService) []string {
	zones := slices.Clone(e.Zones)
	if len(zones) == 0 {
		zones = slices.Clone(e.ZoneIDs)
	}
	slices.SortFunc(zones, strings.Compare)
	return slices.Compact(zones)
}
