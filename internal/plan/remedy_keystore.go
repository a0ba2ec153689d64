package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func (m maker) missingKeyStore(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "correct the key store ID, or create the key store: none with this ID exists in the account and Region",
			[]string{"aws", "kms", "describe-custom-key-stores", "--query", "CustomKeyStores[].[CustomKeyStoreId,CustomKeyStoreName]"})
	})
}

// otherName makes the key store ask for the name that the service has.
func (m maker) otherName(found []check.Finding) []Step {
	uri := "https://<private-dns-name>"
	if m.Service != nil && m.Service.PrivateDnsName != "" {
		uri = "https://" + m.Service.PrivateDnsName
	}
	return each(found, func(f check.Finding) Step {
		if m.KeyStore == nil {
			return instruct(f.Subject, "repeat the call with XksProxyUriEndpoint "+uri)
		}
		return instruct(f.Subject, "set the key store's URI endpoint to the endpoint service's private DNS name. The key store must be DISCONNECTED for the update, and its keys are unavailable until it is connected again",
			append(m.untilVerified(), m.updated(updateEndpoint(m.KeyStore.ID, uri))...)...)
	})
}

// untilVerified returns the command that waits until the private DNS name is verified, where
// it is not: KMS refuses a URI endpoint whose domain is not.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func (m maker) untilVerified() [][]string {
	if m.Service == nil || !m.Service.Owned || strings.EqualFold(m.Service.PrivateDnsState, "verified") {
		return nil
	}
	look := Shell([]string{"aws", "ec2", "describe-vpc-endpoint-service-configurations", "--service-ids", string(m.Service.ID)})
	return [][]string{{"sh", "-c", "until " + look + ` --query "ServiceConfigurations[].PrivateDnsNameConfiguration.State" --output text | grep -qx verified; do sleep 15; done`}}
}

// updateEndpoint returns the command that changes a URI endpoint. It is given as JSON, since
// version 1 of the AWS CLI fetches an option's value that begins with https:// and sends what
// it got.
// https://docs.aws.amazon.com/cli/v1/userguide/cli-usage-parameters-file.html
func updateEndpoint(id path.KeyStoreID, uri string) []string {
	input, err := json.Marshal(struct{ CustomKeyStoreId, XksProxyUriEndpoint string }{string(id), uri})
	if err != nil {
		panic("marshalling two strings failed: " + err.Error())
	}
	return []string{"aws", "kms", "update-custom-key-store", "--cli-input-json", string(input)}
}

// update returns the commands that change a property and connect the key store anew.
func (m maker) update(option, value string) [][]string {
	return m.updated([]string{"aws", "kms", "update-custom-key-store", "--custom-key-store-id", string(m.id()), option, value})
}

// updated returns a change between the disconnect and the connect that it needs: most
// properties are changed while the key store is DISCONNECTED only, and FAILED is left no
// other way.
// https://docs.aws.amazon.com/kms/latest/developerguide/update-xks-keystore.html
func (m maker) updated(change []string) [][]string {
	reconnect := DisconnectKeyStore{KeyStore: m.id()}.Commands()
	return slices.Insert(reconnect, len(reconnect)-1, change)
}

// id is the key store's, or what stands for it.
func (m maker) id() path.KeyStoreID {
	if m.KeyStore != nil {
		return m.KeyStore.ID
	}
	return "<key-store-id>"
}

// reconnectable are the connection error codes that a new attempt can help against.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#xks-connection-error-codes
func reconnectable(code string) bool {
	switch code {
	case "INTERNAL_ERROR", "NETWORK_ERRORS", "XKS_PROXY_NOT_REACHABLE", "XKS_PROXY_TIMED_OUT",
		"XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION", "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND":
		return true
	}
	return false
}

// connection says what to do about the connection itself: first what the code asks for,
// then the reconnect that is due.
func (m maker) connection(found []check.Finding) []Step {
	ks, due := m.KeyStore, m.policy.Reconnect
	if ks == nil || !ks.External {
		return nil
	}
	var steps []Step
	switch {
	case len(found) == 0:
	case ks.ConnectionState == stateConnecting:
		steps = append(steps, instruct(path.ARN(ks.ID),
			"give KMS more time, or disconnect the key store and connect it again: connecting takes about five minutes",
			DisconnectKeyStore{KeyStore: ks.ID}.Commands()...))
	case ks.ConnectionState == stateFailed && !reconnectable(ks.ConnectionErrorCode):
		steps = append(steps, m.byCode(*ks))
	}
	switch {
	case due == nil:
	case due.Disconnected && ks.ConnectionState == stateDisconnected:
		steps = append(steps, m.reconnect(ConnectKeyStore{ks.ID}, ""))
	case !due.Disconnected && ks.ConnectionState == stateFailed && due.Code == ks.ConnectionErrorCode:
		steps = append(steps, m.reconnect(DisconnectKeyStore{KeyStore: ks.ID, Code: due.Code}, m.noHelp()))
	}
	return steps
}

// noHelp returns why disconnecting the FAILED key store would not help, or "".
func (m maker) noHelp() string {
	switch due := m.policy.Reconnect; {
	case !reconnectable(due.Code):
		return fmt.Sprintf("a new attempt alone does not help against %s", due.Code)
	case due.BlindToday && !due.CauseFound:
		return "no cause was found, and a reconnect without one was tried within the last day"
	}
	return ""
}

// reconnect returns an automatic step unless one of the safety rules forbids it.
func (m maker) reconnect(a Action, why string) Step {
	held := ""
	if m.policy.Reconnect.Held {
		held = "somebody else connected, disconnected or updated the key store since it failed"
	}
	if why := join(held, unjudged(m.policy.Reconnect.Unjudged), why, m.optedOut(a)); why != "" {
		return Step{Class: Manual, Why: why, Action: a}
	}
	return Step{Class: Automatic, Action: a}
}

func unjudged(checks []check.ID) string {
	names := make([]string, len(checks))
	for i, id := range checks {
		names[i] = string(id)
	}
	if len(names) == 0 {
		return ""
	}
	return "what a new connection needs was not judged whole: " + strings.Join(names, ", ")
}

// byCode returns what a person does about a code that no new attempt alone helps against, up
// to the new attempt: FAILED is left no other way.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#fix-xks-connection
func (m maker) byCode(ks path.KeyStore) Step {
	const anew = ", then disconnect the key store and connect it again"
	on, reconnect := path.ARN(ks.ID), DisconnectKeyStore{KeyStore: ks.ID}.Commands()
	switch ks.ConnectionErrorCode {
	case "INVALID_CREDENTIALS":
		return instruct(on, "give KMS the credential that the proxy expects, both parts of it, and connect the key store anew",
			m.update("--xks-proxy-authentication-credential", "AccessKeyId=<access-key-id>,RawSecretAccessKey=<secret>")...)
	case "XKS_PROXY_INVALID_CONFIGURATION":
		return instruct(on, "correct the URI path to the one that the proxy serves (now "+ks.UriPath+"), and connect the key store anew",
			m.update("--xks-proxy-uri-path", "<prefix>/kms/xks/v1")...)
	case "XKS_PROXY_ACCESS_DENIED":
		return instruct(on, "let KMS in at the proxy, whose own authorization refuses the request"+anew, reconnect...)
	case "XKS_PROXY_INVALID_RESPONSE":
		return instruct(on, "look at what answers on port 443 of the proxy, since KMS cannot read its answer, correct it"+anew, reconnect...)
	case "XKS_PROXY_INVALID_TLS_CONFIGURATION":
		return instruct(on, "correct the proxy's TLS (version 1.2 or 1.3, and a certificate of a trusted public CA with its chain, in date, whose common name is "+m.privateName()+")"+anew, reconnect...)
	}
	return instruct(on, fmt.Sprintf("see what KMS's documentation says of connection error code %s: https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#xks-connection-error-codes", ks.ConnectionErrorCode))
}

// disconnects says whether a step's commands disconnect the key store.
func disconnects(s Step) bool {
	if k := s.Action.Kind(); k != KindInstruct && !k.Connection() {
		return false // a step for each of many groups need not be worded for this
	}
	return slices.ContainsFunc(s.Action.Commands(), func(args []string) bool { return slices.Contains(args, "disconnect-custom-key-store") })
}
