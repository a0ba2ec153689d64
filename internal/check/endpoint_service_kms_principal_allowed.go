package check

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// KmsPrincipal is the service principal with which AWS KMS connects to endpoint services
// of a Region. It is this very string, no ARN.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func KmsPrincipal(region string) string { return fmt.Sprintf("cks.kms.%s.amazonaws.com", region) }

// endpointServiceKmsPrincipalAllowed matters to new connections alone: removing a
// principal does not break what was accepted before.
var endpointServiceKmsPrincipalAllowed = Check{
	ID:      "endpoint-service.kms-principal-allowed",
	Title:   "The AWS KMS service principal is on the allow list of the VPC endpoint service",
	Fails:   "cks.kms.<region>.amazonaws.com is not an allowed principal (hurts new connections only)",
	Why:     "New connections only: a key store cannot be created or connected. A connection that was accepted before goes on, so that a running key store shows nothing until it is connected anew.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Allow principals tab, Allow principals, and add the service principal just as it is written under Expected.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.ServicePart, path.ServicePermissionsPart},
	Applies: onPath,
	Run: ofOwnService(path.ServicePermissionsPart, "ec2:DescribeVpcEndpointServicePermissions",
		func(s path.Snapshot, e path.EndpointService) Finding {
			kms := KmsPrincipal(s.Region)
			expected := "allowed principal " + kms
			seen := "allowed principals: " + orNone(principalsOf(e))
			if !slices.ContainsFunc(e.Principals, func(p path.AllowedPrincipal) bool { return p.Principal == kms || everybody(p) }) {
				return fail(serviceARN(s), expected, seen, "KMS is not an allowed principal of the endpoint service")
			}
			return pass(serviceARN(s), expected, seen)
		}),
}

// everybody reports whether a principal admits all accounts and services, KMS too.
func everybody(p path.AllowedPrincipal) bool { return p.Principal == "*" || fold(p.Type, "All") }

func principalsOf(e path.EndpointService) []string {
	names := make([]string, len(e.Principals))
	for i, p := range e.Principals {
		names[i] = p.Principal
	}
	return names
}
