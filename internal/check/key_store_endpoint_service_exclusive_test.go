package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestKeyStoreEndpointServiceExclusive(t *testing.T) {
	const other = "com.amazonaws.vpce.us-west-2.vpce-svc-other"
	beside := func(k path.KeyStore) pathtest.Edit {
		return func(s *path.Snapshot) {
			k.ID, k.Name = "cks-other", "orders-hsm"
			s.KeyStores = append(s.KeyStores, k)
		}
	}
	external := func(service, uri string) pathtest.Edit {
		return beside(path.KeyStore{External: true, ServiceName: service, UriEndpoint: uri})
	}
	refused := func(code string) pathtest.Edit {
		return pathtest.All(pathtest.FailedCreate, func(s *path.Snapshot) { s.Requested.Code = code })
	}
	const mine, uri = pathtest.ServiceName, "https://" + pathtest.DnsName
	judges(t, keyStoreEndpointServiceExclusive, onPathRows(map[string]row{
		"no other key store":                           {edit: pathtest.Unchanged, want: Pass, subject: store, seen: "another account's cannot be seen"},
		"another with a service of its own":            {edit: external(other, "https://other.example.com"), want: Pass},
		"another on the same service":                  {edit: external(mine, "https://other.example.com"), want: Fail, seen: mine + " is key store orders-hsm's too", headline: "same endpoint service"},
		"another at the same URI endpoint":             {edit: external(other, uri), want: Fail, seen: uri + " is key store orders-hsm's too"},
		"a public one at the same URI endpoint":        {edit: external("", "HTTPS://"+pathtest.DnsName), want: Fail},
		"a CloudHSM key store uses neither":            {edit: beside(path.KeyStore{}), want: Pass},
		"of a failed create, nobody uses it":           {edit: refused("XksProxyVpcEndpointServiceNotFoundException"), want: Pass},
		"of a failed create, the service is another's": {edit: pathtest.All(pathtest.FailedCreate, external(mine, "")), want: Fail, subject: path.ARN(pathtest.ServiceID)},
		"of a failed update, only its own":             {edit: ownUpdate, want: Pass},
		"KMS says in use, and nobody here uses it":     {edit: refused("XksProxyVpcEndpointServiceInUseException"), want: Fail, seen: "one of another account does", headline: "another account"},
		"KMS says that the URI is in use":              {edit: refused("XksProxyUriInUseException"), want: Fail, seen: "XksProxyUriInUse"},
		"KMS says that the URI endpoint is in use":     {edit: refused("XksProxyUriEndpointInUseException"), want: Fail},
		"KMS says that the name is in use":             {edit: refused("CustomKeyStoreNameInUseException"), want: Pass},
		"KMS says in use, and somebody here uses it":   {edit: pathtest.All(refused("XksProxyVpcEndpointServiceInUseException"), external(mine, "")), want: Fail, seen: "orders-hsm"},
		"the request is not known":                     {edit: pathtest.All(pathtest.FailedCreate, func(s *path.Snapshot) { s.Requested = path.Requested{} }), want: Unknown, seen: "known"},
	}))
}

// ownUpdate is a failed update of a key store that keeps its endpoint service.
func ownUpdate(s *path.Snapshot) {
	stores := s.KeyStores
	pathtest.FailedCreate(s)
	s.KeyStores, s.Requested.KeyStoreID = stores, pathtest.KeyStoreID
}
