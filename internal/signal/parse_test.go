package signal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/signal"
)

const samples = "../../events/signals"

// self is the product as it is deployed where the samples were taken.
func self() signal.Self {
	return signal.Self{
		Account: "111122223333", Region: "eu-central-1",
		Roles: []string{"arn:aws:iam::111122223333:role/xks/RemediatorDiagnose", "arn:aws:iam::111122223333:role/RemediatorFix"},
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(samples, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

const (
	m1  = "AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct in your external key store."
	m3  = "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."
	cks = "cks-1234567890abcdef0"
	key = "arn:aws:kms:eu-central-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321"
	svc = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"

	alice  = "arn:aws:iam::111122223333:user/Alice"
	bob    = "arn:aws:sts::111122223333:assumed-role/KeyAdmins/bob@example.com"
	deploy = "arn:aws:sts::111122223333:assumed-role/PaymentsDeploy/pipeline-"
)

// wanted is what each sample of events/signals means, written by hand from the sample.
func wanted() map[string]signal.Signal {
	want := map[string]signal.Signal{
		"create-failed-invalid-configuration": {
			ID: "07e9e216-89c3-6bf1-1323-d40c3533452e", Kind: signal.CallFailed, At: at("2026-03-02T09:14:07Z"), Actor: alice,
			Operation: "CreateCustomKeyStore", Code: "XksProxyVpcEndpointServiceInvalidConfigurationException",
			Message:   "The VPC endpoint service does not fulfill the requirements for an external key store proxy.",
			StoreName: "payments-hsm", ServiceName: svc, UriEndpoint: "https://xks.payments.example.com",
		},
		"create-failed-not-found": {
			ID: "39d957bb-019c-f102-9b73-24f8e93c0a40", Kind: signal.CallFailed, At: at("2026-03-02T09:20:41Z"), Actor: alice,
			Operation: "CreateCustomKeyStore", Code: "XksProxyVpcEndpointServiceNotFoundException",
			Message:   "The VPC endpoint service was not found.",
			StoreName: "payments-hsm", ServiceName: "com.amazonaws.vpce.eu-central-1.vpce-svc-0fedcba9876543210",
			ServiceOwner: "444455556666", UriEndpoint: "https://xks.payments.example.com",
		},
		"update-failed": {
			ID: "e49ec12c-7d57-0908-e126-141742489103", Kind: signal.CallFailed, At: at("2026-03-02T10:02:00Z"), Actor: alice,
			Operation: "UpdateCustomKeyStore", Code: "XksProxyUriUnreachableException", Message: m1,
			KeyStoreID: cks, StoreName: "payments-hsm", UriEndpoint: "https://xks2.payments.example.com",
		},
		"create-key-failed": {
			ID: "03d6b2b9-dc18-f170-b836-a423e7c2d4b1", Kind: signal.CallFailed, At: at("2026-03-02T10:11:12Z"), Actor: deploy + "118",
			Operation: "CreateKey", Code: "CustomKeyStoreInvalidStateException", Message: m1, KeyStoreID: cks,
		},
		"connect-failed": {
			ID: "25d51e90-726c-fbcb-35d6-417d02b36eec", Kind: signal.CallFailed, At: at("2026-03-02T10:30:00Z"), Actor: alice,
			Operation: "ConnectCustomKeyStore", Code: "CustomKeyStoreInvalidStateException",
			Message: "The custom key store must be disconnected before it can be connected.", KeyStoreID: cks,
		},
		"connect-succeeded": {
			ID: "65bf08bc-f775-6263-92ee-7c18c0deef78", Kind: signal.KeyStoreChange, At: at("2026-03-02T10:31:30Z"), Actor: alice,
			Operation: "ConnectCustomKeyStore", KeyStoreID: cks, StoreName: "payments-hsm",
		},
		"disconnect-by-person": {
			ID: "b5a56184-8176-badf-9616-867f40bd8f66", Kind: signal.KeyStoreChange, At: at("2026-03-02T11:00:05Z"), Actor: bob,
			Operation: "DisconnectCustomKeyStore", KeyStoreID: cks, StoreName: "payments-hsm",
		},
		"update-by-person": {
			ID: "525a58f7-9cdf-3d86-1bb2-9057b0ab0521", Kind: signal.KeyStoreChange, At: at("2026-03-02T11:05:00Z"), Actor: bob,
			Operation: "UpdateCustomKeyStore", KeyStoreID: cks, StoreName: "payments-hsm-2",
		},
		"decrypt-failed": {
			ID: "05e1a9ad-f232-5321-f940-967090755870", Kind: signal.CallFailed, At: at("2026-03-02T12:00:01Z"),
			Actor:     "arn:aws:sts::111122223333:assumed-role/PaymentsApi/i-0abcdef1234567890",
			Operation: "Decrypt", Code: "KMSInvalidStateException", Message: m1,
			Key: key, KeyAccount: "111122223333", KeyStoreID: cks,
		},
		"generate-data-key-by-service": {
			ID: "0e1f0c98-7e95-10b4-d821-e2044389b351", Kind: signal.CallFailed, At: at("2026-03-02T12:00:03Z"), Actor: "ec2.amazonaws.com",
			Operation: "GenerateDataKeyWithoutPlaintext", Code: "KMSInvalidStateException", Message: m3,
			Key: key, KeyAccount: "111122223333", KeyStoreID: cks,
		},
		"connect-denied": {
			ID: "4133824a-ebed-de83-293e-e562f5981bf4", Kind: signal.AccessDenied, At: at("2026-03-02T13:00:00Z"), Actor: deploy + "119",
			Operation: "ConnectCustomKeyStore", Code: "AccessDenied",
			Message: "User: " + deploy + "119 is not authorized to perform: kms:ConnectCustomKeyStore because no identity-based policy allows the kms:ConnectCustomKeyStore action",
		},
		"create-denied": {
			ID: "4eac4dc1-6a83-fb91-e156-b785ccd13a95", Kind: signal.AccessDenied, At: at("2026-03-02T13:05:00Z"), Actor: deploy + "120",
			Operation: "CreateCustomKeyStore", Code: "AccessDeniedException",
			Message:   "User: " + deploy + "120 is not authorized to perform: ec2:DescribeVpcEndpointServices because no identity-based policy allows the ec2:DescribeVpcEndpointServices action",
			StoreName: "payments-hsm", ServiceName: svc, UriEndpoint: "https://xks.payments.example.com",
		},
		"tick": {ID: "e5e5c075-4f1e-26bf-9154-55e21cf2eba5", Kind: signal.Tick, At: at("2026-03-02T14:00:00Z")},
		"alarm-metric": {
			ID: "5526589b-84ac-e403-6d97-82bc90daa0f7", Kind: signal.Alarm, At: at("2026-03-02T15:04:05.123Z"),
			AlarmName: "payments-hsm-certificate", KeyStoreID: cks,
			Message: "Threshold Crossed: 1 datapoint [9.0 (02/03/26 15:00:00)] was less than the threshold (10.0).",
		},
		"alarm-math": {
			ID: "21ed91b9-9faa-5f3d-5d96-f6bfae6c2412", Kind: signal.Alarm, At: at("2026-03-02T15:04:05.123Z"),
			AlarmName: "payments-hsm-error-rate", KeyStoreID: cks,
			Message: "Threshold Crossed: 1 datapoint [17.0 (02/03/26 15:03:00)] was greater than the threshold (5.0).",
		},
		"alarm-insights": {
			ID: "088af553-85e7-5780-6253-0ed8ca7866b9", Kind: signal.Alarm, At: at("2026-03-02T15:04:05.123Z"),
			AlarmName: "payments-hsm-retryable-errors", KeyStoreID: cks,
			Message: "Threshold Crossed: 1 datapoint [17.0 (02/03/26 15:03:00)] was greater than the threshold (5.0).",
		},
		"alarm-insights-all-key-stores": {
			ID: "d3266ce8-2bc3-2b63-d83f-ad69671e530e", Kind: signal.Alarm, At: at("2026-03-02T15:04:05.123Z"),
			AlarmName: "xks-errors",
			Message:   "Threshold Crossed: 1 datapoint [17.0 (02/03/26 15:03:00)] was greater than the threshold (5.0).",
		},
		"recheck": {
			ID: "recheck-01JNABCDEFGHJKMNPQRSTVWXYZ-3", Kind: signal.Recheck, At: at("2026-03-02T12:01:00Z"),
			Subject: "key-store/" + cks, Incident: "01JNABCDEFGHJKMNPQRSTVWXYZ", Generation: 3, Due: at("2026-03-02T12:21:00Z"),
		},
	}
	for name, s := range want {
		s.Account, s.Region = "111122223333", "eu-central-1"
		want[name] = s
	}
	return want
}

func TestEachSampleIsUnderstood(t *testing.T) {
	t.Parallel()
	want := wanted()
	for _, name := range sampleNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, ok := want[name]
			if !ok {
				t.Fatalf("no expectation for %s.json", name)
			}
			got, err := signal.Parse(read(t, name), self())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(w, got); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
	if len(want) != len(sampleNames(t)) {
		t.Errorf("%d samples, %d expectations", len(sampleNames(t)), len(want))
	}
}

func TestEachSampleIsTold(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../events/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sampleNames(t) {
		if !strings.Contains(string(page), "signals/"+name+".json") {
			t.Errorf("events/README.md does not say what signals/%s.json is", name)
		}
	}
}

func sampleNames(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(samples, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples in %s: %v", samples, err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return files
}

func TestWhatIsMalformedIsSaidToBe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ id, reason string }{
		"empty-body":                  {"", "the body is empty"},
		"cut-short":                   {"", "the body is not JSON"},
		"not-json":                    {"", "the body is not JSON"},
		"a-list":                      {"", "the body is not a JSON object"},
		"a-string":                    {"", "the body is not a JSON object"},
		"two-events":                  {"", "the body holds more than one JSON value"},
		"no-source":                   {"11111111-0000-4000-8000-000000000004", "the event has no source"},
		"no-detail-type":              {"11111111-0000-4000-8000-000000000005", "the event has no detail-type"},
		"no-detail":                   {"11111111-0000-4000-8000-000000000006", "the event's detail is not an object"},
		"detail-is-a-string":          {"11111111-0000-4000-8000-000000000007", "the event's detail is not an object"},
		"unknown-kind":                {"11111111-0000-4000-8000-000000000008", "no event of source aws.kms and detail-type KMS CMK Rotation is known"},
		"call-without-operation":      {"11111111-0000-4000-8000-000000000009", "the record names no operation"},
		"call-without-time":           {"11111111-0000-4000-8000-00000000000a", "the record has no time"},
		"call-of-another-service":     {"11111111-0000-4000-8000-00000000000b", "the record is not of a KMS call but of ec2.amazonaws.com"},
		"tick-without-time":           {"11111111-0000-4000-8000-00000000000c", "the event has no time"},
		"alarm-without-state":         {"11111111-0000-4000-8000-00000000000d", "the alarm has no state"},
		"alarm-without-time":          {"11111111-0000-4000-8000-00000000000e", "the event has no time"},
		"recheck-without-subject":     {"11111111-0000-4000-8000-00000000000f", "the re-check names no subject"},
		"recheck-with-bad-generation": {"11111111-0000-4000-8000-000000000010", "the re-check's generation is not a whole number"},
	}
	files, err := filepath.Glob("testdata/bad/*.json")
	if err != nil || len(files) != len(tests) {
		t.Errorf("%d bad samples, %d expectations: %v", len(files), len(tests), err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata/bad", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = signal.Parse(body, self())
			got, ok := errors.AsType[*signal.Malformed](err)
			if !ok || got.ID != tt.id || got.Reason != tt.reason {
				t.Errorf("got %#v, want ID %q and reason %q", err, tt.id, tt.reason)
			}
		})
	}
}
