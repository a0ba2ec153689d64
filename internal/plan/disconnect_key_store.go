package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Connection states of a custom key store.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
const (
	stateConnected     = "CONNECTED"
	stateConnecting    = "CONNECTING"
	stateFailed        = "FAILED"
	stateDisconnected  = "DISCONNECTED"
	stateDisconnecting = "DISCONNECTING"
)

// DisconnectKeyStore is the first half of a reconnect: FAILED is left only by Disconnect,
// wait, Connect. It loses Code, which therefore stands here.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#fix-xks-connection
type DisconnectKeyStore struct {
	KeyStore path.KeyStoreID `json:"keyStore"`
	Code     string          `json:"code"` // ConnectionErrorCode of the FAILED key store
}

// Kind returns KindDisconnectKeyStore.
func (a DisconnectKeyStore) Kind() Kind { return KindDisconnectKeyStore }

// Resource returns the key store's ID; AWS has no ARN for it.
func (a DisconnectKeyStore) Resource() path.ARN { return path.ARN(a.KeyStore) }

// Summary says what is disconnected and what for.
func (a DisconnectKeyStore) Summary() string {
	return fmt.Sprintf("disconnect key store %s (FAILED, %s), to connect it again", a.KeyStore, a.Code)
}

// Commands returns all of the reconnect: disconnect, wait until the state is DISCONNECTED,
// connect. A person who typed the first alone would leave a key store behind that looks as
// if it had been shut off on purpose, and Connect is refused before the wait is over.
func (a DisconnectKeyStore) Commands() [][]string {
	id := string(a.KeyStore)
	state := Shell([]string{"aws", "kms", "describe-custom-key-stores", "--custom-key-store-id", id}) +
		` --query "CustomKeyStores[].ConnectionState" --output text`
	return [][]string{
		{"aws", "kms", "disconnect-custom-key-store", "--custom-key-store-id", id},
		{"sh", "-c", "until " + state + " | grep -qx DISCONNECTED; do sleep 5; done"},
		{"aws", "kms", "connect-custom-key-store", "--custom-key-store-id", id},
	}
}

// Inverse returns none.
func (a DisconnectKeyStore) Inverse() (Action, string) {
	return nil, "no call leads back to FAILED; connecting is the next step of the repair"
}

// Precondition returns nil only for a key store that is FAILED with the same code, and
// ErrStale for every other: a key store that somebody else disconnected is not ours.
func (a DisconnectKeyStore) Precondition(now path.Snapshot) error {
	ks, err := keyStore(now, a.KeyStore)
	switch {
	case err != nil:
		return err
	case ks.ConnectionState != stateFailed:
		return fmt.Errorf("%w: key store %s is %s, not FAILED", ErrStale, a.KeyStore, ks.ConnectionState)
	case ks.ConnectionErrorCode != a.Code:
		return fmt.Errorf("%w: key store %s failed with %s, not %s", ErrStale, a.KeyStore, ks.ConnectionErrorCode, a.Code)
	}
	return nil
}

// keyStore returns the key store that now holds, or ErrStale where it is another.
func keyStore(now path.Snapshot, id path.KeyStoreID) (path.KeyStore, error) {
	if now.KeyStore == nil || now.KeyStore.ID != id {
		return path.KeyStore{}, fmt.Errorf("%w: key store %s is not there", ErrStale, id)
	}
	return *now.KeyStore, nil
}
