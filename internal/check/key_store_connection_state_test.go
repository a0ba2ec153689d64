package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestKeyStoreConnectionState(t *testing.T) {
	const longest = "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"
	judges(t, keyStoreConnectionState, map[string]row{
		"CONNECTED, which proves nothing":      {edit: pathtest.Unchanged, want: Pass, seen: "does not prove", subject: store},
		"connected in lower case":              {edit: pathtest.State("connected", ""), want: Pass},
		"FAILED with its code":                 {edit: pathtest.State("FAILED", "NETWORK_ERRORS"), want: Fail, seen: "NETWORK_ERRORS", headline: "state FAILED: NETWORK_ERRORS", subject: store},
		"FAILED with the longest code, whole":  {edit: pathtest.State("FAILED", longest), want: Fail, headline: longest},
		"DISCONNECTED is somebody's decision":  {edit: pathtest.State("DISCONNECTED", ""), want: NotApplicable, seen: "disconnected: somebody's decision"},
		"DISCONNECTING is somebody's decision": {edit: pathtest.State("DISCONNECTING", ""), want: NotApplicable, seen: "disconnecting: somebody's decision"},
		"CONNECTING takes time":                {edit: pathtest.State("CONNECTING", ""), want: Unknown, seen: "about five minutes"},
		"a state that AWS may add":             {edit: pathtest.State("PAUSED", ""), want: Unknown, seen: "PAUSED"},
		"a PUBLIC_ENDPOINT key store has one, too": {
			edit: pathtest.All(pathtest.PublicEndpoint, pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")), want: Fail,
		},
		"no such key store": {edit: pathtest.NoKeyStore, want: NotApplicable},
		"none exists yet":   {edit: pathtest.FailedCreate, want: NotApplicable},
	})
}
