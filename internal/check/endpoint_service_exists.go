package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var endpointServiceExists = Check{
	ID:      "endpoint-service.exists",
	Title:   "The VPC endpoint service exists and belongs to the account that the key store names",
	Fails:   "it is not found in the Region, or another account owns it than the key store says",
	Why:     "Without the endpoint service no request reaches the proxy: every request fails, and so does each attempt to create or connect a key store.",
	Console: "Amazon VPC console, Endpoint services: look for the service name in the Region of the key store; if it is gone, Create endpoint service. Then AWS KMS console, Custom key stores, External key stores: disconnect the key store, Key store actions, Edit custom key store, name the service, and connect it.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.KeyStorePart, path.ServicePart},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		subject, owner := serviceARN(s), serviceOwner(s)
		expected := fmt.Sprintf("VPC endpoint service %s in %s", serviceName(s), s.Region)
		if owner != "" {
			expected += ", owned by account " + owner
		}
		switch {
		case s.Service == nil && owner != "" && owner != s.Account:
			seen := fmt.Sprintf("not visible to account %s: there is no such endpoint service, or its owner's allow list does not name this account", s.Account)
			return one(fail(subject, expected, seen, "VPC endpoint service is not visible to this account"))
		case s.Service == nil:
			return one(fail(subject, expected, "no such endpoint service", "VPC endpoint service does not exist"))
		case owner != "" && s.Service.Owner != "" && owner != s.Service.Owner:
			return one(fail(subject, expected, "owned by account "+s.Service.Owner, "VPC endpoint service belongs to another account"))
		}
		return one(pass(subject, expected, "found"))
	},
}

// serviceOwner is the account that the key store, or the request for one, names as the
// endpoint service's owner; empty where it names none.
func serviceOwner(s path.Snapshot) string {
	if s.KeyStore != nil {
		return s.KeyStore.ServiceOwner
	}
	return s.Requested.ServiceOwner
}

func serviceName(s path.Snapshot) string {
	switch {
	case s.KeyStore != nil && s.KeyStore.ServiceName != "":
		return s.KeyStore.ServiceName
	case s.Requested.ServiceName != "":
		return s.Requested.ServiceName
	}
	return string(serviceARN(s))
}
