package symptom

import "strings"

// A Known is what the product knows of an error. The zero Known is of nothing.
type Known struct {
	ID         string // row of the message table, M1 … M19; empty for an error known by its code alone
	Class      Class
	IfRepeated bool   // counts only when a failing check explains it, or when it comes again
	ReportOnly bool   // somebody may have meant it: told, never an incident
	Text       string // what it says, a sentence; KMS's own where there is one
}

// A row is a message of AWS KMS and the part of it by which it is known: wording changes,
// so that the whole sentence would miss it.
type row struct {
	part string // lower case
	Known
}

// messages are KMS's texts for a failure on the path or behind it. The order matters
// where one part is within another message: the first that matches counts.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func messages() []row {
	return []row{
		{"might be a transient network issue", Known{ID: "M2", Class: PathClass,
			Text: "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue."}},
		{"cannot communicate with the external key store proxy", Known{ID: "M1", Class: PathClass,
			Text: "AWS KMS cannot communicate with the external key store proxy."}},
		{"external key store proxy did not respond in time", Known{ID: "M3", Class: PathClass, IfRepeated: true,
			Text: "AWS KMS rejected the request because the external key store proxy did not respond in time."}},
		{"did not respond to the request in the time allotted", Known{ID: "M4", Class: ProxyClass, IfRepeated: true,
			Text: "The external key store proxy did not respond to the request in the time allotted."}},
		{"because it could not authenticate", Known{ID: "M5", Class: ProxyClass,
			Text: "The external key store proxy rejected the request because it could not authenticate AWS KMS."}},
		{"because of an invalid uri path", Known{ID: "M6", Class: ProxyClass,
			Text: "The external key store proxy rejected the request because of an invalid URI path."}},
		{"cannot establish a tls connection", Known{ID: "M7", Class: PathClass,
			Text: "AWS KMS cannot establish a TLS connection to the external key store proxy."}},
		{"proxy is in an unhealthy state", Known{ID: "M8", Class: ProxyClass,
			Text: "The external key store proxy is in an unhealthy state."}},
		{"cannot interpret the response", Known{ID: "M9", Class: ProxyClass, IfRepeated: true,
			Text: "AWS KMS cannot interpret the response from the external key store proxy."}},
		{"does not support the requested cryptographic operation", Known{ID: "M10", Class: ProxyClass,
			Text: "The external key store proxy rejected the request because it does not support the requested cryptographic operation."}},
		{"denied access to the operation", Known{ID: "M11", Class: ProxyClass,
			Text: "The external key store proxy denied access to the operation."}},
		{"cannot communicate with the external key manager", Known{ID: "M12", Class: ProxyClass,
			Text: "The external key store proxy rejected the request because it cannot communicate with the external key manager."}},
		{"due to a very high request rate", Known{ID: "M13", Class: ProxyClass, IfRepeated: true,
			Text: "The external key store proxy rejected the request due to a very high request rate."}},
		{"could not find the external key", Known{ID: "M14", Class: ProxyClass,
			Text: "The external key store proxy rejected the request because it could not find the external key."}},
		{"external key is not enabled", Known{ID: "M15", Class: ProxyClass, ReportOnly: true,
			Text: "The external key store proxy rejected the request because the external key is not enabled in the external key manager."}},
		{"external key does not support the requested operation", Known{ID: "M16", Class: ProxyClass, ReportOnly: true,
			Text: "The external key store proxy rejected the request because the external key does not support the requested operation."}},
		{"specified ciphertext or additional authenticated data is corrupted", Known{ID: "M17", Class: CallerClass,
			Text: "The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted."}},
		{"ciphertext that the external key store proxy submitted", Known{ID: "M18", Class: CallerClass,
			Text: "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted."}},
		{" is unavailable.", Known{ID: "M19", Class: SwitchClass,
			Text: "The KMS key is unavailable: its key store is not connected."}},
		{"is pending deletion", Known{Class: CallerClass, Text: "The KMS key is pending deletion."}},
		{"is disabled", Known{Class: CallerClass, Text: "The KMS key is disabled."}},
	}
}

// Classify says what is known of an error of AWS KMS: by its message where that is one of
// the table and the code is one under which KMS tells of the path, else by its code. Of an
// error that is neither it says OtherClass: look, never healthy. Case does not matter.
func Classify(code, message string) Known {
	known, listed := byCode(code)
	if !listed || known.tellsMore {
		lower := strings.ToLower(message)
		for _, r := range messages() {
			if strings.Contains(lower, r.part) {
				return r.Known
			}
		}
	}
	if listed {
		return known.Known
	}
	return Known{Class: OtherClass, Text: strings.Trim(code+": "+message, ": ")}
}
