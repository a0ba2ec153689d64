package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var endpointServicePrivateDnsVerified = Check{
	ID:      "endpoint-service.private-dns-verified",
	Title:   "The domain of the private DNS name is verified",
	Fails:   "the verification state is not verified (existing connections go on, new ones are denied)",
	Why:     "New connections only: while the domain is not verified they are denied. Connections that stand go on, so that a running key store shows nothing until it is connected anew.",
	Console: "Amazon VPC console, Endpoint services: choose the service. The Details tab shows Domain verification name and Domain verification value: publish them as a TXT record in the public domain. Then Actions, Verify domain ownership for private DNS name, Verify.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		const expected = "domain verification status verified"
		switch {
		case e.PrivateDnsName == "":
			return notApplicable(serviceARN(s), "there is no private DNS name to verify: see endpoint-service.private-dns-name")
		case !fold(e.PrivateDnsState, "verified"):
			seen := "domain verification status " + orUnset(e.PrivateDnsState)
			return fail(serviceARN(s), expected, seen, "private DNS name is not verified: "+orUnset(e.PrivateDnsState))
		}
		return pass(serviceARN(s), expected, "verified: "+e.PrivateDnsName)
	}),
}

func orUnset(value string) string {
	if value == "" {
		return "not set"
	}
	return value
}
