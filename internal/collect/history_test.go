package collect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/trail"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// happened puts a call into the event history.
func (s *sim) happened(after time.Duration, operation, code string, who, parameters map[string]any) string {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.History)+1)
	record, err := json.Marshal(map[string]any{
		"eventID": id, "eventName": operation, "eventSource": "ec2.amazonaws.com", "errorCode": code,
		"userIdentity": who, "requestParameters": parameters,
	})
	if err != nil {
		panic(err)
	}
	s.History = append(s.History, trail.Event{Time: start.Add(after), Record: record})
	return id
}

func TestWhoChangedAResource(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.advance(time.Hour)
	sg, other := s.ProxyGroup.ID, s.BalancerGroup.ID
	bob := map[string]any{"arn": "arn:aws:iam::111122223333:user/Bob", "userName": "Bob"}
	pipeline := map[string]any{"arn": "arn:aws:sts::111122223333:assumed-role/Deploy/42", "invokedBy": "cloudformation.amazonaws.com"}
	on := func(id string) map[string]any { return map[string]any{"groupId": id} }

	s.happened(1*time.Minute, "RevokeSecurityGroupIngress", "", bob, on(sg))
	s.happened(6*time.Minute, "RevokeSecurityGroupIngress", "", bob, on(other))
	s.happened(7*time.Minute, "AuthorizeSecurityGroupIngress", "", bob, on(sg))
	revoked := s.happened(8*time.Minute, "RevokeSecurityGroupIngress", "", pipeline, on(sg))
	refused := s.happened(9*time.Minute, "RevokeSecurityGroupIngress", "Client.UnauthorizedOperation", bob, on(sg))
	for range 5 { // more than a page of what does not matter
		s.happened(10*time.Minute, "AuthorizeSecurityGroupIngress", "", bob, on(sg))
	}

	want := []path.Change{{
		Operation: "RevokeSecurityGroupIngress", Actor: "arn:aws:sts::111122223333:assumed-role/Deploy/42",
		InvokedBy: "cloudformation.amazonaws.com", At: start.Add(8 * time.Minute), Event: revoked,
	}, {
		Operation: "RevokeSecurityGroupIngress", Actor: "arn:aws:iam::111122223333:user/Bob",
		At: start.Add(9 * time.Minute), Code: "Client.UnauthorizedOperation", Event: refused,
	}}
	undoing := []string{"RevokeSecurityGroupIngress", "ModifySecurityGroupRules"}
	for _, name := range []string{sg, "arn:aws:ec2:eu-central-1:111122223333:security-group/" + sg} {
		got, err := s.reader().History(t.Context(), name, start.Add(5*time.Minute), undoing)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v; want (-), got (+):\n%s", name, err, d)
		}
	}
	// What happened at that very moment is the product's own call, after which one asks.
	if got, err := s.reader().History(t.Context(), sg, start.Add(8*time.Minute), undoing); len(got) != 1 || err != nil {
		t.Errorf("got %+v, %v; want what came after it", got, err)
	}
}

func TestTheHistoryOfAKeyStoreIsFoundByItsCalls(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.advance(time.Hour)
	id := s.KeyStore.ID
	alice := map[string]any{"type": "AWSService", "invokedBy": "config.amazonaws.com"}
	second := s.happened(2*time.Minute, "DisconnectCustomKeyStore", "", alice, map[string]any{"customKeyStoreId": id})
	s.happened(3*time.Minute, "DisconnectCustomKeyStore", "", alice, map[string]any{"customKeyStoreId": "cks-other"})
	first := s.happened(1*time.Minute, "UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException", alice, map[string]any{"customKeyStoreId": id})

	got, err := s.reader().History(t.Context(), id, start, []string{"DisconnectCustomKeyStore", "UpdateCustomKeyStore"})
	want := []path.Change{
		{Operation: "UpdateCustomKeyStore", Actor: "config.amazonaws.com", InvokedBy: "config.amazonaws.com", At: start.Add(time.Minute), Code: "CustomKeyStoreInvalidStateException", Event: first},
		{Operation: "DisconnectCustomKeyStore", Actor: "config.amazonaws.com", InvokedBy: "config.amazonaws.com", At: start.Add(2 * time.Minute), Event: second},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v; want (-), got (+):\n%s", err, d)
	}
}

func TestARefusedHistoryNamesTheAction(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.denied["cloudtrail:LookupEvents"] = true
	_, err := s.reader().History(t.Context(), s.ProxyGroup.ID, start, nil)
	if denied, ok := errors.AsType[*awserr.Denied](err); !ok || denied.Action != "cloudtrail:LookupEvents" {
		t.Errorf("got %v, want a refusal of cloudtrail:LookupEvents", err)
	}
}

func TestCandidatesAreTheServicesThatAdmitKMS(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	open, closed := s.AddService(s.Balancer), s.AddService(s.Balancer)
	open.Principals = []string{"*"}
	closed.Principals = []string{"arn:aws:iam::444455556666:root", "cks.kms.us-east-1.amazonaws.com"}
	got, err := s.reader().Candidates(t.Context())
	want := []string{s.Service.Name, open.Name}
	if open.Name < s.Service.Name {
		want[0], want[1] = want[1], want[0]
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v; want (-), got (+):\n%s", err, d)
	}

	s.denied["ec2:DescribeVpcEndpointServicePermissions"] = true
	services, gaps := s.reader().Services(t.Context())
	if len(services) != 3 || len(gaps) != 3 {
		t.Errorf("got %d services and %d gaps, want 3 of each", len(services), len(gaps))
	}
	if got, err := s.reader().Candidates(t.Context()); err == nil || len(got) > 0 {
		t.Errorf("got %v, %v; want none, and an error", got, err)
	}
}
