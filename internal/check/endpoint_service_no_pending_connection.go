package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// endpointServiceNoPendingConnection infers which connection is KMS's: AWS does not
// publish the account with which KMS connects. Where the allow list holds nothing but the
// KMS principal, a pending connection can be no one else's, this account's own apart,
// which needs no entry. Else it is unknown: a person has to say.
var endpointServiceNoPendingConnection = Check{
	ID:      "endpoint-service.no-pending-connection",
	Title:   "No connection of AWS KMS waits for acceptance",
	Fails:   "a connection that can only be KMS's is pending acceptance (hurts new connections only)",
	Why:     "New connections only: as long as KMS's connection is pending, no request goes through it and the key store cannot connect.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Endpoint connections tab, choose the connection that is Pending acceptance, Actions, Accept endpoint connection request.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
	Needs:   []path.Part{path.ServicePart, path.ServicePermissionsPart, path.ConnectionsPart},
	Applies: onPath,
	Run: ofOwnService(path.ConnectionsPart, "ec2:DescribeVpcEndpointConnections",
		func(s path.Snapshot, e path.EndpointService) Finding {
			const expected = "no connection pending acceptance"
			pending := pendingOf(s, e)
			if len(pending) == 0 {
				return pass(serviceARN(s), expected, plural(len(e.Connections), "connection")+", none that could be KMS's pending")
			}
			seen := "pending acceptance: " + strings.Join(pending, ", ")
			if !onlyKms(s, e) {
				return unknown(serviceARN(s), expected, seen+"; the allow list has others than KMS, so whose it is cannot be told")
			}
			return fail(serviceARN(s), expected, seen+"; the allow list holds nothing but KMS", "connection from KMS waits for acceptance")
		}),
}

// pendingOf names the connections that wait for acceptance and could be KMS's.
func pendingOf(s path.Snapshot, e path.EndpointService) []string {
	var pending []string
	for _, c := range e.Connections {
		if fold(c.State, "pendingAcceptance") && c.Owner != s.Account {
			pending = append(pending, fmt.Sprintf("%s of account %s", c.EndpointID, c.Owner))
		}
	}
	return pending
}

func onlyKms(s path.Snapshot, e path.EndpointService) bool {
	for _, p := range e.Principals {
		if p.Principal != KmsPrincipal(s.Region) {
			return false
		}
	}
	return len(e.Principals) > 0
}
