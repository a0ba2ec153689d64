package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var keyStoreUriEndpointMatchesPrivateDnsName = Check{
	ID:      "key-store.uri-endpoint-matches-private-dns-name",
	Title:   "The proxy URI endpoint is https:// and the service's private DNS name",
	Fails:   "the proxy URI endpoint is not https:// and the endpoint service's private DNS name",
	Why:     "KMS connects to the host of the URI endpoint and expects a certificate of that name. A key store cannot be created or updated with another name than the service's; where the service's name was changed later, new connections fail.",
	Console: "AWS KMS console, Custom key stores, External key stores: choose the key store. Key store actions, Disconnect; then Key store actions, Edit custom key store, and set Proxy URI endpoint to https:// and the private DNS name; then Key store actions, Connect. Its keys are unavailable meanwhile.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html",
	Needs:   []path.Part{path.KeyStorePart, path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		subject := path.ARN(s.Subject.ID)
		if e.PrivateDnsName == "" {
			return notApplicable(subject, "the endpoint service has no private DNS name: see endpoint-service.private-dns-name")
		}
		expected := "proxy URI endpoint https://" + e.PrivateDnsName
		uri := uriEndpoint(s)
		switch {
		case uri == "":
			return unknown(subject, expected, "the proxy URI endpoint of the request is not known")
		case !fold(uri, "https://"+e.PrivateDnsName): // DNS names know no case
			return fail(subject, expected, uri, "UriEndpoint is not the service's private DNS name")
		}
		return pass(subject, expected, uri)
	}),
}

// uriEndpoint is the key store's, or what a failed create asked for.
func uriEndpoint(s path.Snapshot) string {
	if s.Subject.Kind == path.KeyStoreSubject && s.KeyStore != nil {
		return s.KeyStore.UriEndpoint
	}
	return s.Requested.UriEndpoint
}
