package signal_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// edited returns a sample with edits to its parts. An edit sets a member of the event by
// its path ("detail.userIdentity.arn"); a nil value takes it out.
func edited(t testing.TB, name string, edits map[string]any) []byte {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal(read(t, name), &event); err != nil {
		t.Fatal(err)
	}
	for path, value := range edits {
		at, names := event, strings.Split(path, "/")
		for _, n := range names[:len(names)-1] {
			child, ok := at[n].(map[string]any)
			if !ok {
				child = map[string]any{}
				at[n] = child
			}
			at = child
		}
		if last := names[len(names)-1]; value == nil {
			delete(at, last)
		} else {
			at[last] = value
		}
	}
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

type edits = map[string]any

func TestWhatNeedsNothingIsDropped(t *testing.T) {
	t.Parallel()
	const session = "arn:aws:sts::111122223333:assumed-role/"
	tests := map[string]struct {
		sample string
		edits  edits
		reason string
	}{
		"our own call, by the role's ARN": {
			"connect-succeeded", edits{"detail/userIdentity": map[string]any{
				"arn":            session + "RemediatorFix/abc",
				"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::111122223333:role/RemediatorFix"}},
			}},
			"call by the product's own role",
		},
		"our own call, by the session's ARN alone": {
			"connect-succeeded", edits{"detail/userIdentity": map[string]any{"arn": session + "RemediatorFix/abc"}},
			"call by the product's own role",
		},
		"our own call, by a role with a path": {
			"decrypt-failed", edits{"detail/userIdentity": map[string]any{"arn": session + "RemediatorDiagnose/abc"}},
			"call by the product's own role",
		},
		"another account's event":           {"decrypt-failed", edits{"account": "444455556666", "detail/recipientAccountId": "444455556666"}, "event of another account, 444455556666"},
		"a record for another account":      {"decrypt-failed", edits{"detail/recipientAccountId": "444455556666"}, "event of another account, 444455556666"},
		"another Region's event":            {"tick", edits{"region": "us-east-1"}, "event of another Region, us-east-1"},
		"a record of another Region":        {"decrypt-failed", edits{"detail/awsRegion": "us-east-1"}, "event of another Region, us-east-1"},
		"another account's key":             {"decrypt-failed", edits{"detail/resources": []any{map[string]any{"accountId": "444455556666", "ARN": "arn:aws:kms:eu-central-1:444455556666:key/1"}}}, "key of another account, 444455556666"},
		"another account's key, by its ARN": {"decrypt-failed", edits{"detail/resources": nil, "detail/requestParameters/keyId": "arn:aws:kms:eu-central-1:444455556666:key/1"}, "key of another account, 444455556666"},

		"a call that succeeds":                  {"decrypt-failed", edits{"detail/errorCode": nil, "detail/errorMessage": nil}, "Decrypt succeeded"},
		"a create that succeeds":                {"create-failed-not-found", edits{"detail/errorCode": nil, "detail/errorMessage": nil}, "CreateCustomKeyStore succeeded"},
		"a name that is taken":                  {"create-failed-not-found", edits{"detail/errorCode": "CustomKeyStoreNameInUseException"}, "CreateCustomKeyStore failed with CustomKeyStoreNameInUseException, which tells nothing of the path"},
		"the quota of key stores":               {"create-failed-not-found", edits{"detail/errorCode": "LimitExceededException"}, "CreateCustomKeyStore failed with LimitExceededException, which tells nothing of the path"},
		"a key store that does not exist":       {"create-key-failed", edits{"detail/errorCode": "CustomKeyStoreNotFoundException"}, "CreateKey failed with CustomKeyStoreNotFoundException, which tells nothing of the path"},
		"a disabled key":                        {"decrypt-failed", edits{"detail/errorCode": "DisabledException"}, "Decrypt failed with DisabledException, which tells nothing of the path"},
		"a key of no key store":                 {"decrypt-failed", edits{"detail/additionalEventData": nil}, "Decrypt failed on a key that names no key store"},
		"a refused Decrypt":                     {"decrypt-failed", edits{"detail/errorCode": "AccessDenied"}, "Decrypt failed with AccessDenied, which tells nothing of the path"},
		"a refused CreateKey without key store": {"create-key-failed", edits{"detail/errorCode": "AccessDenied", "detail/requestParameters/customKeyStoreId": nil}, "CreateKey failed with AccessDenied, which tells nothing of the path"},
		"a conflict of key states":              {"decrypt-failed", edits{"detail/eventName": "CancelKeyDeletion"}, "CancelKeyDeletion failed on a key that names no key store"},
		"a CloudHSM key store, by its cluster":  {"connect-succeeded", edits{"detail/additionalEventData/clusterId": "cluster-1"}, "CloudHSM key store"},
		"a CloudHSM key store, by its type":     {"create-denied", edits{"detail/requestParameters/customKeyStoreType": "AWS_CLOUDHSM"}, "CloudHSM key store"},
		"a CloudHSM key store, by the error":    {"connect-failed", edits{"detail/errorCode": "CloudHsmClusterNotActiveException"}, "CloudHSM key store"},

		"an alarm that is over":         {"alarm-metric", edits{"detail/state/value": "OK"}, "alarm went to OK"},
		"an alarm without data":         {"alarm-metric", edits{"detail/state/value": "INSUFFICIENT_DATA"}, "alarm went to INSUFFICIENT_DATA"},
		"an alarm on another metric":    {"alarm-metric", edits{"detail/configuration/metrics": []any{map[string]any{"metricStat": map[string]any{"metric": map[string]any{"namespace": "AWS/KMS", "name": "SecondsUntilKeyMaterialExpiration"}}}}}, "alarm is not on a metric of an external key store"},
		"an alarm on another namespace": {"alarm-metric", edits{"detail/configuration/metrics": []any{map[string]any{"metricStat": map[string]any{"metric": map[string]any{"namespace": "Mine", "name": "XksProxyErrors", "dimensions": map[string]any{"CustomKeyStoreId": cks}}}}}}, "alarm is not on a metric of an external key store"},
		"a query of another namespace":  {"alarm-insights", edits{"detail/configuration/metrics": []any{map[string]any{"expression": `SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda")`}}}, "alarm is not on a metric of an external key store"},
		"an alarm made of alarms":       {"alarm-metric", edits{"detail/configuration": map[string]any{"alarmRule": "ALARM(a) OR ALARM(b)"}}, "alarm is not on a metric of an external key store"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := signal.Parse(edited(t, tt.sample, tt.edits), self())
			dropped, ok := errors.AsType[*signal.Dropped](err)
			if !ok || dropped.Reason != tt.reason {
				t.Fatalf("got %+v, %v; want a drop: %s", got, err, tt.reason)
			}
			if dropped.ID == "" {
				t.Error("the drop does not say which event")
			}
		})
	}
}

func TestWhatDiffersStillCounts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sample string
		edits  edits
		change func(*signal.Signal) // from what the sample itself means
	}{
		"a role with our role's name in another account": {
			"decrypt-failed", edits{"detail/userIdentity": map[string]any{"arn": "arn:aws:sts::444455556666:assumed-role/RemediatorFix/abc"}},
			func(s *signal.Signal) { s.Actor = "arn:aws:sts::444455556666:assumed-role/RemediatorFix/abc" },
		},
		"a role whose name begins with ours": {
			"decrypt-failed", edits{"detail/userIdentity": map[string]any{"arn": "arn:aws:sts::111122223333:assumed-role/RemediatorFixer/abc"}},
			func(s *signal.Signal) { s.Actor = "arn:aws:sts::111122223333:assumed-role/RemediatorFixer/abc" },
		},
		"our role's name with another path": {
			"decrypt-failed", edits{"detail/userIdentity": map[string]any{
				"arn":            "arn:aws:sts::111122223333:assumed-role/RemediatorFix/abc",
				"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::111122223333:role/team/RemediatorFix"}},
			}},
			func(s *signal.Signal) { s.Actor = "arn:aws:sts::111122223333:assumed-role/RemediatorFix/abc" },
		},
		"no identity at all": {
			"decrypt-failed", edits{"detail/userIdentity": nil},
			func(s *signal.Signal) { s.Actor = "" },
		},
		"an identity of another kind": {
			"decrypt-failed", edits{"detail/userIdentity": map[string]any{"type": "Unknown", "accessKeyId": "PLANTED"}},
			func(s *signal.Signal) { s.Actor = "Unknown" },
		},
		"names in another case": {
			"create-failed-not-found", edits{
				"detail/requestParameters": map[string]any{
					"CustomKeyStoreName": "payments-hsm", "XksProxyVpcEndpointServiceName": svc, "XKSPROXYURIENDPOINT": "https://xks.payments.example.com",
					"XksProxyVpcEndpointServiceOwner": 444455556666,
				},
				"detail/errorCode": nil, "detail/ErrorCode": "XksProxyVpcEndpointServiceNotFoundException",
			},
			func(s *signal.Signal) { s.ServiceName = svc },
		},
		"a name twice in other cases: the first in the order of names counts": {
			"decrypt-failed", edits{
				"detail/eventID": nil, "detail/EventID": "second", "detail/EVENTID": "first", "detail/eventid": "third", "detail/": "a member without a name",
			},
			func(s *signal.Signal) { s.ID = "first" },
		},
		"a member without a name": {
			"decrypt-failed", edits{"detail/": "PLANTED", "detail/errorMessage": nil},
			func(s *signal.Signal) { s.Message = "" },
		},
		"a newer version of the record, with more in it": {
			"decrypt-failed", edits{"detail/eventVersion": "2.4", "detail/something": map[string]any{"new": true}},
			func(*signal.Signal) {},
		},
		"no request, as when CloudTrail leaves it out": {
			"create-failed-invalid-configuration", edits{"detail/requestParameters": nil},
			func(s *signal.Signal) { s.StoreName, s.ServiceName, s.UriEndpoint = "", "", "" },
		},
		"no ID and no time of its own": {
			"decrypt-failed", edits{"detail/eventID": nil, "detail/eventTime": nil, "time": "2026-03-02T12:00:09Z"},
			func(s *signal.Signal) {
				s.ID, s.At = "0fddb993-5eb8-213a-abbb-14a231971d08", at("2026-03-02T12:00:09Z")
			},
		},
		"no account and no Region": {
			"decrypt-failed", edits{"account": nil, "region": nil, "detail/awsRegion": nil, "detail/recipientAccountId": nil},
			func(s *signal.Signal) { s.Account, s.Region = "", "" },
		},
		"a message without a code": {
			"connect-failed", edits{"detail/errorCode": nil},
			func(s *signal.Signal) { s.Code = "UnknownError" },
		},
		"an update that fails in its caller's hands is a change": {
			"update-by-person", edits{"detail/errorCode": "CustomKeyStoreNameInUseException", "detail/errorMessage": "taken"},
			func(s *signal.Signal) { s.Code, s.Message = "CustomKeyStoreNameInUseException", "taken" },
		},
		"a failed disconnect is a change": {
			"disconnect-by-person", edits{"detail/errorCode": "CustomKeyStoreInvalidStateException"},
			func(s *signal.Signal) { s.Code = "CustomKeyStoreInvalidStateException" },
		},
		"a refused CreateKey that names a key store": {
			"create-key-failed", edits{"detail/errorCode": "Client.UnauthorizedOperation"},
			func(s *signal.Signal) { s.Kind, s.Code = signal.AccessDenied, "Client.UnauthorizedOperation" },
		},
		"an external key that is not there": {
			"create-key-failed", edits{"detail/errorCode": "XksKeyNotFoundException"},
			func(s *signal.Signal) { s.Code = "XksKeyNotFoundException" },
		},
		"a key store ID that cannot be one": {
			"connect-failed", edits{"detail/requestParameters/customKeyStoreId": "cks-1/../../INCIDENT#1"},
			func(s *signal.Signal) { s.KeyStoreID = "" },
		},
		"a key store ID that is too long to be one": {
			"connect-failed", edits{"detail/requestParameters/customKeyStoreId": "cks-" + strings.Repeat("0", 61)},
			func(s *signal.Signal) { s.KeyStoreID = "" },
		},
		"the longest key store ID there can be": {
			"connect-failed", edits{"detail/requestParameters/customKeyStoreId": "cks-" + strings.Repeat("0", 60)},
			func(s *signal.Signal) { s.KeyStoreID = "cks-" + strings.Repeat("0", 60) },
		},
		"a message with control characters": {
			"connect-failed", edits{"detail/errorMessage": "one\r\ntwo\x1b[31m\u202ethree"},
			func(s *signal.Signal) { s.Message = "one  two[31mthree" },
		},
		"a key store named in a list of dimensions": {
			"alarm-metric", edits{"detail/configuration/metrics": []any{map[string]any{"metricStat": map[string]any{"metric": map[string]any{
				"namespace": "AWS/KMS", "name": "XksProxyErrors", "dimensions": []any{map[string]any{"name": "CustomKeyStoreId", "value": cks}},
			}}}}},
			func(*signal.Signal) {},
		},
		"an alarm over two key stores names none": {
			"alarm-metric", edits{"detail/configuration/metrics": []any{
				map[string]any{"expression": `SELECT SUM(XksProxyErrors) FROM "AWS/KMS" WHERE CustomKeyStoreId = 'cks-1'`},
				map[string]any{"expression": `SELECT SUM(XksProxyErrors) FROM "AWS/KMS" WHERE CustomKeyStoreId = 'cks-2'`},
			}},
			func(s *signal.Signal) { s.KeyStoreID = "" },
		},
		"an alarm's query with the longest key store ID": {
			"alarm-metric", edits{"detail/configuration/metrics": []any{
				map[string]any{"expression": `SELECT SUM(XksProxyErrors) FROM "AWS/KMS" WHERE CustomKeyStoreId = 'cks-` + strings.Repeat("0", 60) + `'`},
			}},
			func(s *signal.Signal) { s.KeyStoreID = "cks-" + strings.Repeat("0", 60) },
		},
		"an alarm's query with an ID that is too long names none": {
			"alarm-metric", edits{"detail/configuration/metrics": []any{
				map[string]any{"expression": `SELECT SUM(XksProxyErrors) FROM "AWS/KMS" WHERE CustomKeyStoreId = 'cks-` + strings.Repeat("0", 61) + `'`},
			}},
			func(s *signal.Signal) { s.KeyStoreID = "" },
		},
		"an alarm on all key stores but one names none": {
			"alarm-metric", edits{"detail/configuration/metrics": []any{
				map[string]any{"expression": `SELECT SUM(XksProxyErrors) FROM "AWS/KMS" WHERE CustomKeyStoreId != 'cks-1'`},
			}},
			func(s *signal.Signal) { s.KeyStoreID = "" },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := wanted()[tt.sample]
			tt.change(&want)
			got, err := signal.Parse(edited(t, tt.sample, tt.edits), self())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

func TestALongMessageIsCutAtACharacter(t *testing.T) {
	t.Parallel()
	s, err := signal.Parse(edited(t, "connect-failed", edits{"detail/errorMessage": "x" + strings.Repeat("é", 1000)}), self())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Message) != 1023 || !utf8.ValidString(s.Message) {
		t.Errorf("got %d bytes, valid %v; want 1023 whole ones", len(s.Message), utf8.ValidString(s.Message))
	}
}

// secrets are planted in the samples, where a real event has the like.
func secrets() []string {
	return []string{"PLANTED", "card-numbers", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "encryptionContext", "abc01234567890fe"}
}

func TestNoSecretTravels(t *testing.T) {
	t.Parallel()
	var planted strings.Builder
	for _, name := range sampleNames(t) {
		planted.Write(read(t, name))
		s, err := signal.Parse(read(t, name), self())
		if err != nil {
			t.Fatal(err)
		}
		told, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets() {
			if strings.Contains(string(told), secret) {
				t.Errorf("%s: %q in %s", name, secret, told)
			}
		}
	}
	for _, secret := range secrets() {
		if !strings.Contains(planted.String(), secret) {
			t.Errorf("%q is planted nowhere", secret)
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	changes := map[string]bool{
		"update-failed": true, "connect-failed": true, "connect-succeeded": true, "connect-denied": true,
		"disconnect-by-person": true, "update-by-person": true,
	}
	for name, s := range wanted() {
		if got := s.Change(); got != changes[name] {
			t.Errorf("%s: got %v, want %v", name, got, changes[name])
		}
	}
}

func TestDeniedAction(t *testing.T) {
	t.Parallel()
	want := wanted()
	tests := map[string]struct {
		s    signal.Signal
		want string
	}{
		"the action that the sentence names": {want["create-denied"], "ec2:DescribeVpcEndpointServices"},
		"the operation, without a sentence":  {signal.Signal{Kind: signal.AccessDenied, Operation: "ConnectCustomKeyStore"}, "kms:ConnectCustomKeyStore"},
		"none where nothing was denied":      {want["decrypt-failed"], ""},
	}
	for name, tt := range tests {
		if got := tt.s.DeniedAction(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range sampleNames(f) {
		f.Add(read(f, name))
	}
	f.Add([]byte(`{"source":"aws.kms","detail-type":"AWS API Call via CloudTrail","time":"2026-03-02T12:00:01Z","detail":{"eventName":"UpdateCustomKeyStore"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := signal.Parse(body, self())
		_, dropped := errors.AsType[*signal.Dropped](err)
		_, malformed := errors.AsType[*signal.Malformed](err)
		if err != nil && !dropped && !malformed {
			t.Fatalf("an error of no kind: %v", err)
		}
		if err != nil {
			return
		}
		if s.Kind == "" || s.At.IsZero() && s.Kind != signal.Recheck {
			t.Fatalf("a signal without kind or time: %+v", s)
		}
		for _, text := range []string{s.ID, s.Operation, s.Code, s.Message, s.Actor, s.Key, s.KeyStoreID, s.ServiceName, s.StoreName, s.AlarmName, s.Subject, s.Incident} {
			if len(text) > 1024 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Fatalf("text that cannot be printed or is too long: %q", text)
			}
		}
		if again, err := signal.Parse(body, self()); err != nil || again != s {
			t.Fatalf("read twice, understood twice: %+v, %+v", s, again)
		}
	})
}
