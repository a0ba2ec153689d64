package symptom_test

import (
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// A message is one of KMS's texts, whole, and what is to be made of it.
type message struct {
	id                     string
	class                  symptom.Class
	ifRepeated, reportOnly bool
	text                   string
}

// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func kmsTexts() []message {
	const path, proxy, caller = symptom.PathClass, symptom.ProxyClass, symptom.CallerClass
	return []message{
		{"M1", path, false, false, "AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct in your external key store."},
		{"M2", path, false, false, "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store."},
		{"M3", path, true, false, "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."},
		{"M4", proxy, true, false, "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."},
		{"M5", proxy, false, false, "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary."},
		{"M6", proxy, false, false, "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary."},
		{"M7", path, false, false, "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate."},
		{"M8", proxy, false, false, "The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator."},
		{"M9", proxy, true, false, "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, consult your external key store proxy administrator."},
		{"M10", proxy, false, false, "The external key store proxy rejected the request because it does not support the requested cryptographic operation."},
		{"M11", proxy, false, false, "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again."},
		{"M12", proxy, false, false, "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available."},
		{"M13", proxy, true, false, "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store."},
		{"M14", proxy, false, false, "The external key store proxy rejected the request because it could not find the external key."},
		{"M15", proxy, false, true, "The external key store proxy rejected the request because the external key is not enabled in the external key manager."},
		{"M16", proxy, false, true, "The external key store proxy rejected the request because the external key does not support the requested operation."},
		{"M17", caller, false, false, "The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid."},
		{"M18", caller, false, false, "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid."},
		{"M19", symptom.SwitchClass, false, false, "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is unavailable."},
	}
}

func text(id string) string {
	for _, m := range kmsTexts() {
		if m.id == id {
			return m.text
		}
	}
	panic("no message " + id)
}

func TestEveryMessageIsKnownUnderEveryCodeThatCarriesIt(t *testing.T) {
	t.Parallel()
	codes := []string{
		"KMSInvalidStateException", "CustomKeyStoreInvalidStateException", "XksProxyUriUnreachableException", "XksProxyInvalidConfigurationException",
		"XksProxyInvalidResponseException", "XksProxyIncorrectAuthenticationCredentialException", "UnsupportedOperationException",
		"XksKeyNotFoundException", "XksKeyInvalidConfigurationException", "SomeNewException",
	}
	for _, m := range kmsTexts() {
		for _, code := range codes {
			for _, text := range []string{m.text, strings.ToUpper(m.text), "Reworded: " + m.text} {
				k := symptom.Classify(code, text)
				if k.ID != m.id || k.Class != m.class || k.IfRepeated != m.ifRepeated || k.ReportOnly != m.reportOnly || k.Text == "" {
					t.Errorf("%s %q is %+v, want %+v", code, text, k, m)
				}
			}
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	tests := map[symptom.Class][]string{
		symptom.PathClass: {
			"XksProxyVpcEndpointServiceNotFoundException", "XksProxyVpcEndpointServiceInvalidConfigurationException",
			"XksProxyVpcEndpointServiceInUseException", "XksProxyInvalidConfigurationException", "XksProxyUriUnreachableException",
			"XksProxyUriInUseException", "XksProxyUriEndpointInUseException", "xksproxyuriunreachableexception",
		},
		symptom.ProxyClass: {
			"XksProxyInvalidResponseException", "XksProxyIncorrectAuthenticationCredentialException", "XksKeyNotFoundException",
			"XksKeyInvalidConfigurationException",
		},
		symptom.SwitchClass: {"CustomKeyStoreInvalidStateException"},
		symptom.CallerClass: {
			"XksKeyAlreadyInUseException", "CustomKeyStoreNotFoundException", "CustomKeyStoreNameInUseException", "CustomKeyStoreHasCMKsException",
			"LimitExceededException", "UnsupportedOperationException", "AccessDeniedException", "AccessDenied", "DisabledException", "NotFoundException",
			"InvalidCiphertextException", "IncorrectKeyException", "InvalidKeyUsageException", "InvalidGrantTokenException", "DryRunOperationException",
			"IncorrectTrustAnchorException", "CloudHsmClusterInUseException", "CloudHsmClusterNotFoundException", "CloudHsmClusterNotActiveException",
			"CloudHsmClusterNotRelatedException", "CloudHsmClusterInvalidConfigurationException",
		},
		symptom.AWSClass:   {"KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "ThrottlingException"},
		symptom.OtherClass: {"XksProxySomethingNewException", "KMSInvalidStateException", ""},
	}
	for class, codes := range tests {
		for _, code := range codes {
			k := symptom.Classify(code, "a sentence that is in no table")
			if k.Class != class || k.ID != "" || k.Text == "" || k.IfRepeated {
				t.Errorf("%q is %+v, want class %s and no row", code, k, class)
			}
			if want := code == "XksKeyInvalidConfigurationException"; k.ReportOnly != want {
				t.Errorf("%q: report only %v, want %v", code, k.ReportOnly, want)
			}
		}
	}
}

// The caller's own and AWS's own codes are what they are, whatever their text quotes.
func TestATextDoesNotTurnACallersMistakeIntoAnOutage(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"AccessDeniedException", "DisabledException", "ThrottlingException", "KMSInternalException", "LimitExceededException"} {
		if k := symptom.Classify(code, text("M1")); k.ID != "" || k.Class == symptom.PathClass {
			t.Errorf("%s with the text of M1 is %+v", code, k)
		}
	}
}

func TestAKeysOwnStateIsTheCallers(t *testing.T) {
	t.Parallel()
	for _, sentence := range []string{"arn:aws:kms:…:key/1 is pending deletion.", "arn:aws:kms:…:key/1 is disabled."} {
		if k := symptom.Classify("KMSInvalidStateException", sentence); k.Class != symptom.CallerClass {
			t.Errorf("%q is %+v, want the caller's", sentence, k)
		}
	}
}

// The check of the canary and the message table are two readings of the same page.
func TestTheCanaryFailsOnJustTheMessagesOfThePathAndBehindIt(t *testing.T) {
	t.Parallel()
	for _, m := range kmsTexts() {
		want := (m.class == symptom.PathClass || m.class == symptom.ProxyClass) && !m.reportOnly
		if got := check.CanaryFails(path.Canary{Code: "KMSInvalidStateException", Message: m.text}); got != want {
			t.Errorf("%s fails the canary: %v, want %v", m.id, got, want)
		}
	}
}
