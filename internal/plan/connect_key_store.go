package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// ConnectKeyStore is the second half of a reconnect. Whether the key store may be
// connected at all, because this incident disconnected it, is for the incident to know.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
type ConnectKeyStore struct {
	KeyStore path.KeyStoreID `json:"keyStore"`
}

// Kind returns KindConnectKeyStore.
func (a ConnectKeyStore) Kind() Kind { return KindConnectKeyStore }

// Resource returns the key store's ID; AWS has no ARN for it.
func (a ConnectKeyStore) Resource() path.ARN { return path.ARN(a.KeyStore) }

// Summary says what is connected.
func (a ConnectKeyStore) Summary() string { return fmt.Sprintf("connect key store %s", a.KeyStore) }

// Commands returns the connect command.
func (a ConnectKeyStore) Commands() [][]string {
	return [][]string{{"aws", "kms", "connect-custom-key-store", "--custom-key-store-id", string(a.KeyStore)}}
}

// Inverse returns none.
func (a ConnectKeyStore) Inverse() (Action, string) {
	return nil, "disconnecting a connected key store makes every key in it unavailable"
}

// Precondition returns nil only for a DISCONNECTED key store, ErrNotYet for one that is
// DISCONNECTING, ErrAlreadyHolds for one that is connecting or connected, else ErrStale.
func (a ConnectKeyStore) Precondition(now path.Snapshot) error {
	ks, err := keyStore(now, a.KeyStore)
	if err != nil {
		return err
	}
	switch ks.ConnectionState {
	case stateDisconnected:
		return nil
	case stateDisconnecting:
		return fmt.Errorf("%w: key store %s is still DISCONNECTING", ErrNotYet, a.KeyStore)
	case stateConnecting, stateConnected:
		return ErrAlreadyHolds
	}
	return fmt.Errorf("%w: key store %s is %s, not DISCONNECTED", ErrStale, a.KeyStore, ks.ConnectionState)
}
