package network

import (
	"cmp"
	"slices"
)

// An Answer is how an external key store proxy answers AWS KMS.
type Answer string

// The answers of a proxy. All but the last three also fail GetHealthStatus, by which KMS
// judges a proxy when it connects.
const (
	OK                Answer = ""                   // as it should
	RefusesCredential Answer = "refuses-credential" // SigV4 authentication fails
	WrongPath         Answer = "wrong-path"         // the URI path is unknown to it
	BadTLS            Answer = "bad-tls"            // expired, misnamed or untrusted certificate
	Unhealthy         Answer = "unhealthy"          // all its key managers are unavailable
	InvalidResponse   Answer = "invalid-response"   // something that KMS cannot read
	SlowLink          Answer = "slow-link"          // the network takes over 250 ms
	Slow              Answer = "slow"               // the proxy takes over 250 ms
	SlowKeyManager    Answer = "slow-key-manager"   // the key manager behind it does
	Denies            Answer = "denies"             // its own authorization refuses
	NoKeyManager      Answer = "no-key-manager"     // it cannot talk to the key manager
	Throttles         Answer = "throttles"          // too many requests
	Unsupported       Answer = "unsupported"        // it does not know the cryptographic operation
	KeyNotFound       Answer = "key-not-found"      // the external key is gone
	KeyDisabled       Answer = "key-disabled"       // the external key is disabled in the key manager
)

// A Proxy is what listens at an address.
type Proxy struct {
	Ports  []int // it listens there; none: the process is down
	Answer Answer
	Face   Face
	// KeyID and Path are what it accepts; empty is anything. They let a wrong credential or
	// path be mended with UpdateCustomKeyStore.
	KeyID, Path string
	// HealthSaysNo fails HTTP and HTTPS health checks though the port is open.
	HealthSaysNo bool
}

// Listens reports whether anything listens on port.
func (p *Proxy) Listens(port int) bool { return p != nil && slices.Contains(p.Ports, port) }

// ask returns how the proxy answers a request signed with a credential, sent to a path.
func (p *Proxy) ask(keyID, path string) Answer {
	switch {
	case p.Face.refuses() != OK:
		return p.Face.refuses()
	case p.Answer != OK:
		return p.Answer
	case p.KeyID != "" && p.KeyID != keyID:
		return RefusesCredential
	case p.Path != "" && p.Path != path:
		return WrongPath
	}
	return OK
}

// A refusal is what an answer becomes in KMS.
type refusal struct {
	text    string // of KMSInvalidStateException, or of CreateKey's CustomKeyStoreInvalidStateException
	connect string // ConnectionErrorCode; empty where GetHealthStatus does not notice
	update  string // exception of CreateCustomKeyStore and UpdateCustomKeyStore
	key     string // exception of CreateKey; CustomKeyStoreInvalidStateException where empty
}

// unreachable is what becomes of a request that no proxy answers.
var unreachable = refusal{
	"AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct in your external key store.",
	"XKS_PROXY_NOT_REACHABLE", "XksProxyUriUnreachableException", "",
}

// refusals holds KMS's own words.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
var refusals = map[Answer]refusal{
	RefusesCredential: {
		"The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary.",
		"INVALID_CREDENTIALS", "XksProxyIncorrectAuthenticationCredentialException", "",
	},
	WrongPath: {
		"The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.",
		"XKS_PROXY_INVALID_CONFIGURATION", "XksProxyInvalidConfigurationException", "",
	},
	BadTLS: {
		"AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.",
		"XKS_PROXY_INVALID_TLS_CONFIGURATION", "XksProxyInvalidConfigurationException", "",
	},
	Unhealthy: {
		"The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.",
		"XKS_PROXY_NOT_REACHABLE", "XksProxyUriUnreachableException", "",
	},
	InvalidResponse: {
		"AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, consult your external key store proxy administrator.",
		"XKS_PROXY_INVALID_RESPONSE", "XksProxyInvalidResponseException", "",
	},
	SlowLink: {
		"AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.",
		"XKS_PROXY_TIMED_OUT", "XksProxyUriUnreachableException", "",
	},
	Slow: {
		"AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		"XKS_PROXY_TIMED_OUT", "XksProxyUriUnreachableException", "",
	},
	SlowKeyManager: {
		"The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		"XKS_PROXY_TIMED_OUT", "XksProxyUriUnreachableException", "",
	},
	Denies: {
		"The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
		"XKS_PROXY_ACCESS_DENIED", "XksProxyInvalidResponseException", "",
	},
	NoKeyManager: {
		"The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.",
		"XKS_PROXY_INVALID_RESPONSE", "XksProxyInvalidResponseException", "",
	},
	Throttles: {
		"The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
		"XKS_PROXY_NOT_REACHABLE", "XksProxyUriUnreachableException", "",
	},
	Unsupported: {
		"The external key store proxy rejected the request because it does not support the requested cryptographic operation.",
		"", "UnsupportedOperationException", "UnsupportedOperationException",
	},
	KeyNotFound: {
		"The external key store proxy rejected the request because it could not find the external key.",
		"", "", "XksKeyNotFoundException",
	},
	KeyDisabled: {
		"The external key store proxy rejected the request because the external key is not enabled in the external key manager.",
		"", "", "XksKeyInvalidConfigurationException",
	},
}

// keyCode returns CreateKey's exception for a refusal.
func (r refusal) keyCode() string { return cmp.Or(r.key, "CustomKeyStoreInvalidStateException") }
