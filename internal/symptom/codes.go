package symptom

import "strings"

// A codeRow is an error code of AWS KMS.
type codeRow struct {
	code string // without the suffix Exception
	Known
	tellsMore bool // its message may be one of the table, which then says more than the code
}

func byCode(code string) (codeRow, bool) {
	for _, c := range codes() {
		if isCode(code, c.code) {
			return c, true
		}
	}
	return codeRow{}, false
}

// codes are the errors of Create-, Update- and ConnectCustomKeyStore, of CreateKey and of
// the cryptographic operations. KMSInvalidStateException is not among them: under it KMS
// tells of everything between itself and the external key manager, in the message alone.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func codes() []codeRow {
	configuration := func(code, text string) codeRow {
		return codeRow{code, Known{Class: PathClass, Text: text}, true}
	}
	proxy := func(code, text string) codeRow {
		return codeRow{code, Known{Class: ProxyClass, Text: text}, true}
	}
	caller := func(code, text string) codeRow {
		return codeRow{code, Known{Class: CallerClass, Text: text}, false}
	}
	passing := func(code, text string) codeRow { return codeRow{code, Known{Class: AWSClass, Text: text}, false} }
	return []codeRow{
		configuration(serviceNotFound, "AWS KMS cannot find the VPC endpoint service, or is not allowed to use it."),
		configuration(serviceInvalid, "The VPC endpoint service does not meet the requirements of an external key store."),
		configuration(serviceInUse, "Another key store of the Region already uses the VPC endpoint service."),
		configuration(proxyInvalid, "The external key store proxy is not configured as the key store needs it."),
		configuration(uriUnreachable, "AWS KMS cannot reach the external key store proxy at its URI."),
		configuration(uriInUse, "Another key store of the Region already uses this proxy URI endpoint and path."),
		configuration(uriEndpointInUse, "Another key store of the Region already uses this proxy URI endpoint."),
		proxy(invalidResponse, "AWS KMS cannot interpret the response of the external key store proxy."),
		proxy("XksProxyIncorrectAuthenticationCredential", "The external key store proxy refused the authentication credential."),
		proxy("XksKeyNotFound", "The external key store proxy cannot find the external key."),
		{"XksKeyInvalidConfiguration", Known{Class: ProxyClass, ReportOnly: true, Text: "The external key is not enabled, or not one that an external key store can use."}, true},
		{storeInvalidState, Known{Class: SwitchClass, Text: "The connection state of the key store does not allow the call."}, true},

		{"UnsupportedOperation", Known{Class: CallerClass, Text: "External key stores do not support the operation."}, true},
		caller("XksKeyAlreadyInUse", "Another KMS key already uses the external key."),
		caller("CustomKeyStoreNotFound", "There is no such key store."),
		caller("CustomKeyStoreNameInUse", "Another key store of the account has this name."),
		caller("CustomKeyStoreHasCMKs", "The key store holds KMS keys."),
		caller("LimitExceeded", "The account has as many key stores as it may have."),
		caller("AccessDenied", "The caller lacks a permission."),
		caller("Disabled", "The KMS key is disabled."),
		caller("NotFound", "There is no such KMS key."),
		caller("InvalidCiphertext", "The ciphertext is not one of this key, or its encryption context is another."),
		caller("IncorrectKey", "The ciphertext is of another KMS key."),
		caller("InvalidKeyUsage", "The KMS key is not meant for the operation."),
		caller("InvalidGrantToken", "The grant token is not valid."),
		caller("DryRunOperation", "The call was a dry run."),
		caller("IncorrectTrustAnchor", "The trust anchor certificate is not the CloudHSM cluster's."),
		caller("CloudHsmClusterInUse", "The CloudHSM cluster is in use."),
		caller("CloudHsmClusterNotFound", "There is no such CloudHSM cluster."),
		caller("CloudHsmClusterNotActive", "The CloudHSM cluster is not active."),
		caller("CloudHsmClusterNotRelated", "The CloudHSM cluster is not related to the key store's."),
		caller("CloudHsmClusterInvalidConfiguration", "The CloudHSM cluster does not meet the requirements."),

		passing("KMSInternal", "AWS KMS had an internal error."),
		passing("DependencyTimeout", "AWS KMS timed out on something of its own."),
		passing("KeyUnavailable", "The KMS key was not available for a moment."),
		passing("Throttling", "The rate of calls to AWS KMS is too high."),
	}
}

// Codes that are read in more than one place.
const (
	serviceNotFound   = "XksProxyVpcEndpointServiceNotFound"
	serviceInvalid    = "XksProxyVpcEndpointServiceInvalidConfiguration"
	proxyInvalid      = "XksProxyInvalidConfiguration"
	uriUnreachable    = "XksProxyUriUnreachable"
	serviceInUse      = "XksProxyVpcEndpointServiceInUse"
	uriInUse          = "XksProxyUriInUse"
	uriEndpointInUse  = "XksProxyUriEndpointInUse"
	invalidResponse   = "XksProxyInvalidResponse"
	storeInvalidState = "CustomKeyStoreInvalidState"
	keyInvalidState   = "KMSInvalidState"
)

// isCode reports whether code is name, with or without the suffix Exception.
func isCode(code, name string) bool {
	return strings.EqualFold(code, name) || strings.EqualFold(code, name+"Exception")
}
