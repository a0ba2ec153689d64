package symptom

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// Of returns what a signal shows. Where ok is false it opens no incident, and reason says
// why: the call succeeded, the mistake was the caller's, AWS's own failure will pass, or
// it is only worth telling. The symptom is filled in as far as it is known all the same.
func Of(sig signal.Signal) (s Symptom, ok bool, reason string) {
	s = Symptom{
		Class: OtherClass, Operation: sig.Operation, Code: sig.Code, Text: sig.Message,
		First: sig.At, Last: sig.At, Count: 1, Event: sig.ID,
	}
	switch sig.Kind {
	case signal.CallFailed, signal.KeyStoreChange:
		return ofCall(s)
	case signal.AccessDenied:
		s.Kind, s.Class = kindOf(sig.Operation), CallerClass
		return s, false, "a refused call is a notice, no outage"
	case signal.Alarm:
		s.Kind = AlarmRaised
		return s, false, "an alarm is worth a look and shows nothing by itself"
	}
	return s, false, "only the state itself can show something"
}

func ofCall(s Symptom) (Symptom, bool, string) {
	s.Kind = kindOf(s.Operation)
	if s.Code == "" {
		return s, false, s.Operation + " succeeded"
	}
	known := Classify(s.Code, s.Text)
	s.Class, s.ID, s.IfRepeated = known.Class, known.ID, known.IfRepeated
	if s.Text == "" {
		s.Text = known.Text
	}
	switch {
	case known.ReportOnly:
		return s, false, "only worth telling, somebody may have meant it: " + known.Text
	case known.Class == CallerClass:
		return s, false, "the caller's own mistake: " + known.Text
	case known.Class == AWSClass:
		return s, false, "a failure of AWS's own that passes: " + known.Text
	case isCode(s.Code, keyInvalidState) && !proxied(s.Operation):
		s.Class = CallerClass
		return s, false, "a conflict with the state of the key: no proxy is involved in " + s.Operation
	case known.Class == SwitchClass && s.Kind != KMSMessage:
		return s, false, "the call is not legal in the key store's connection state, which is looked at"
	}
	return s, true, ""
}

func kindOf(operation string) Kind {
	switch operation {
	case "CreateCustomKeyStore":
		return CreateFailed
	case "UpdateCustomKeyStore":
		return UpdateFailed
	case "ConnectCustomKeyStore", "DisconnectCustomKeyStore":
		return ConnectRefused
	}
	return KMSMessage
}

// proxied reports whether AWS KMS asks the external key store proxy to carry out an
// operation. On others KMSInvalidStateException is about the state of the key alone.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#fix-unavailable-xks-keys
func proxied(operation string) bool {
	operations := []string{"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "CreateKey"}
	return slices.ContainsFunc(operations, func(o string) bool { return strings.EqualFold(o, operation) })
}
