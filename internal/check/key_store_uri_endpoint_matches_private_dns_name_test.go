package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestKeyStoreUriEndpointMatchesPrivateDnsName(t *testing.T) {
	uri := func(u string) pathtest.Edit { return pathtest.KeyStore(func(k *path.KeyStore) { k.UriEndpoint = u }) }
	const headline = "UriEndpoint is not the service's private DNS name"
	judges(t, keyStoreUriEndpointMatchesPrivateDnsName, onPathRows(map[string]row{
		"it is the name":                         {edit: pathtest.Unchanged, want: Pass, subject: store},
		"it is the name in capitals":             {edit: uri("https://MyProxy-Private.xks.example.com"), want: Pass},
		"another name":                           {edit: uri("https://other.xks.example.com"), want: Fail, seen: "https://other.xks.example.com", headline: headline, subject: store},
		"the name and more":                      {edit: uri("https://myproxy-private.xks.example.com.evil.example.net"), want: Fail, headline: headline},
		"the service's name changed":             {edit: pathtest.PrivateDnsName("new.xks.example.com"), want: Fail, headline: headline},
		"without https":                          {edit: uri("myproxy-private.xks.example.com"), want: Fail, headline: headline},
		"the service has no name":                {edit: pathtest.PrivateDnsName(""), want: NotApplicable, seen: "endpoint-service.private-dns-name"},
		"there is no service":                    {edit: pathtest.NoService, want: NotApplicable, seen: "endpoint-service.exists"},
		"what a failed create asked for matches": {edit: pathtest.FailedCreate, want: Pass, subject: path.ARN(pathtest.ServiceID)},
		"what a failed create asked for does not match": {
			edit: pathtest.All(uri("https://other.xks.example.com"), pathtest.FailedCreate), want: Fail, headline: headline,
		},
		"what a failed update asked for, not what the key store has": {
			edit: func(s *path.Snapshot) {
				s.Subject = path.Subject{Kind: path.ServiceSubject, ID: string(pathtest.ServiceID)}
				s.Requested.UriEndpoint = "https://other.xks.example.com"
			}, want: Fail, seen: "https://other.xks.example.com",
		},
		"what a failed create asked for is not known": {edit: pathtest.All(uri(""), pathtest.FailedCreate), want: Unknown, seen: "not known"},
	}))
}
