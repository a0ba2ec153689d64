package check

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// keyStoreEndpointServiceRegion goes by the name that the key store, or the failed call,
// gives: of another Region's endpoint services no call here tells.
var keyStoreEndpointServiceRegion = Check{
	ID:      "key-store.endpoint-service-region",
	Title:   "The VPC endpoint service is in the key store's Region",
	Fails:   "the endpoint service's name is one of another Region",
	Why:     "New connections only: KMS looks for the endpoint service in the key store's Region alone, and refuses to create or connect a key store on one that it does not find there.",
	Console: "Amazon VPC console, in the key store's Region, Endpoint services: choose the service that stands there, or Create endpoint service. Then AWS KMS console, Custom key stores, External key stores: name it when you create the key store anew, or disconnect the key store, Key store actions, Edit custom key store, and connect it.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html",
	Needs:   []path.Part{path.KeyStorePart},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		subject := path.ARN(s.Subject.ID)
		expected := "VPC endpoint service in " + s.Region
		name := askedService(s)
		region, ok := ServiceRegion(name)
		switch {
		case !ok:
			return one(unknown(subject, expected, "no Region can be read from the endpoint service's name: "+orUnset(name)))
		case region != s.Region:
			return one(fail(subject, expected, name+", of "+region, "endpoint service is in another Region: "+region))
		}
		return one(pass(subject, expected, name))
	},
}

// ServiceRegion returns the Region in the name of a VPC endpoint service, and whether the
// name has the form com.amazonaws.vpce.<region>.vpce-svc-….
// https://docs.aws.amazon.com/kms/latest/APIReference/API_XksProxyConfigurationType.html
func ServiceRegion(name string) (string, bool) {
	labels := strings.Split(name, ".")
	n := len(labels)
	if n < 3 || labels[n-3] != "vpce" || labels[n-2] == "" || !strings.HasPrefix(labels[n-1], "vpce-svc-") {
		return "", false
	}
	return labels[n-2], true
}

// askedService is the name of the endpoint service that the key store, or a failed call,
// asks for; empty where it is not known.
func askedService(s path.Snapshot) string {
	if s.Subject.Kind == path.KeyStoreSubject && s.KeyStore != nil {
		return s.KeyStore.ServiceName
	}
	return s.Requested.ServiceName
}
