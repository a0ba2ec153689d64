package check

import (
	"fmt"
	"strings"

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
	Fails:   "cks.kms.<region>.amazonaws.com, or of another account's service this account, is not an allowed principal (hurts new connections only)",
	Why:     "New connections only: a key store cannot be created or connected. A connection that was accepted before goes on, so that a running key store shows nothing until it is connected anew.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Allow principals tab, Allow principals, and add the service principal just as it is written under Expected.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.ServicePart, path.ServicePermissionsPart},
	Applies: onPath,
	Run: ofOwnService(path.ServicePermissionsPart, "ec2:DescribeVpcEndpointServicePermissions",
		func(s path.Snapshot, e path.EndpointService) Finding {
			expected := "allowed principal " + KmsPrincipal(s.Region)
			if !e.Owned {
				expected = "allowed principals " + KmsPrincipal(s.Region) + " and " + AccountPrincipal(s)
			}
			seen := "allowed principals: " + orNone(principalsOf(e))
			switch kms, account := Admitted(s, e); {
			case !kms:
				return fail(serviceARN(s), expected, seen, "KMS is not an allowed principal of the endpoint service")
			case !account:
				return fail(serviceARN(s), expected, seen, "the owner's allow list lacks this account")
			}
			return pass(serviceARN(s), expected, seen)
		}),
}

// AccountPrincipal is the principal with which the owner of an endpoint service allows the
// whole account of the key store.
func AccountPrincipal(s path.Snapshot) string {
	return fmt.Sprintf("arn:%s:iam::%s:root", s.Partition, s.Account)
}

// Admitted reports whether the allow list of an endpoint service admits KMS, and the account of
// the key store or anybody in it. This account needs no entry on its own service's list.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func Admitted(s path.Snapshot, e path.EndpointService) (kms, account bool) {
	kms, account = false, e.Owned
	ours := fmt.Sprintf("arn:%s:iam::%s:", s.Partition, s.Account)
	for _, p := range e.Principals {
		kms = kms || p.Principal == KmsPrincipal(s.Region) || everybody(p)
		account = account || strings.HasPrefix(p.Principal, ours) || everybody(p)
	}
	return kms, account
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
