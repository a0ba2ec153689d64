package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var endpointServiceAcceptanceNotRequired = Check{
	ID:      "endpoint-service.acceptance-not-required",
	Title:   "The VPC endpoint service does not require acceptance",
	Fails:   "acceptance is required (hurts new connections only)",
	Why:     "New connections only: KMS's connection waits for somebody to accept it, and a key store cannot be created or connected. A connection that was accepted before goes on.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Actions, Modify endpoint acceptance setting, clear Acceptance required, Save changes.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		const expected = "acceptance required: No"
		if e.AcceptanceRequired {
			return fail(serviceARN(s), expected, "acceptance required: Yes", "endpoint service requires acceptance")
		}
		return pass(serviceARN(s), expected, expected)
	}),
}
