package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var endpointServiceAvailable = Check{
	ID:      "endpoint-service.available",
	Title:   "The VPC endpoint service is available",
	Fails:   "its state is not Available",
	Why:     "An endpoint service that is not Available takes no new connections, and one that is being deleted drops those that it has: every request fails.",
	Console: "Amazon VPC console, Endpoint services: choose the service and read State on the Details tab. Wait while it is Pending; a service that is Failed or Deleted is replaced with Create endpoint service.",
	Source:  "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServiceConfigurations.html",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofOwnService(path.ServicePart, "ec2:DescribeVpcEndpointServiceConfigurations",
		func(s path.Snapshot, e path.EndpointService) Finding {
			const expected = "state Available"
			if !fold(e.State, "Available") {
				return fail(serviceARN(s), expected, "state "+e.State, "VPC endpoint service is "+e.State)
			}
			return pass(serviceARN(s), expected, "state "+e.State)
		}),
}
