package incident_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// lock begins a round of remediate and intends the first step.
func (s *story) lock() plan.Step {
	s.t.Helper()
	in := s.rec.Incident
	must(s.t, s.rec.Lock(incident.Order{Incident: in.ID, Digest: in.Plan.Digest}, "token", s.now, s.now.Add(90*time.Second)))
	steps, _ := s.rec.Todo()
	must(s.t, s.rec.Intend("token", steps[0], s.rules(), s.now))
	return steps[0]
}

func (s *story) finish() *story {
	s.rec.Finish("token", s.rules(), "111122223333", "eu-central-1", s.now)
	return s.send()
}

func TestALookDuringARoundDecidesNothing(t *testing.T) {
	t.Parallel()
	t.Run("our Disconnect shows before it is noted", func(t *testing.T) {
		s := failed(t)
		step := s.after(time.Second).lock()
		s.after(time.Second).look(pathtest.NoCanary, pathtest.State("DISCONNECTING", "")).want(lifecycle.Waiting)
		s.rec.Note(step, incident.Applied, "", nil, s.now)
		s.finish().want(lifecycle.Waiting)
		for _, e := range s.told {
			if e.Type == lifecycle.IncidentEscalated {
				t.Errorf("told that an answer was lost while it was on its way: %s", e.Reason)
			}
		}
		s.after(2*time.Minute).look(pathtest.NoCanary, off)
		if got := s.automatic(); len(got) != 1 || got[0] != plan.KindConnectKeyStore {
			t.Errorf("handed over %v, want the Connect", got)
		}
	})
	t.Run("the cause is seen gone before the fix is noted", func(t *testing.T) {
		s := begin(t)
		s.decrypt(unreach)
		s.look(closed, pathtest.NoCanary)
		step := s.after(time.Second).lock()
		s.after(time.Second).look(pathtest.NoCanary)
		s.after(100 * time.Millisecond)
		s.rec.Note(step, incident.Applied, "", nil, s.now)
		s.finish()
		s.after(15 * time.Second).look(pathtest.NoCanary)
		s.after(5 * time.Minute).look(pathtest.NoCanary).want("none")
	})
	t.Run("a worker that died does not stop the looks for longer than its lease", func(t *testing.T) {
		s := failed(t)
		s.after(time.Second).lock()
		s.after(2*time.Minute).look(pathtest.NoCanary, off).want(lifecycle.Escalated)
	})
}

func TestARoundOfAnIncidentThatEndedTouchesNoOther(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	step := s.after(time.Second).lock()
	s.after(2*time.Minute).look(closed, pathtest.NoCanary, off).want("none") // the worker is slow, its lease over
	s.after(time.Minute).look(pathtest.NoCanary)
	s.after(time.Minute).decrypt(unreach)
	s.look(pathtest.DeleteListener, pathtest.NoCanary).want(lifecycle.NeedsPerson)
	if err := s.rec.Intend("token", step, s.rules(), s.now); err == nil {
		t.Error("a step of the ended incident was intended in the next")
	}
	s.rec.Note(step, incident.Applied, "", nil, s.now)
	s.finish().want(lifecycle.NeedsPerson)
	if n := len(s.rec.Incident.Journal); n != 0 {
		t.Errorf("the next incident's journal holds %d lines of the ended one's", n)
	}
	if n := len(s.rec.Changes); n != 1 {
		t.Fatalf("%d changes are remembered, want 1: it was made", n)
	}
	if got, want := s.rec.Changes[0].Incident, s.ended[0].ID; got != want {
		t.Errorf("the change is said to be of incident %s, want %s", got, want)
	}
}

func TestAnOutboxPostIsNeverTakenForAnother(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	s.after(time.Second)
	step := s.lock()
	s.rec.Note(step, incident.Applied, "", nil, s.now)
	s.rec.Finish("token", s.rules(), "111122223333", "eu-central-1", s.now)
	slow := s.rec.Clone().Outbox // a worker hands these to the bus and is slow to say so
	s.rec.Sent(s.rec.Outbox)     // meanwhile another did the same
	s.after(20 * time.Second).lookOnly(pathtest.NoCanary)
	before := len(s.rec.Outbox)
	s.rec.Sent(slow)
	if got := len(s.rec.Outbox); got != before || got == 0 {
		t.Errorf("%d of %d unsent posts are left", got, before)
	}
}

func TestAnOutboxThatCannotBeSentDoesNotGrowByLooks(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	s.lookOnly(closed, pathtest.NoCanary)
	for range 50 {
		s.after(time.Minute).lookOnly(closed, pathtest.NoCanary)
	}
	rechecks := 0
	for _, p := range s.rec.Outbox {
		if p.Recheck != nil {
			rechecks++
		}
	}
	if rechecks > 1 {
		t.Errorf("%d re-checks wait to be sent, and all but one are stale", rechecks)
	}
}

func TestAPlanThatWasCarriedOutInPartIsHandedOverAgain(t *testing.T) {
	t.Parallel()
	s := begin(t)
	egress := pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443)
	s.decrypt(unreach)
	s.look(closed, egress, pathtest.NoCanary)
	if n := len(s.automatic()); n != 2 {
		t.Fatalf("%d steps were handed over, want 2: %v", n, s.automatic())
	}
	steps, _ := s.rec.Todo()
	must(t, s.rec.Lock(incident.Order{Incident: s.rec.Incident.ID, Digest: s.rec.Incident.Plan.Digest}, "token", s.now, s.now.Add(time.Minute)))
	s.rec.Note(steps[0], incident.Skipped, "no longer as planned", nil, s.now)
	s.finish()
	s.after(15*time.Second).look(closed, egress, pathtest.NoCanary)
	if n := len(s.automatic()); n != 1 {
		t.Errorf("%d steps were handed over after the first was skipped, want the other one", n)
	}
	s.after(20*time.Minute).look(closed, egress, pathtest.NoCanary)
	if r := s.rec.Incident.Reason; s.rec.Incident.State == lifecycle.Escalated && !strings.Contains(r, "15 minutes") {
		t.Errorf("escalated: %s", r)
	}
}

func TestAHandoverAheadOfTheWritersClockCounts(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	s.after(-50 * time.Millisecond).apply(incident.Applied)
	if n := len(s.rec.Incident.Journal); n != 1 {
		t.Errorf("the journal holds %d lines of one step", n)
	}
	if got := s.messages(); len(got) != 2 || got[1] != "Fix Applied/waiting" {
		t.Errorf("messages are %v", got)
	}
	if got := s.automatic(); got != nil {
		t.Errorf("%v is still handed over", got)
	}
}
