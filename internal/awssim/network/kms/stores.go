package kms

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// storeQuota is how many custom key stores an account has in a Region.
// https://docs.aws.amazon.com/kms/latest/developerguide/keystore-external.html
const storeQuota = 10

type createStoreInput struct {
	proxySettings
	CustomKeyStoreName     string
	CustomKeyStoreType     string
	CloudHSMClusterID      string `json:"CloudHsmClusterId"`
	KeyStorePassword       string
	TrustAnchorCertificate string
}

type createStoreOutput struct {
	CustomKeyStoreID string `json:"CustomKeyStoreId"`
}

func (a api) createStore(c *engine.Call, in createStoreInput) (any, error) {
	c.Trail.RequestParameters = in.trail()
	if in.CustomKeyStoreName == "" {
		return nil, invalid("customKeyStoreName", "")
	}
	if len(a.KeyStores) >= storeQuota {
		return nil, fail("LimitExceededException", "The request was rejected because a quota was exceeded: custom key stores.")
	}
	if err := a.nameFree(in.CustomKeyStoreName, ""); err != nil {
		return nil, err
	}
	ks := network.KeyStore{Name: in.CustomKeyStoreName, State: network.Disconnected, Created: c.Time}
	if in.CustomKeyStoreType == "EXTERNAL_KEY_STORE" {
		ks.External = true
		if in.Credential == nil {
			return nil, invalid("xksProxyAuthenticationCredential", "")
		}
		var err error
		if ks, err = in.apply(ks); err != nil {
			return nil, err
		}
		if err := a.judge(&ks, true); err != nil {
			return nil, err
		}
		if s := a.ServiceNamed(ks.ServiceName); s != nil && ks.ServiceOwner == "" {
			ks.ServiceOwner = s.Owner
		}
	} else {
		ks.Cluster, ks.Anchor = in.CloudHSMClusterID, in.TrustAnchorCertificate
	}
	ks.ID = a.NewID("cks")
	a.KeyStores[ks.ID] = &ks
	c.Trail.ResponseElements = map[string]any{"customKeyStoreId": ks.ID}
	return &createStoreOutput{ks.ID}, nil
}

func (in createStoreInput) trail() map[string]any {
	record := map[string]any{"customKeyStoreName": in.CustomKeyStoreName}
	for name, value := range map[string]string{"customKeyStoreType": in.CustomKeyStoreType, "clusterId": in.CloudHSMClusterID} {
		if value != "" {
			record[name] = value
		}
	}
	if in.KeyStorePassword != "" {
		record["keyStorePassword"] = hidden
	}
	in.trailed(record)
	return record
}

func (a api) nameFree(name, except string) error {
	for _, ks := range a.KeyStores {
		if ks.Name == name && ks.ID != except {
			return fail("CustomKeyStoreNameInUseException", "The custom key store name %s is already in use.", name)
		}
	}
	return nil
}

type updateStoreInput struct {
	proxySettings
	CustomKeyStoreID      string `json:"CustomKeyStoreId"`
	NewCustomKeyStoreName string
	KeyStorePassword      string
	CloudHSMClusterID     string `json:"CloudHsmClusterId"`
}

// updateStore changes a key store: name, credential and path in any state, all else only
// while DISCONNECTED.
// https://docs.aws.amazon.com/kms/latest/developerguide/update-xks-keystore.html
func (a api) updateStore(c *engine.Call, in updateStoreInput) (any, error) {
	c.Trail.RequestParameters = in.trail()
	ks, err := a.store(in.CustomKeyStoreID)
	if err != nil {
		return nil, err
	}
	c.Trail.AdditionalEventData = map[string]any{"customKeyStoreName": ks.Name}
	moved := in.Connectivity+in.URIEndpoint+in.ServiceName+in.ServiceOwner != ""
	if moved && ks.State != network.Disconnected {
		return nil, wrongState(ks)
	}
	next := *ks
	if ks.External && (moved || in.URIPath != "" || in.Credential != nil) {
		if next, err = in.apply(next); err != nil {
			return nil, err
		}
		if err := a.judge(&next, ks.State == network.Disconnected || ks.State == network.Connected); err != nil {
			return nil, err
		}
	}
	if in.NewCustomKeyStoreName != "" {
		if err := a.nameFree(in.NewCustomKeyStoreName, ks.ID); err != nil {
			return nil, err
		}
		next.Name = in.NewCustomKeyStoreName
	}
	*ks = next
	return nil, nil
}

func (in updateStoreInput) trail() map[string]any {
	record := map[string]any{"customKeyStoreId": in.CustomKeyStoreID}
	for name, value := range map[string]string{"newCustomKeyStoreName": in.NewCustomKeyStoreName, "clusterId": in.CloudHSMClusterID} {
		if value != "" {
			record[name] = value
		}
	}
	if in.KeyStorePassword != "" {
		record["keyStorePassword"] = hidden
	}
	in.trailed(record)
	return record
}

func wrongState(ks *network.KeyStore) error {
	return fail("CustomKeyStoreInvalidStateException", "The request was rejected because the custom key store %s is in the %s state.", ks.ID, ks.State)
}

type storeInput struct {
	CustomKeyStoreID string `json:"CustomKeyStoreId"`
}

// named begins a call on one key store.
func (a api) named(c *engine.Call, in storeInput) (*network.KeyStore, error) {
	c.Trail.RequestParameters = map[string]any{"customKeyStoreId": in.CustomKeyStoreID}
	ks, err := a.store(in.CustomKeyStoreID)
	if err == nil {
		c.Trail.AdditionalEventData = map[string]any{"customKeyStoreName": ks.Name}
		if ks.Cluster != "" {
			c.Trail.AdditionalEventData["clusterId"] = ks.Cluster
		}
	}
	return ks, err
}

func (a api) deleteStore(c *engine.Call, in storeInput) (any, error) {
	ks, err := a.named(c, in)
	if err != nil {
		return nil, err
	}
	if ks.State != network.Disconnected {
		return nil, wrongState(ks)
	}
	if len(a.KeysIn(ks)) > 0 {
		return nil, fail("CustomKeyStoreHasCMKsException", "The custom key store %s contains KMS keys.", ks.ID)
	}
	delete(a.KeyStores, ks.ID)
	return nil, nil
}

// connectStore begins to connect; a key store that is connected or connecting already stays
// as it is.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
func (a api) connectStore(c *engine.Call, in storeInput) (any, error) {
	ks, err := a.named(c, in)
	switch {
	case err != nil:
		return nil, err
	case ks.State == network.Disconnecting || ks.State == network.Failed:
		return nil, wrongState(ks)
	case ks.State == network.Disconnected:
		a.Connect(ks)
	}
	return nil, nil
}

func (a api) disconnectStore(c *engine.Call, in storeInput) (any, error) {
	ks, err := a.named(c, in)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{network.Connected, network.Connecting, network.Failed}, ks.State) {
		return nil, wrongState(ks)
	}
	a.Disconnect(ks)
	return nil, nil
}
