package plan

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// behindProxy says what a person does about what KMS itself says of the proxy, where nothing
// on the path explains it: nothing that the product can see is to blame.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func (m maker) behindProxy([]check.Finding) []Step {
	if m.KeyStore == nil || !m.KeyStore.External || m.KeyStore.ConnectionState == stateDisconnected {
		return nil
	}
	for _, said := range messageRemedies() {
		if slices.Contains(m.policy.Said, said.message) {
			return []Step{instruct(path.ARN(m.KeyStore.ID), said.text, said.commands(m)...)}
		}
	}
	return nil
}

// A messageRemedy is what a person does about one message of KMS.
type messageRemedy struct {
	message  string // row of the message table of package symptom
	text     string
	commands func(maker) [][]string
}

const orDisconnected = " Where KMS refuses the update while the key store is CONNECTED, disconnect it first: its keys are unavailable until it is connected again"

// messageRemedies are in order: what says most of the cause comes first.
func messageRemedies() []messageRemedy {
	none := func(maker) [][]string { return nil }
	set := func(option, value string) func(maker) [][]string {
		return func(m maker) [][]string {
			return [][]string{{"aws", "kms", "update-custom-key-store", "--custom-key-store-id", string(m.id()), option, value}}
		}
	}
	return []messageRemedy{
		{"M5", "give KMS the credential that the proxy expects, both parts of it: the proxy refuses the one that the key store has." + orDisconnected,
			set("--xks-proxy-authentication-credential", "AccessKeyId=<access-key-id>,RawSecretAccessKey=<secret>")},
		{"M6", "correct the key store's URI path to the one that the proxy serves." + orDisconnected,
			set("--xks-proxy-uri-path", "<prefix>/kms/xks/v1")},
		{"M14", "restore the external key in the external key manager, or correct the KMS key's external key ID: the proxy does not find it", none},
		{"M10", "have the administrator of the proxy add the operation, which its software does not support", none},
		{"M11", "have the administrator of the proxy authorize KMS, the user and the external key: the proxy's own authorization refuses the operation", none},
		{"M12", "have the administrator of the external key manager look at it: the proxy answers and cannot communicate with it", none},
		{"M8", "have the administrator of the proxy look at its health and at the external key manager's: the proxy says that it is unhealthy", none},
		{"M7", "correct the proxy's TLS: version 1.2 or 1.3, and a certificate of a trusted public CA with its chain, in date, whose common name is the key store's private DNS name", none},
		{"M9", "look at what answers on port 443 of the proxy, since KMS cannot read its answer", none},
		{"M13", "reduce the rate of requests, or have the administrator of the proxy raise what it takes: it refuses a very high rate", none},
		{"M4", "have the administrator of the external key manager look at its latency: the proxy waits for it too long", none},
		{"M3", "have the administrator of the proxy look at its load and at the network's latency: KMS waits 250 ms for an answer", none},
	}
}
