package check

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// keyStoreConnectionState fails in FAILED alone. CONNECTED passes and proves nothing: it
// stays when the path breaks later. DISCONNECTED is a decision of somebody, the switch
// that stops all use of the keys, and never a fault to mend.
var keyStoreConnectionState = Check{
	ID:      "key-store.connection-state",
	Title:   "The key store is not in a failed connection state",
	Fails:   "the connection state is FAILED; DISCONNECTED is reported, never a fault",
	Why:     "In FAILED every request for a key of the key store fails. FAILED comes from an attempt to connect that failed, never from a path that breaks under a CONNECTED key store, and it is left only by disconnecting and connecting anew.",
	Console: "AWS KMS console, Custom key stores, External key stores: choose the key store and read Connection status. Once what the error code means is mended: Key store actions, Disconnect; when the state is DISCONNECTED: Key store actions, Connect.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html#xks-connection-state",
	Needs:   []path.Part{path.KeyStorePart},
	Applies: ofKeyStore,
	Run: func(s path.Snapshot) []Finding {
		id := path.ARN(s.Subject.ID)
		if s.KeyStore == nil {
			return one(notApplicable(id, "there is no such key store: see key-store.exists"))
		}
		return one(judgeConnectionState(id, *s.KeyStore))
	},
}

func judgeConnectionState(id path.ARN, k path.KeyStore) Finding {
	const expected = "connection state CONNECTED"
	state := strings.ToUpper(k.ConnectionState)
	switch state {
	case "CONNECTED":
		return pass(id, expected, "CONNECTED, which does not prove that requests are answered")
	case "FAILED":
		seen := "FAILED, connection error code " + k.ConnectionErrorCode
		return fail(id, expected, seen, "state FAILED: "+k.ConnectionErrorCode)
	case "DISCONNECTED", "DISCONNECTING":
		return notApplicable(id, strings.ToLower(state)+": somebody's decision")
	case "CONNECTING":
		return undecided(id, expected, "CONNECTING, which takes about five minutes")
	}
	return unknown(id, expected, "connection state "+k.ConnectionState)
}
