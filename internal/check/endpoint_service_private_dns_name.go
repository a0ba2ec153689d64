package check

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var endpointServicePrivateDnsName = Check{
	ID:      "endpoint-service.private-dns-name",
	Title:   "The VPC endpoint service has a private DNS name under a public domain",
	Fails:   "it has no private DNS name, or one that no public domain can hold",
	Why:     "New connections only: KMS reaches the proxy by this name and a key store cannot be created or connected without it.",
	Console: "Amazon VPC console, Endpoint services: choose the service, Actions, Modify private DNS name, select Associate a private DNS name with the service, enter the host of the proxy URI endpoint, Save changes. Then publish the TXT record that the Details tab shows under Domain verification.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html#xks-private-dns",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		const expected = "a private DNS name that is a subdomain of a public domain"
		switch {
		case e.PrivateDnsName == "":
			return fail(serviceARN(s), expected, "no private DNS name", "endpoint service has no private DNS name")
		case !underPublicDomain(e.PrivateDnsName):
			return fail(serviceARN(s), expected, e.PrivateDnsName, "private DNS name is not under a public domain")
		}
		return pass(serviceARN(s), expected, e.PrivateDnsName)
	}),
}

// underPublicDomain reports whether a name can be in public DNS: it has a dot, and its
// last label is no top-level domain that is reserved for other use.
// https://www.iana.org/assignments/special-use-domain-names
func underPublicDomain(name string) bool {
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(name, ".")), ".")
	if len(labels) < 2 || slices.Contains(labels, "") {
		return false
	}
	reserved := []string{"local", "localhost", "internal", "test", "example", "invalid", "onion", "alt", "home", "corp", "mail", "lan", "arpa"}
	return !slices.Contains(reserved, labels[len(labels)-1])
}
