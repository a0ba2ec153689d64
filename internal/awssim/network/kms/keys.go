package kms

import (
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// key returns the key that a key ID or ARN names.
func (a api) key(id string) (*network.Key, error) {
	if k := a.Keys[bare(id)]; k != nil && (bare(id) == id || id == a.KeyARN(k)) {
		return k, nil
	}
	arn := id
	if !strings.HasPrefix(id, "arn:") {
		arn = a.ARN("kms", "key/"+id)
	}
	return nil, fail("NotFoundException", "Key '%s' does not exist", arn)
}

// bare returns the key ID in an ARN.
func bare(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// keyResource is what IAM judges a call on a key on.
func (a api) keyResource(id string) []engine.Resource {
	if k := a.Keys[bare(id)]; k != nil {
		return []engine.Resource{{ARN: a.KeyARN(k), Tags: k.Tags}}
	}
	return []engine.Resource{{ARN: a.ARN("kms", "key/"+bare(id))}}
}

// about writes of which key, and in which key store, a call was.
func (a api) about(c *engine.Call, k *network.Key) {
	c.Trail.Resources = []engine.TrailResource{{Account: a.Account, Type: "AWS::KMS::Key", ARN: a.KeyARN(k)}}
	if ks := a.KeyStores[k.KeyStore]; ks != nil && ks.External {
		c.Trail.AdditionalEventData = map[string]any{"customKeyStoreId": ks.ID, "xksKeyId": k.XksKeyID}
	}
}

type metadata struct {
	KeyID                 string `json:"KeyId"`
	Arn                   string
	AWSAccountID          string `json:"AWSAccountId"`
	CreationDate          time.Time
	Description           string
	Enabled               bool
	KeyState              string
	KeyUsage              string
	KeyManager            string
	KeySpec               string
	CustomerMasterKeySpec string
	EncryptionAlgorithms  []string
	Origin                string
	MultiRegion           bool
	CustomKeyStoreID      string `json:"CustomKeyStoreId"`
	CloudHSMClusterID     string `json:"CloudHsmClusterId"`
	XksKeyConfiguration   *xksKey
}

type xksKey struct {
	ID string `json:"Id"`
}

type keyOutput struct{ KeyMetadata metadata }

func (a api) metadata(k *network.Key) metadata {
	m := metadata{
		KeyID: k.ID, Arn: a.KeyARN(k), AWSAccountID: a.Account, CreationDate: k.Created, Description: k.Description,
		Enabled: k.Enabled && !k.Deleting, KeyState: a.keyState(k), KeyUsage: "ENCRYPT_DECRYPT", KeyManager: "CUSTOMER",
		KeySpec: "SYMMETRIC_DEFAULT", CustomerMasterKeySpec: "SYMMETRIC_DEFAULT", EncryptionAlgorithms: []string{"SYMMETRIC_DEFAULT"},
		Origin: "AWS_KMS", CustomKeyStoreID: k.KeyStore,
	}
	if ks := a.KeyStores[k.KeyStore]; ks != nil {
		m.Origin, m.CloudHSMClusterID = "AWS_CLOUDHSM", ks.Cluster
		if ks.External {
			m.Origin, m.XksKeyConfiguration = "EXTERNAL_KEY_STORE", &xksKey{k.XksKeyID}
		}
	}
	return m
}

// keyState returns a key's state. In a key store that is not connected it is Unavailable,
// unless pending deletion.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (a api) keyState(k *network.Key) string {
	ks := a.KeyStores[k.KeyStore]
	switch {
	case k.Deleting:
		return "PendingDeletion"
	case ks != nil && ks.State != network.Connected:
		return "Unavailable"
	case !k.Enabled:
		return "Disabled"
	}
	return "Enabled"
}

type createKeyInput struct {
	CustomKeyStoreID               string `json:"CustomKeyStoreId"`
	XksKeyID                       string `json:"XksKeyId"`
	Origin                         string
	Description                    string
	KeySpec                        string
	KeyUsage                       string
	CustomerMasterKeySpec          string
	Policy                         string
	BypassPolicyLockoutSafetyCheck bool
	MultiRegion                    bool
	Tags                           []struct{ TagKey, TagValue string }
}

// createKey creates a key, in an external key store by asking the proxy about the external
// key.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
func (a api) createKey(c *engine.Call, in createKeyInput) (any, error) {
	c.Trail.RequestParameters = in.trail()
	if in.CustomKeyStoreID != "" {
		if err := a.checkCreateKey(in); err != nil {
			return nil, err
		}
	}
	k := a.AddKey(in.CustomKeyStoreID, in.XksKeyID)
	k.Description, k.Created = in.Description, c.Time
	for _, t := range in.Tags {
		k.Tags[t.TagKey] = t.TagValue
	}
	a.about(c, k)
	c.Trail.ResponseElements = map[string]any{"keyMetadata": map[string]any{"keyId": k.ID, "arn": a.KeyARN(k)}}
	return &keyOutput{a.metadata(k)}, nil
}

func (a api) checkCreateKey(in createKeyInput) error {
	ks, err := a.store(in.CustomKeyStoreID)
	switch {
	case err != nil:
		return err
	case ks.State != network.Connected:
		return wrongState(ks)
	case !ks.External:
		return nil
	case in.MultiRegion || in.KeySpec != "" && in.KeySpec != "SYMMETRIC_DEFAULT":
		return fail("UnsupportedOperationException", "External key stores support only single-Region symmetric encryption keys.")
	case in.XksKeyID == "":
		return invalid("xksKeyId", "")
	}
	for _, k := range a.KeysIn(ks) {
		if k.XksKeyID == in.XksKeyID {
			return fail("XksKeyAlreadyInUseException", "The external key %s is already associated with a KMS key in this external key store.", in.XksKeyID)
		}
	}
	return a.Contact(ks)
}

func (in createKeyInput) trail() map[string]any {
	record := map[string]any{}
	for name, value := range map[string]string{
		"customKeyStoreId": in.CustomKeyStoreID, "xksKeyId": in.XksKeyID, "origin": in.Origin, "description": in.Description,
		"keySpec": in.KeySpec, "keyUsage": in.KeyUsage,
	} {
		if value != "" {
			record[name] = value
		}
	}
	return record
}

type keyInput struct {
	KeyID       string `json:"KeyId"`
	GrantTokens []string
}

func (a api) describedKey(in keyInput) []engine.Resource { return a.keyResource(in.KeyID) }

func (a api) describeKey(c *engine.Call, in keyInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"keyId": in.KeyID}
	k, err := a.key(in.KeyID)
	if err != nil {
		return nil, err
	}
	a.about(c, k)
	return &keyOutput{a.metadata(k)}, nil
}

type switchInput struct {
	KeyID string `json:"KeyId"`
}

func (a api) switchedKey(in switchInput) []engine.Resource { return a.keyResource(in.KeyID) }

func (a api) enableKey(c *engine.Call, in switchInput) (any, error) { return a.turn(c, in, true) }

func (a api) disableKey(c *engine.Call, in switchInput) (any, error) { return a.turn(c, in, false) }

func (a api) turn(c *engine.Call, in switchInput, on bool) (any, error) {
	c.Trail.RequestParameters = map[string]any{"keyId": in.KeyID}
	k, err := a.key(in.KeyID)
	if err != nil {
		return nil, err
	}
	a.about(c, k)
	k.Enabled = on
	return nil, nil
}

type listKeysInput struct {
	Limit  *int
	Marker string
}

type listKeysOutput struct {
	Keys       []listedKey
	Truncated  bool
	NextMarker string
}

type listedKey struct {
	KeyID  string `json:"KeyId"`
	KeyArn string
}

func (a api) listKeys(_ *engine.Call, in listKeysInput) (any, error) {
	keys, next, ok := serve.Page(network.Sorted(a.Keys), in.Marker, value(in.Limit), a.PageSize)
	if !ok {
		return nil, fail("InvalidMarkerException", "The marker is invalid.")
	}
	out := listKeysOutput{Keys: []listedKey{}, Truncated: next != "", NextMarker: next}
	for _, k := range keys {
		out.Keys = append(out.Keys, listedKey{k.ID, a.KeyARN(k)})
	}
	return &out, nil
}
