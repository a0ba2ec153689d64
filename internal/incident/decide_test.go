package incident_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

var closed = pathtest.RevokeIngress(pathtest.ProxyGroup, 443)

func TestARunningKeyStoreIsMendedAndProvedByItsCanary(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.Canary("KMSInvalidStateException", unreach)).want(lifecycle.Open)
	if diff := cmp.Diff([]plan.Kind{plan.KindAuthorizeIngress}, s.automatic()); diff != "" {
		t.Fatalf("handed over (-want +got):\n%s", diff)
	}
	s.after(2 * time.Second).apply(incident.Applied).want(lifecycle.Waiting)
	s.after(15 * time.Second).look(pathtest.Canary("", "")).want("none")
	want := []string{"Diagnosis Completed/open", "Fix Applied/waiting", "Incident Resolved/resolved"}
	if diff := cmp.Diff(want, s.messages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if s.ended[0].Proof == nil || s.ended[0].Proof.Kind != "kms-answered" {
		t.Errorf("proof is %+v, want kms-answered", s.ended[0].Proof)
	}
}

func TestWithoutACanaryACauseThatIsGoneAndAQuietMinuteResolve(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary, pathtest.Targets("unhealthy", "Target.FailedHealthChecks")).want(lifecycle.Open)
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(15*time.Second).look(pathtest.NoCanary, pathtest.Targets("unhealthy", "Target.FailedHealthChecks")).want(lifecycle.Waiting)
	s.after(3 * time.Minute).look(pathtest.NoCanary).want(lifecycle.Waiting)
	s.after(2 * time.Minute).look(pathtest.NoCanary).want("none")
	if got := s.ended[0].Proof.Kind; got != "cause-gone" {
		t.Errorf("proof is %s, want cause-gone", got)
	}
}

func TestASymptomNewerThanTheFixForbidsAResolution(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(15 * time.Second).look(pathtest.NoCanary).want(lifecycle.Waiting)
	s.after(10 * time.Minute).decrypt(unreach)
	s.after(time.Second).look(pathtest.NoCanary).want(lifecycle.Unexplained)
}

func TestOtherModesAndClassesWaitForAPerson(t *testing.T) {
	t.Parallel()
	for _, mode := range []plan.Mode{plan.Observe, plan.Approve} {
		s := begin(t)
		s.mode = mode
		s.decrypt(unreach)
		s.look(closed, pathtest.NoCanary).want(lifecycle.NeedsPerson)
		for _, e := range s.told {
			if e.Automatic {
				t.Errorf("%s mode handed a plan to remediate", mode)
			}
		}
		if len(s.told[1].Plan) == 0 || len(s.told[1].Plan[0].Commands) == 0 {
			t.Errorf("%s mode tells no command: %+v", mode, s.told[1].Plan)
		}
		s.after(5*time.Minute).look(closed, pathtest.NoCanary).want(lifecycle.NeedsPerson)
		if n := len(s.messages()); n != 1 {
			t.Errorf("%s mode told %d messages of one diagnosis: %v", mode, n, s.messages())
		}
		s.after(4*time.Hour).look(closed, pathtest.NoCanary)
		if got := s.messages(); got[len(got)-1] != "Incident Reminder/needs-person" {
			t.Errorf("%s mode did not remind: %v", mode, got)
		}
	}
}

func TestTheKillSwitchIsNeverUndone(t *testing.T) {
	t.Parallel()
	t.Run("disconnected by a person during an incident", func(t *testing.T) {
		s := begin(t)
		s.decrypt(unreach)
		s.look(closed, pathtest.NoCanary)
		s.after(time.Minute).call("DisconnectCustomKeyStore", "")
		s.look(closed, pathtest.NoCanary, pathtest.State("DISCONNECTED", "")).want("none")
		if s.ended[0].State != lifecycle.Closed {
			t.Errorf("ended %s, want closed", s.ended[0].State)
		}
	})
	t.Run("disconnected with no event seen", func(t *testing.T) {
		s := begin(t)
		s.decrypt(unreach)
		s.look(closed, pathtest.NoCanary)
		s.after(time.Minute).look(closed, pathtest.NoCanary, pathtest.State("DISCONNECTED", "")).want("none")
	})
	t.Run("disconnected before any incident", func(t *testing.T) {
		s := begin(t)
		s.decrypt("arn:aws:kms:eu-central-1:111122223333:key/1 is unavailable.")
		s.look(pathtest.NoCanary, pathtest.State("DISCONNECTED", "")).want("none")
		if got := s.messages(); len(got) != 1 || got[0] != "Notice Raised/closed" {
			t.Errorf("messages are %v, want one notice", got)
		}
	})
}

// failed brings a story to a FAILED key store whose cause is mended and whose Disconnect is due.
func failed(t *testing.T) *story {
	t.Helper()
	s := begin(t)
	bad := pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")
	s.look(closed, pathtest.NoCanary, bad).want(lifecycle.Open)
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(15*time.Second).look(pathtest.NoCanary, bad).want(lifecycle.Waiting)
	s.after(5*time.Minute).look(pathtest.NoCanary, bad)
	if diff := cmp.Diff([]plan.Kind{plan.KindDisconnectKeyStore}, s.automatic()); diff != "" {
		t.Fatalf("handed over (-want +got):\n%s", diff)
	}
	return s
}

func TestAFailedKeyStoreIsReconnected(t *testing.T) {
	t.Parallel()
	s := failed(t)
	s.after(2 * time.Second).apply(incident.Applied)
	off := pathtest.State("DISCONNECTED", "")
	s.after(15*time.Second).look(pathtest.NoCanary, pathtest.State("DISCONNECTING", "")).want(lifecycle.Waiting)
	s.after(15*time.Second).look(pathtest.NoCanary, off).want(lifecycle.Waiting)
	if got := s.automatic(); got != nil {
		t.Errorf("connected again before word of somebody else's Disconnect could arrive: %v", got)
	}
	s.after(time.Minute).look(pathtest.NoCanary, off)
	if diff := cmp.Diff([]plan.Kind{plan.KindConnectKeyStore}, s.automatic()); diff != "" {
		t.Fatalf("handed over (-want +got):\n%s", diff)
	}
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(time.Minute).look(pathtest.NoCanary, pathtest.State("CONNECTING", "")).want(lifecycle.Waiting)
	s.after(5 * time.Minute).look(pathtest.NoCanary).want("none")
	if got := s.ended[0].Proof.Kind; got != "kms-answered" {
		t.Errorf("proof is %s, want kms-answered", got)
	}
	want := []string{"Diagnosis Completed/open", "Fix Applied/waiting", "Incident Resolved/resolved"}
	if diff := cmp.Diff(want, s.messages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestAHoldStopsTheReconnect(t *testing.T) {
	t.Parallel()
	off := pathtest.State("DISCONNECTED", "")
	t.Run("a person's Disconnect between ours and our Connect", func(t *testing.T) {
		s := failed(t)
		s.after(2 * time.Second).apply(incident.Applied)
		s.after(5*time.Second).call("DisconnectCustomKeyStore", "CustomKeyStoreInvalidStateException")
		s.after(2*time.Minute).look(pathtest.NoCanary, off).want("none")
		if s.ended[0].State != lifecycle.Closed {
			t.Errorf("ended %s, want closed", s.ended[0].State)
		}
	})
	t.Run("a person's Update between ours and our Connect", func(t *testing.T) {
		s := failed(t)
		s.after(2 * time.Second).apply(incident.Applied)
		s.after(5*time.Second).call("UpdateCustomKeyStore", "")
		s.after(2*time.Minute).look(pathtest.NoCanary, off).want(lifecycle.Escalated)
	})
	t.Run("a person's Connect before our Disconnect", func(t *testing.T) {
		s := failed(t)
		s.call("ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException")
		steps, _ := s.rec.Todo()
		must(t, s.rec.Lock(incident.Order{Incident: s.rec.Incident.ID, Digest: s.rec.Incident.Plan.Digest}, "token", s.now, s.now.Add(time.Minute)))
		if err := s.rec.Intend("token", steps[0], s.rules(), s.now); err == nil {
			t.Error("a Disconnect was intended under hold")
		}
	})
	t.Run("the answer to our Disconnect was lost", func(t *testing.T) {
		s := failed(t)
		s.after(2 * time.Second).apply(incident.Lost)
		s.after(2*time.Minute).look(pathtest.NoCanary, off).want(lifecycle.Escalated)
	})
}

func TestAFixThatSomebodyUndidIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(15 * time.Second).look(pathtest.NoCanary).want(lifecycle.Waiting)
	s.after(5 * time.Minute).look(pathtest.NoCanary).want("none")
	s.after(time.Hour).decrypt(unreach)
	s.look(closed, pathtest.NoCanary).want(lifecycle.Escalated)
	if got := s.automatic(); got != nil {
		t.Errorf("handed over again: %v", got)
	}
}

func TestAMessageThatCountsIfRepeated(t *testing.T) {
	t.Parallel()
	const slow = "The external key store proxy did not respond to the request in the time allotted. Retry the request."
	s := begin(t)
	s.decrypt(slow)
	s.look(pathtest.NoCanary).want("none")
	s.after(20 * time.Second).decrypt(slow)
	s.look(pathtest.NoCanary).want("none")
	s.after(2 * time.Minute).decrypt(slow)
	s.look(pathtest.NoCanary).want(lifecycle.Unexplained)

	s = begin(t)
	s.decrypt("AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request.")
	s.look(closed, pathtest.NoCanary).want(lifecycle.Open)
}

func TestSignalsThatNeedNoLook(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.after(time.Second).look(closed, pathtest.NoCanary)
	s.now = s.now.Add(-500 * time.Millisecond)
	if got := s.decrypt(unreach); got.Look || got.Changed {
		t.Errorf("a known symptom from before the look asks for %+v", got)
	}
	s.after(2 * time.Second)
	if got := s.decrypt(unreach); got.Look || got.Changed {
		t.Errorf("a known symptom of a moment ago asks for %+v", got)
	}
	s.after(15 * time.Second)
	if got := s.decrypt(unreach); got.Look || !got.Changed {
		t.Errorf("a known, newer symptom asks for %+v, want a note of its time and no look", got)
	}
}

func TestAStaleRecheckIsDropped(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	first := s.looks[0]
	s.after(15*time.Second).look(closed, pathtest.NoCanary)
	if got := s.recheck(first); got.Dropped == "" {
		t.Errorf("a stale re-check was taken: %+v", got)
	}
	if got := s.recheck(s.looks[len(s.looks)-1]); got.Again == 0 {
		t.Errorf("a re-check before its time was not sent on: %+v", got)
	}
	s.after(time.Minute)
	if got := s.recheck(s.looks[len(s.looks)-1]); !got.Look {
		t.Errorf("a re-check at its time was not taken: %+v", got)
	}
}

func TestARiskIsToldOnceAndNeverMended(t *testing.T) {
	t.Parallel()
	s := begin(t)
	for range 3 {
		s.after(5*time.Minute).look(pathtest.NoCanary, pathtest.RemovePrincipal).want("none")
	}
	if diff := cmp.Diff([]string{"Notice Raised/open"}, s.messages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	s.after(5 * time.Minute).look(pathtest.NoCanary)
	if diff := cmp.Diff([]string{"Notice Raised/open", "Notice Raised/resolved"}, s.messages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}
