package check

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// keyStoreEndpointServiceExclusive sees the key stores of this account alone. Where KMS
// answered that something is in use and none of them uses it, one of another account does.
var keyStoreEndpointServiceExclusive = Check{
	ID:      "key-store.endpoint-service-exclusive",
	Title:   "No other key store uses the VPC endpoint service or the proxy URI endpoint",
	Fails:   "two key stores share an endpoint service, a private DNS name or a proxy URI endpoint; another account's key store cannot be seen, but KMS tells that there is one",
	Why:     "KMS refuses to create or update a key store with what another one uses. One endpoint service, its private DNS name and the proxy URI endpoint belong to one key store in the Region, whatever account it is in.",
	Console: "AWS KMS console, Custom key stores, External key stores: see which other key store names the same endpoint service or proxy URI endpoint. Then Amazon VPC console, Endpoint services, Create endpoint service: make one with a private DNS name of its own, and name it for one of the two.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html",
	Needs:   []path.Part{path.KeyStorePart},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		const expected = "an endpoint service and a proxy URI endpoint of its own"
		subject := path.ARN(s.Subject.ID)
		id, service, uri := claimed(s)
		shared := sharedWith(s.KeyStores, id, service, uri)
		code := strings.TrimSuffix(s.Requested.Code, "Exception")
		switch {
		case len(shared) > 0:
			return one(fail(subject, expected, strings.Join(shared, "; "), "another key store uses the same endpoint service"))
		case inUse(code):
			return one(fail(subject, expected, "AWS KMS answered "+code+", and no key store of this account and Region uses the same: "+
				"one of another account does, which cannot be seen from here", "a key store of another account uses the same"))
		case service == "" && uri == "":
			return one(unknown(subject, expected, "neither the endpoint service nor the proxy URI endpoint of the request is known"))
		}
		return one(pass(subject, expected, "no other key store of this account and Region uses the same; another account's cannot be seen"))
	},
}

// claimed is what no other key store may use: the key store's own, or what a failed call
// asked for; id is the key store's, empty where none exists yet.
func claimed(s path.Snapshot) (id path.KeyStoreID, service, uri string) {
	if s.Subject.Kind == path.KeyStoreSubject && s.KeyStore != nil {
		return s.KeyStore.ID, s.KeyStore.ServiceName, s.KeyStore.UriEndpoint
	}
	return s.Requested.KeyStoreID, s.Requested.ServiceName, s.Requested.UriEndpoint
}

// sharedWith says what other external key stores use as well. A key store on an endpoint
// service has its URI endpoint, which is the service's private DNS name, for itself.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html#require-endpoint
func sharedWith(stores []path.KeyStore, id path.KeyStoreID, service, uri string) []string {
	var shared []string
	for _, o := range stores {
		if o.ID == id || !o.External {
			continue
		}
		if service != "" && fold(o.ServiceName, service) {
			shared = append(shared, "endpoint service "+service+" is key store "+o.Name+"'s too")
		}
		if uri != "" && fold(o.UriEndpoint, uri) {
			shared = append(shared, "proxy URI endpoint "+uri+" is key store "+o.Name+"'s too")
		}
	}
	return shared
}

// inUse reports whether an error code of AWS KMS says that another key store uses what was
// asked for: XksProxyVpcEndpointServiceInUse, XksProxyUriInUse or XksProxyUriEndpointInUse.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html#API_CreateCustomKeyStore_Errors
func inUse(code string) bool {
	return strings.HasPrefix(code, "XksProxy") && strings.HasSuffix(code, "InUse")
}
