package cloudtrail_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/cloudtrail"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

var (
	start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

	alice = engine.Principal{Name: "admin", Type: "IAMUser", ARN: "arn:aws:iam::111122223333:user/Alice", KeyID: "AKIAEXAMPLE", UserName: "Alice"}
	role  = engine.Principal{Name: "Remediate", Type: "AssumedRole", ARN: "arn:aws:sts::111122223333:assumed-role/RemediateRole/remediate",
		RoleARN: "arn:aws:iam::111122223333:role/RemediateRole", KeyID: "ASIAEXAMPLE"}
	ebs = engine.Principal{Name: "ec2.amazonaws.com", Type: "AWSService"}

	kms = &engine.Service{Name: "kms", Protocol: engine.JSON11, Operations: map[string]engine.Operation{
		"Decrypt": {ReadOnly: true}, "ConnectCustomKeyStore": {}, "CreateKey": {}, "CreateCustomKeyStore": {}, "GetBlob": {NotManagement: true},
	}}
	ec2 = &engine.Service{Name: "ec2", Protocol: engine.EC2Query, Operations: map[string]engine.Operation{"AuthorizeSecurityGroupIngress": {}}}
)

// trails is a set of trails that records the sources in it.
type trails []string

func (t trails) TrailsRecord(source string, readOnly bool) bool {
	return slices.Contains(t, source) && !(readOnly && slices.Contains(t, "WriteOnly"))
}

type bench struct {
	clock    *engine.Clock
	buses    *eventbridge.Buses
	recorder *cloudtrail.Recorder
}

func newBench(t cloudtrail.Trails) *bench {
	clock := engine.NewClock(start)
	account := platform.NewAccount(clock, "eu-central-1", "111122223333")
	buses := eventbridge.New(account, sqs.New(account))
	return &bench{clock, buses, cloudtrail.New(account, buses, t)}
}

// call observes one call whose parameters are body.
func (b *bench) call(s *engine.Service, operation string, p engine.Principal, body string, trail engine.Trail, failure *engine.Error) map[string]any {
	c := engine.NewCall(s, operation, p, b.clock.Now(), "f1b8-request", engine.BindJSON(s, []byte(body)))
	c.Trail = trail
	b.recorder.Observe(c, nil, failure)
	history := b.recorder.History()
	if len(history) == 0 {
		return nil
	}
	var record map[string]any
	if err := json.Unmarshal(history[len(history)-1].JSON, &record); err != nil {
		panic(err)
	}
	return record
}

func (b *bench) delivered(d time.Duration) []eventbridge.Event {
	until := b.clock.Now().Add(d)
	for do := b.clock.Pop(until); do != nil; do = b.clock.Pop(until) {
		do()
	}
	return b.buses.Bus(eventbridge.Default).Events()
}

// https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html
func TestAFailedDecryptLeavesTheRecordThatAWSDocuments(t *testing.T) {
	t.Parallel()
	const key = "arn:aws:kms:eu-central-1:111122223333:key/0987dcba"
	b := newBench(nil)
	got := b.call(kms, "Decrypt", alice, `{}`, engine.Trail{
		RequestParameters:   map[string]any{"keyId": key, "encryptionContext": map[string]any{"Department": "Engineering"}},
		ResponseElements:    map[string]any{"never": "shown of a failure"},
		AdditionalEventData: map[string]any{"customKeyStoreId": "cks-9876543210fedcba9", "xksKeyId": "abc01234567890fe"},
		Resources:           []engine.TrailResource{{Account: "111122223333", Type: "AWS::KMS::Key", ARN: key}},
	}, &engine.Error{Code: "KMSInvalidStateException", Message: "the proxy does not answer", Status: 409})
	want := map[string]any{
		"eventVersion": "1.11",
		"userIdentity": map[string]any{"type": "IAMUser", "principalId": "AIDA", "arn": alice.ARN,
			"accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE", "userName": "Alice"},
		"eventTime": "2026-03-02T03:00:00Z", "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "awsRegion": "eu-central-1",
		"errorCode": "KMSInvalidStateException", "errorMessage": "the proxy does not answer",
		"requestParameters":   map[string]any{"keyId": key, "encryptionContext": map[string]any{"Department": "Engineering"}},
		"responseElements":    nil,
		"additionalEventData": map[string]any{"customKeyStoreId": "cks-9876543210fedcba9", "xksKeyId": "abc01234567890fe"},
		"requestID":           "f1b8-request", "readOnly": true,
		"resources": []any{map[string]any{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": key}},
		"eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333", "eventCategory": "Management",
	}
	identity := got["userIdentity"].(map[string]any)
	identity["principalId"] = identity["principalId"].(string)[:4]
	for _, free := range []string{"eventID", "sourceIPAddress", "userAgent", "tlsDetails"} {
		if got[free] == nil {
			t.Errorf("the record has no %s", free)
		}
		delete(got, free)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record differs (-want +got):\n%s", diff)
	}
}

// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func TestUserIdentityTellsWhoCalled(t *testing.T) {
	t.Parallel()
	t.Run("a role's session", func(t *testing.T) {
		t.Parallel()
		got := newBench(nil).call(kms, "ConnectCustomKeyStore", role, `{}`, engine.Trail{}, nil)["userIdentity"].(map[string]any)
		issuer := got["sessionContext"].(map[string]any)["sessionIssuer"].(map[string]any)
		if got["type"] != "AssumedRole" || got["arn"] != role.ARN || !strings.HasSuffix(got["principalId"].(string), ":remediate") ||
			issuer["type"] != "Role" || issuer["arn"] != role.RoleARN || issuer["userName"] != "RemediateRole" || issuer["accountId"] != "111122223333" ||
			got["principalId"] != issuer["principalId"].(string)+":remediate" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a service", func(t *testing.T) {
		t.Parallel()
		record := newBench(nil).call(kms, "Decrypt", ebs, `{}`, engine.Trail{}, nil)
		want := map[string]any{"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
		if diff := cmp.Diff(want, record["userIdentity"]); diff != "" {
			t.Errorf("the identity differs (-want +got):\n%s", diff)
		}
		if record["sourceIPAddress"] != "ec2.amazonaws.com" || record["tlsDetails"] != nil {
			t.Errorf("the call came from %v with TLS %v; want the service's name and none", record["sourceIPAddress"], record["tlsDetails"])
		}
	})
}

func TestErrorsAreSpeltAsRecordsSpellThem(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		service *engine.Service
		called  string
		failure *engine.Error
		want    string
	}{
		"a refusal by KMS":   {kms, "CreateKey", &engine.Error{Code: "AccessDeniedException"}, "AccessDenied"},
		"a refusal by EC2":   {ec2, "AuthorizeSecurityGroupIngress", &engine.Error{Code: "UnauthorizedOperation", Status: 403}, "Client.UnauthorizedOperation"},
		"EC2's own failure":  {ec2, "AuthorizeSecurityGroupIngress", &engine.Error{Code: "RequestLimitExceeded", Status: 503}, "Server.RequestLimitExceeded"},
		"any other":          {kms, "CreateKey", &engine.Error{Code: "XksKeyNotFoundException"}, "XksKeyNotFoundException"},
		"one that is 1 KB":   {kms, "CreateKey", &engine.Error{Code: strings.Repeat("x", 1024)}, strings.Repeat("x", 1024)},
		"one that is longer": {kms, "CreateKey", &engine.Error{Code: strings.Repeat("x", 1025)}, strings.Repeat("x", 1024)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newBench(nil).call(tt.service, tt.called, alice, `{}`, engine.Trail{}, tt.failure)["errorCode"]; got != tt.want {
				t.Errorf("got %v; want %s", got, tt.want)
			}
		})
	}
}

func TestARefusedCallIsRecordedWithWhatItAskedForAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	got := newBench(nil).call(kms, "CreateKey", alice,
		`{"CustomKeyStoreId":"cks-1","Plaintext":"c2VjcmV0","XksProxyAuthenticationCredential":{"RawSecretAccessKey":"hush"}}`,
		engine.Trail{}, &engine.Error{Code: "AccessDeniedException"})
	want := map[string]any{"customKeyStoreId": "cks-1", "xksProxyAuthenticationCredential": "HIDDEN_DUE_TO_SECURITY_REASONS"}
	if diff := cmp.Diff(want, got["requestParameters"]); diff != "" {
		t.Errorf("the parameters differ (-want +got):\n%s", diff)
	}
}

func TestDataEventsAreNotRecorded(t *testing.T) {
	t.Parallel()
	if got := newBench(nil).call(kms, "GetBlob", alice, `{}`, engine.Trail{}, nil); got != nil {
		t.Errorf("recorded %v", got)
	}
}

func TestEventBridgeSeesWhatATrailRecordsAndHistorySeesAll(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		trails trails
		want   []string
	}{
		"no trail":                    {nil, nil},
		"a trail of all":              {trails{"kms.amazonaws.com"}, []string{"Decrypt", "ConnectCustomKeyStore"}},
		"a trail of writes":           {trails{"kms.amazonaws.com", "WriteOnly"}, []string{"ConnectCustomKeyStore"}},
		"a trail that leaves KMS out": {trails{"ec2.amazonaws.com"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(tt.trails)
			b.call(kms, "Decrypt", alice, `{}`, engine.Trail{}, nil)
			b.call(kms, "ConnectCustomKeyStore", alice, `{}`, engine.Trail{}, nil)
			var got []string
			for _, e := range b.delivered(time.Minute) {
				var detail struct {
					EventName string `json:"eventName"`
				}
				if err := json.Unmarshal(e.Detail, &detail); err != nil {
					t.Fatal(err)
				}
				if e.Source != "aws.kms" || e.DetailType != "AWS API Call via CloudTrail" || e.Time != "2026-03-02T03:00:00Z" {
					t.Errorf("the envelope is %+v", e)
				}
				got = append(got, detail.EventName)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("EventBridge saw %v; want %v", got, tt.want)
			}
			if history := b.recorder.History(); len(history) != 2 {
				t.Errorf("the event history has %d records; want both", len(history))
			}
		})
	}
}

func TestRecordsCanBeLostRepeatedAndDelayed(t *testing.T) {
	t.Parallel()
	b := newBench(nil)
	b.recorder.Deliveries = func(r cloudtrail.Record) []time.Duration {
		if r.EventName == "Decrypt" {
			return nil
		}
		return []time.Duration{time.Second, 10 * time.Minute}
	}
	b.call(kms, "Decrypt", alice, `{}`, engine.Trail{}, nil)
	b.call(kms, "ConnectCustomKeyStore", alice, `{}`, engine.Trail{}, nil)
	if early, all := len(b.delivered(time.Second)), len(b.delivered(time.Hour)); early != 1 || all != 2 {
		t.Errorf("%d events after a second and %d after an hour; want 1 and 2", early, all)
	}
}

// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
func TestRecordsOver256KBDoNotReachEventBridge(t *testing.T) {
	t.Parallel()
	b := newBench(nil)
	b.call(kms, "CreateKey", alice, `{}`, engine.Trail{RequestParameters: map[string]any{"policy": strings.Repeat("x", 256<<10)}}, nil)
	if got := b.delivered(time.Hour); len(got) != 0 {
		t.Error("the record reached EventBridge")
	}
}
