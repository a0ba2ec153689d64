package symptom_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/signal"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

var at = time.Date(2026, 3, 14, 2, 59, 0, 0, time.UTC)

func TestOf(t *testing.T) {
	t.Parallel()
	const invalid = "KMSInvalidStateException"
	call := func(operation, code, message string) signal.Signal {
		return signal.Signal{ID: "event-1", Kind: signal.CallFailed, At: at, Operation: operation, Code: code, Message: message}
	}
	tests := map[string]struct {
		signal signal.Signal
		kind   symptom.Kind
		class  symptom.Class
		id     string
		ok     bool
		reason string // part of it
	}{
		"a Decrypt that finds no proxy":          {call("Decrypt", invalid, text("M1")), symptom.KMSMessage, symptom.PathClass, "M1", true, ""},
		"a GenerateDataKey that is too slow":     {call("GenerateDataKey", invalid, text("M3")), symptom.KMSMessage, symptom.PathClass, "M3", true, ""},
		"a ReEncrypt with a refused credential":  {call("ReEncrypt", invalid, text("M5")), symptom.KMSMessage, symptom.ProxyClass, "M5", true, ""},
		"an Encrypt of an unavailable key":       {call("Encrypt", invalid, text("M19")), symptom.KMSMessage, symptom.SwitchClass, "M19", true, ""},
		"a message that AWS may add":             {call("Decrypt", invalid, "the proxy is on fire"), symptom.KMSMessage, symptom.OtherClass, "", true, ""},
		"a CreateKey that finds no proxy":        {call("CreateKey", "CustomKeyStoreInvalidStateException", text("M1")), symptom.KMSMessage, symptom.PathClass, "M1", true, ""},
		"a CreateKey in a store not connected":   {call("CreateKey", "CustomKeyStoreInvalidStateException", ""), symptom.KMSMessage, symptom.SwitchClass, "", true, ""},
		"a CreateKey of an unknown external key": {call("CreateKey", "XksKeyNotFoundException", text("M14")), symptom.KMSMessage, symptom.ProxyClass, "M14", true, ""},
		"a failed create":                        {call("CreateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException", "…"), symptom.CreateFailed, symptom.PathClass, "", true, ""},
		"a failed update":                        {call("UpdateCustomKeyStore", "XksProxyUriUnreachableException", text("M2")), symptom.UpdateFailed, symptom.PathClass, "M2", true, ""},
		"a failed connect with a new code":       {call("ConnectCustomKeyStore", "SomeNewException", ""), symptom.ConnectRefused, symptom.OtherClass, "", true, ""},

		"corrupt ciphertext":                        {call("Decrypt", invalid, text("M17")), symptom.KMSMessage, symptom.CallerClass, "M17", false, "caller's own mistake"},
		"another encryption context":                {call("Decrypt", invalid, text("M18")), symptom.KMSMessage, symptom.CallerClass, "M18", false, "caller's own mistake"},
		"a disabled key":                            {call("Decrypt", "DisabledException", ""), symptom.KMSMessage, symptom.CallerClass, "", false, "caller's own mistake"},
		"a disabled external key":                   {call("Decrypt", invalid, text("M15")), symptom.KMSMessage, symptom.ProxyClass, "M15", false, "only worth telling"},
		"an external key of the wrong kind":         {call("CreateKey", "XksKeyInvalidConfigurationException", ""), symptom.KMSMessage, symptom.ProxyClass, "", false, "only worth telling"},
		"an internal error of KMS":                  {call("ConnectCustomKeyStore", "KMSInternalException", ""), symptom.ConnectRefused, symptom.AWSClass, "", false, "AWS's own"},
		"a throttled call":                          {call("Decrypt", "ThrottlingException", ""), symptom.KMSMessage, symptom.AWSClass, "", false, "AWS's own"},
		"a key-state conflict on a management call": {call("CancelKeyDeletion", invalid, "is not pending"), symptom.KMSMessage, symptom.CallerClass, "", false, "no proxy is involved"},
		"a connect out of FAILED":                   {call("ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException", ""), symptom.ConnectRefused, symptom.SwitchClass, "", false, "not legal"},
		"an update while connected":                 {call("UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException", ""), symptom.UpdateFailed, symptom.SwitchClass, "", false, "not legal"},
		"an update of no key store":                 {call("UpdateCustomKeyStore", "CustomKeyStoreNotFoundException", ""), symptom.UpdateFailed, symptom.CallerClass, "", false, "caller's own mistake"},
		"a connect by somebody that succeeded": {
			signal.Signal{ID: "event-1", Kind: signal.KeyStoreChange, At: at, Operation: "ConnectCustomKeyStore"}, symptom.ConnectRefused, symptom.OtherClass, "", false, "ConnectCustomKeyStore succeeded",
		},
		"an update by somebody that failed": {
			signal.Signal{ID: "event-1", Kind: signal.KeyStoreChange, At: at, Operation: "UpdateCustomKeyStore", Code: "XksProxyVpcEndpointServiceNotFoundException"},
			symptom.UpdateFailed, symptom.PathClass, "", true, "",
		},
		"a refused call": {
			signal.Signal{ID: "event-1", Kind: signal.AccessDenied, At: at, Operation: "CreateCustomKeyStore", Code: "AccessDenied"},
			symptom.CreateFailed, symptom.CallerClass, "", false, "a notice",
		},
		"an alarm":   {signal.Signal{ID: "event-1", Kind: signal.Alarm, At: at, AlarmName: "xks"}, symptom.AlarmRaised, symptom.OtherClass, "", false, "by itself"},
		"a tick":     {signal.Signal{ID: "event-1", Kind: signal.Tick, At: at}, "", symptom.OtherClass, "", false, "only the state itself"},
		"a re-check": {signal.Signal{ID: "event-1", Kind: signal.Recheck, At: at}, "", symptom.OtherClass, "", false, "only the state itself"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok, reason := symptom.Of(tt.signal)
			if s.Kind != tt.kind || s.Class != tt.class || s.ID != tt.id || ok != tt.ok {
				t.Errorf("got %s %s %q, %v; want %s %s %q, %v", s.Kind, s.Class, s.ID, ok, tt.kind, tt.class, tt.id, tt.ok)
			}
			if !strings.Contains(reason, tt.reason) || (reason == "") != ok {
				t.Errorf("reason %q, want %q in it", reason, tt.reason)
			}
			if s.Event != "event-1" || !s.First.Equal(at) || !s.Last.Equal(at) || s.Count != 1 || s.Operation != tt.signal.Operation || s.Code != tt.signal.Code {
				t.Errorf("the symptom does not tell of its event: %+v", s)
			}
		})
	}
}

func TestOfCarriesTheWholeSymptom(t *testing.T) {
	t.Parallel()
	got, _, _ := symptom.Of(signal.Signal{
		ID: "event-1", Kind: signal.CallFailed, At: at, Operation: "Decrypt", Code: "KMSInvalidStateException", Message: text("M3"),
	})
	want := symptom.Symptom{
		Kind: symptom.KMSMessage, Class: symptom.PathClass, Operation: "Decrypt", Code: "KMSInvalidStateException", ID: "M3", Text: text("M3"),
		IfRepeated: true, First: at, Last: at, Count: 1, Event: "event-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("symptom (-want +got):\n%s", diff)
	}
}

func TestACodeWithoutMessageGetsAText(t *testing.T) {
	t.Parallel()
	s, _, _ := symptom.Of(signal.Signal{Kind: signal.CallFailed, Operation: "CreateCustomKeyStore", Code: "XksProxyVpcEndpointServiceNotFoundException"})
	if want := "AWS KMS cannot find the VPC endpoint service, or is not allowed to use it."; s.Text != want {
		t.Errorf("text %q, want %q", s.Text, want)
	}
}
