package incident_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

var off = pathtest.State("DISCONNECTED", "")

// cut brings a story to a key store that the product itself disconnected and is due to
// connect again.
func cut(t *testing.T) *story {
	t.Helper()
	s := failed(t)
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(2*time.Minute).look(pathtest.NoCanary, off)
	if diff := cmp.Diff([]plan.Kind{plan.KindConnectKeyStore}, s.automatic()); diff != "" {
		t.Fatalf("handed over (-want +got):\n%s", diff)
	}
	return s
}

// A worker that holds the lease may come to its Disconnect after a look saw the key store
// serve: the plan is still the one that was handed over.
func TestAKeyStoreThatServesAgainIsNotDisconnected(t *testing.T) {
	t.Parallel()
	s := failed(t)
	in := s.rec.Incident
	must(t, s.rec.Lock(incident.Order{Incident: in.ID, Digest: in.Plan.Digest}, "token", s.now, s.now.Add(90*time.Second)))
	steps, _ := s.rec.Todo()
	if len(steps) != 1 || steps[0].Action.Kind() != plan.KindDisconnectKeyStore {
		t.Fatalf("handed over %v, want a Disconnect", steps)
	}
	s.after(time.Second).look(pathtest.NoCanary, closed)
	if err := s.rec.Intend("token", steps[0], s.rules(), s.now); !errors.Is(err, incident.ErrMoved) {
		t.Errorf("a Disconnect of a CONNECTED key store: got %v, want ErrMoved", err)
	}
}

func TestAConnectThatWasRefusedIsNoKillSwitch(t *testing.T) {
	t.Parallel()
	s := cut(t)
	s.after(2 * time.Second).apply(incident.Failed)
	s.after(15*time.Second).look(pathtest.NoCanary, off).want(lifecycle.Escalated)
	told := s.told[len(s.told)-1]
	if len(told.Plan) != 1 || told.Plan[0].Commands[0] != "aws kms connect-custom-key-store --custom-key-store-id "+storeID {
		t.Errorf("the message does not say what to type: %+v", told.Plan)
	}
	s.after(5*time.Minute).look(pathtest.NoCanary, off).want(lifecycle.Escalated)
	s.after(5*time.Minute).call("ConnectCustomKeyStore", "")
	s.after(time.Second).look(pathtest.NoCanary).want("none")
	if s.ended[0].State != lifecycle.Resolved {
		t.Errorf("ended %s, want resolved", s.ended[0].State)
	}
}

func TestWhatSomebodyElseConnectedIsNotOursAnyMore(t *testing.T) {
	t.Parallel()
	t.Run("their Connect is seen by its effect alone, and fails", func(t *testing.T) {
		s := failed(t)
		s.after(2 * time.Second).apply(incident.Applied)
		s.after(20*time.Second).look(pathtest.NoCanary, off)
		s.after(20*time.Second).look(pathtest.NoCanary, pathtest.State("CONNECTING", ""))
		bad := pathtest.State("FAILED", "NETWORK_ERRORS")
		s.after(3*time.Minute).look(pathtest.NoCanary, bad)
		s.after(3*time.Minute).look(pathtest.NoCanary, bad)
		if got := s.automatic(); got != nil {
			t.Errorf("handed over although somebody else connected the key store: %v", got)
		}
		s.after(3*time.Minute).look(pathtest.NoCanary, off)
		if got := s.automatic(); got != nil {
			t.Errorf("handed over for a key store that somebody else disconnected: %v", got)
		}
	})
	t.Run("our Connect found it connecting already", func(t *testing.T) {
		s := cut(t)
		s.after(2 * time.Second).apply(incident.Skipped)
		s.after(time.Minute).look(pathtest.NoCanary, off)
		if got := s.automatic(); got != nil {
			t.Errorf("handed over for a key store that somebody else connected and disconnected: %v", got)
		}
		s.want("none")
	})
}

func TestACallOfThatVerySecondHolds(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(500 * time.Millisecond)
	s.look(closed, pathtest.NoCanary, pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")).want(lifecycle.Open)
	at := s.now
	s.now = at.Truncate(time.Second) // CloudTrail's times are whole seconds
	s.call("UpdateCustomKeyStore", "")
	s.now = at
	if !s.rec.Held() {
		t.Error("an Update in the second in which the failure was seen does not hold")
	}
}

func TestAFailedConnectDoesNotHoldAgainstItself(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.refused("KMSInvalidStateException")
	s.look(closed, pathtest.NoCanary, pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE"))
	if s.rec.Held() {
		t.Error("the Connect whose failure is mended holds the key store")
	}
}

func TestACallOnAKeyStoreThatHadFailedHolds(t *testing.T) {
	t.Parallel()
	bad := pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")
	for name, call := range map[string]struct {
		operation, code string
		held            bool
	}{
		"an Update that failed":                  {"UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException", true},
		"a Disconnect that shows late":           {"DisconnectCustomKeyStore", "", true},
		"a Connect refused in state FAILED":      {"ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException", true},
		"the Connect that led to FAILED":         {"ConnectCustomKeyStore", "", false},
		"a Connect that KMS could not carry out": {"ConnectCustomKeyStore", "KMSInternalException", false},
	} {
		s := begin(t)
		s.look(pathtest.NoCanary)
		s.after(5*time.Minute).call(call.operation, call.code)
		s.after(5*time.Second).look(pathtest.NoCanary, bad)
		if got := s.rec.Held(); got != call.held {
			t.Errorf("%s seconds before FAILED was first seen: held is %t, want %t", name, got, call.held)
		}
	}
}

func TestWhatIsSaidOfADisconnectIsTrue(t *testing.T) {
	t.Parallel()
	t.Run("a Disconnect that failed disconnected nothing", func(t *testing.T) {
		s := failed(t)
		s.after(2 * time.Second).apply(incident.Applied)
		s.after(5*time.Second).call("DisconnectCustomKeyStore", "CustomKeyStoreInvalidStateException")
		s.after(2*time.Minute).look(pathtest.NoCanary, off).want("none")
		if got := s.ended[0].Reason; strings.Contains(got, "Alice disconnected") || !strings.Contains(got, "Alice") {
			t.Errorf("the reason is %q: the product disconnected the key store, and Alice's call failed", got)
		}
	})
	t.Run("a new key store was never connected", func(t *testing.T) {
		s := begin(t)
		s.decrypt("arn:aws:kms:eu-central-1:111122223333:key/1 is unavailable.")
		s.look(pathtest.NoCanary, off)
		if got := s.told[0].Reason; !strings.Contains(got, "never connected") {
			t.Errorf("the reason is %q, but a new key store is DISCONNECTED too", got)
		}
	})
	t.Run("an Update that failed is no request that failed", func(t *testing.T) {
		s := begin(t)
		s.updateFailed()
		s.look(pathtest.NoCanary, off)
		if len(s.told) != 1 || strings.Contains(s.told[0].Headline, "requests fail") || !strings.Contains(s.told[0].Headline, "UpdateCustomKeyStore") {
			t.Errorf("told %+v, want one notice of the Update", s.told)
		}
	})
}

func TestAFailureThatOnlyAConnectedKeyStoreShowsIsLookedAt(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt("arn:aws:kms:eu-central-1:111122223333:key/1 is unavailable.")
	s.look(pathtest.NoCanary, off)
	// Somebody connects it, and the event is lost.
	if got := s.after(5 * time.Minute).decrypt(unreach); !got.Look {
		t.Errorf("dropped: %s", got.Dropped)
	}
}
