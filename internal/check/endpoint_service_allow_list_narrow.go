package check

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// endpointServiceAllowListNarrow warns: with everybody on the allow list KMS connects as well
// as with its own principal there.
var endpointServiceAllowListNarrow = Check{
	ID:      "endpoint-service.allow-list-narrow",
	Title:   "The allow list of the VPC endpoint service does not admit everybody unasked",
	Fails:   "* is an allowed principal and acceptance is not required (a warning)",
	Why:     "No request and no connection of KMS fails. Anybody with an AWS account may connect to the endpoint service, and so send packets to the proxy.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Allow principals tab. If the KMS service principal is not on the list, Allow principals and add it first. Then choose *, Actions, Delete.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
	Needs:   []path.Part{path.ServicePart, path.ServicePermissionsPart},
	Applies: onPath,
	Run: ofOwnService(path.ServicePermissionsPart, "ec2:DescribeVpcEndpointServicePermissions",
		func(s path.Snapshot, e path.EndpointService) Finding {
			const expected = "no allowed principal *, or acceptance required"
			seen := "allowed principals: " + orNone(principalsOf(e))
			if slices.ContainsFunc(e.Principals, everybody) && !e.AcceptanceRequired {
				f := fail(serviceARN(s), expected, seen+"; acceptance required: No", "anybody may connect to the endpoint service")
				f.Warning = true
				return f
			}
			return pass(serviceARN(s), expected, seen)
		}),
}
