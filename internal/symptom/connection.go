package symptom

import "github.com/xks-remediator/xks-remediator/internal/check"

// A connectionRow is a ConnectionErrorCode and what can explain it.
type connectionRow struct {
	code string
	Known
	explains []check.ID
}

// ClassifyConnection says what is known of a ConnectionErrorCode. Codes that only AWS CloudHSM
// key stores have, and codes that AWS may add, are OtherClass: unexplained, never healthy.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#xks-connection-error-codes
func ClassifyConnection(code string) Known { return connectionError(code).Known }

func connectionError(code string) connectionRow {
	for _, c := range connectionErrors() {
		if c.code == code {
			return c
		}
	}
	return connectionRow{code: code, Known: Known{Class: OtherClass, Text: "Connection error code " + code + "."}}
}

func connectionErrors() []connectionRow {
	path := func(code, text string, explains []check.ID) connectionRow {
		return connectionRow{code, Known{Class: PathClass, Text: text}, explains}
	}
	proxy := func(code, text string, explains ...check.ID) connectionRow {
		return connectionRow{code, Known{Class: ProxyClass, Text: text}, explains}
	}
	hsm := func(code string) connectionRow {
		return connectionRow{code, Known{Class: OtherClass, Text: "Connection error code " + code + ", of AWS CloudHSM key stores alone."}, nil}
	}
	return []connectionRow{
		path("INTERNAL_ERROR", "AWS KMS could not complete the connection.", everything()),
		path("NETWORK_ERRORS", "Network errors keep AWS KMS from the external key store proxy.", and(network(), noPendingConnection)),
		path("XKS_PROXY_NOT_REACHABLE", "AWS KMS cannot communicate with the external key store proxy, or every external key manager is unavailable.",
			and(network(), noPendingConnection, uriEndpointMatches)),
		path("XKS_PROXY_TIMED_OUT", "AWS KMS reached the external key store proxy, but it did not answer in time.", slowTarget()),
		path("XKS_PROXY_INVALID_TLS_CONFIGURATION", "AWS KMS cannot establish a TLS connection to the external key store proxy.", brokenTLS()),
		path("XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION", "The VPC endpoint service does not meet the requirements of an external key store.",
			and(serviceConfiguration(), noPendingConnection, certificateName)),
		path("XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND", "AWS KMS cannot find the VPC endpoint service, or is not allowed to use it.", serviceFound()),
		proxy("INVALID_CREDENTIALS", "The external key store proxy refused the authentication credential."),
		proxy("XKS_PROXY_ACCESS_DENIED", "The external key store proxy denied access to AWS KMS."),
		proxy("XKS_PROXY_INVALID_CONFIGURATION", "The external key store proxy is not configured as the key store needs it: see the URI path.", otherAnswer()...),
		proxy("XKS_PROXY_INVALID_RESPONSE", "AWS KMS cannot interpret the response of the external key store proxy.", strangeAnswer()...),
		hsm("CLUSTER_NOT_FOUND"),
		hsm("INSUFFICIENT_CLOUDHSM_HSMS"),
		hsm("INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET"),
		hsm("SUBNET_NOT_FOUND"),
		hsm("USER_LOCKED_OUT"),
		hsm("USER_LOGGED_IN"),
		hsm("USER_NOT_FOUND"),
	}
}
