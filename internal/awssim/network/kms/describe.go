package kms

import (
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type describeStoresInput struct {
	CustomKeyStoreID   string `json:"CustomKeyStoreId"`
	CustomKeyStoreName string
	Limit              *int
	Marker             string
}

type describeStoresOutput struct {
	CustomKeyStores []storeEntry
	Truncated       bool
	NextMarker      string
}

type storeEntry struct {
	CustomKeyStoreID       string `json:"CustomKeyStoreId"`
	CustomKeyStoreName     string
	CustomKeyStoreType     string
	ConnectionState        string
	ConnectionErrorCode    string
	CreationDate           time.Time
	CloudHSMClusterID      string `json:"CloudHsmClusterId"`
	TrustAnchorCertificate string
	XksProxyConfiguration  *proxyConfiguration
}

type proxyConfiguration struct {
	Connectivity            string
	AccessKeyID             string `json:"AccessKeyId"`
	URIEndpoint             string `json:"UriEndpoint"`
	URIPath                 string `json:"UriPath"`
	VpcEndpointServiceName  string
	VpcEndpointServiceOwner string
}

// describeStores shows key stores in the state that reads know of.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
func (a api) describeStores(c *engine.Call, in describeStoresInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{}
	if in.CustomKeyStoreID != "" {
		c.Trail.RequestParameters["customKeyStoreId"] = in.CustomKeyStoreID
	}
	if in.CustomKeyStoreID != "" && in.CustomKeyStoreName != "" {
		return nil, fail("ValidationException", "CustomKeyStoreId and CustomKeyStoreName exclude each other.")
	}
	if in.Limit != nil && (*in.Limit < 1 || *in.Limit > 1000) {
		return nil, fail("ValidationException", "1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and 1000", *in.Limit)
	}
	stores := slices.DeleteFunc(network.Sorted(a.KeyStores), func(ks *network.KeyStore) bool {
		return in.CustomKeyStoreID != "" && ks.ID != in.CustomKeyStoreID || in.CustomKeyStoreName != "" && ks.Name != in.CustomKeyStoreName
	})
	if len(stores) == 0 && in.CustomKeyStoreID+in.CustomKeyStoreName != "" {
		return nil, fail("CustomKeyStoreNotFoundException", "The custom key store %s does not exist in this account and Region.", in.CustomKeyStoreID+in.CustomKeyStoreName)
	}
	stores, next, ok := serve.Page(stores, in.Marker, value(in.Limit), a.PageSize)
	if !ok {
		return nil, fail("InvalidMarkerException", "The marker is invalid.")
	}
	out := describeStoresOutput{CustomKeyStores: []storeEntry{}, Truncated: next != "", NextMarker: next}
	for _, ks := range stores {
		out.CustomKeyStores = append(out.CustomKeyStores, a.entry(ks))
	}
	return &out, nil
}

func (a api) entry(ks *network.KeyStore) storeEntry {
	e := storeEntry{
		CustomKeyStoreID: ks.ID, CustomKeyStoreName: ks.Name, CustomKeyStoreType: "AWS_CLOUDHSM",
		CreationDate: ks.Created, CloudHSMClusterID: ks.Cluster, TrustAnchorCertificate: ks.Anchor,
	}
	e.ConnectionState, e.ConnectionErrorCode = a.Seen(ks)
	if ks.External {
		e.CustomKeyStoreType = "EXTERNAL_KEY_STORE"
		e.XksProxyConfiguration = &proxyConfiguration{
			Connectivity: ks.Connectivity, AccessKeyID: ks.AccessKeyID, URIEndpoint: ks.URIEndpoint, URIPath: ks.URIPath,
			VpcEndpointServiceName: ks.ServiceName, VpcEndpointServiceOwner: ks.ServiceOwner,
		}
	}
	return e
}

func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
