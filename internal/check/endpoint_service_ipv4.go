package check

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var endpointServiceIpv4 = Check{
	ID:      "endpoint-service.ipv4",
	Title:   "The VPC endpoint service supports IPv4",
	Fails:   "IPv4 is not among its supported IP address types (hurts new connections only)",
	Why:     "New connections only: KMS does not use IPv6 for external key stores, and refuses to create or connect a key store on an endpoint service without IPv4.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Actions, Modify supported IP address types, and add IPv4. Its load balancers must support it as well.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		const expected = "supported IP address types: ipv4"
		seen := "supported IP address types: " + orNone(e.AddressTypes)
		switch {
		case len(e.AddressTypes) == 0:
			return unknown(serviceARN(s), expected, "AWS names no supported IP address type")
		case !slices.ContainsFunc(e.AddressTypes, func(t string) bool { return strings.EqualFold(t, "ipv4") }):
			return fail(serviceARN(s), expected, seen, "endpoint service does not support IPv4")
		}
		return pass(serviceARN(s), expected, seen)
	}),
}
