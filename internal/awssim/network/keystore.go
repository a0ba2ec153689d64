package network

import (
	"strings"
	"time"
)

// The states of a key store's connection.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
const (
	Connected     = "CONNECTED"
	Connecting    = "CONNECTING"
	Failed        = "FAILED"
	Disconnected  = "DISCONNECTED"
	Disconnecting = "DISCONNECTING"
)

// A KeyStore is a custom key store. Its state changes through World.SetState, since reads
// learn of it later than KMS itself.
type KeyStore struct {
	ID           string
	Name         string
	External     bool   // EXTERNAL_KEY_STORE; else AWS_CLOUDHSM
	State        string // the truth; DescribeCustomKeyStores shows Seen
	ErrorCode    string // in FAILED only
	Created      time.Time
	Cluster      string // of a CloudHSM key store
	Anchor       string // its trust anchor certificate
	Connectivity string // PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE
	AccessKeyID  string
	URIEndpoint  string // https://name
	URIPath      string
	ServiceName  string
	ServiceOwner string
	Endpoint     string // ID of KMS's interface endpoint while there is one

	attempt  int // of connecting or disconnecting; a newer one makes an older one's end void
	refused  string
	requests int
	before   []seen
}

// seen is a state that was true until some time.
type seen struct {
	state, code string
	until       time.Time
}

// SetState changes a key store's state; an error code is kept in FAILED only.
func (w *World) SetState(ks *KeyStore, state, code string) {
	ks.before = append(ks.before, seen{ks.State, ks.ErrorCode, w.Clock.Now()})
	ks.State, ks.ErrorCode = state, ""
	if state == Failed {
		ks.ErrorCode = code
	}
}

// SettleKeyStore makes reads show a key store's true state at once.
func (w *World) SettleKeyStore(ks *KeyStore) { ks.before = nil }

// Seen returns the state and error code that reads show: what was true Timing.KeyStore ago.
// https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
func (w *World) Seen(ks *KeyStore) (state, code string) {
	horizon := w.Clock.Now().Add(-w.Timing.KeyStore)
	for _, s := range ks.before {
		if s.until.After(horizon) {
			return s.state, s.code
		}
	}
	return ks.State, ks.ErrorCode
}

// A Key is a KMS key.
type Key struct {
	ID          string
	KeyStore    string // ID; empty: an ordinary key
	XksKeyID    string
	Enabled     bool
	Deleting    bool // pending deletion
	Denied      bool // its key policy refuses everybody: AccessDeniedException
	Description string
	Created     time.Time
	Tags        map[string]string
}

// KeyARN returns a key's ARN.
func (w *World) KeyARN(k *Key) string { return w.ARN("kms", "key/"+k.ID) }

// AddKeyStore adds an external key store on an endpoint service, DISCONNECTED.
func (w *World) AddKeyStore(name string, s *EndpointService) *KeyStore {
	ks := &KeyStore{
		ID: w.NewID("cks"), Name: name, External: true, State: Disconnected, Created: w.Clock.Now(),
		Connectivity: "VPC_ENDPOINT_SERVICE", AccessKeyID: "AKIAXKSPROXYEXAMPLE222", URIPath: "/kms/xks/v1",
		ServiceName: s.Name, ServiceOwner: s.Owner,
	}
	if s.PrivateDNS != nil {
		ks.URIEndpoint = "https://" + s.PrivateDNS.Name
	}
	w.KeyStores[ks.ID] = ks
	return ks
}

// AddPublicKeyStore adds an external key store on a public proxy, CONNECTED.
func (w *World) AddPublicKeyStore(name, endpoint string) *KeyStore {
	ks := &KeyStore{
		ID: w.NewID("cks"), Name: name, External: true, State: Connected, Created: w.Clock.Now(),
		Connectivity: "PUBLIC_ENDPOINT", AccessKeyID: "AKIAXKSPROXYEXAMPLE333", URIEndpoint: endpoint, URIPath: "/kms/xks/v1",
	}
	w.KeyStores[ks.ID] = ks
	if w.PublicProxies[endpoint] == nil {
		w.PublicProxies[endpoint] = &Proxy{Ports: []int{443}}
	}
	return ks
}

// AddCloudHSMKeyStore adds a CloudHSM key store, CONNECTED.
func (w *World) AddCloudHSMKeyStore(name string) *KeyStore {
	ks := &KeyStore{
		ID: w.NewID("cks"), Name: name, State: Connected, Created: w.Clock.Now(),
		Cluster: "cluster-" + base32(w.hex("cluster", 11)), Anchor: "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----",
	}
	w.KeyStores[ks.ID] = ks
	return ks
}

// base32 spells a hexadecimal ID in the letters and digits 2 to 7 that CloudHSM's cluster IDs
// have. https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html
func base32(id string) string {
	return strings.NewReplacer("0", "g", "1", "h", "8", "i", "9", "j").Replace(id)
}

// AddKey adds an enabled key, in a key store where one is given.
func (w *World) AddKey(keyStore, xksKeyID string) *Key {
	k := &Key{ID: w.NewUUID("key"), KeyStore: keyStore, XksKeyID: xksKeyID, Enabled: true, Created: w.Clock.Now(), Tags: map[string]string{}}
	w.Keys[k.ID] = k
	return k
}

// KeysIn returns the keys of a key store.
func (w *World) KeysIn(ks *KeyStore) []*Key {
	var in []*Key
	for _, k := range Sorted(w.Keys) {
		if k.KeyStore == ks.ID {
			in = append(in, k)
		}
	}
	return in
}
