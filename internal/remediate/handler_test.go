package remediate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
)

// same fails the test where two lists differ.
func same[T any](t *testing.T, what string, want, got []T) {
	t.Helper()
	if len(want) == 0 && len(got) == 0 {
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func statuses(all ...incident.Status) []incident.Status { return all }

// failed is a world whose key store is FAILED, whose cause is mended and whose Disconnect
// was handed over.
func failed(t *testing.T) *world {
	t.Helper()
	w := begin(t, closed, pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE"))
	same(t, "come back", nil, w.handle(w.order))
	w.edits = []pathtest.Edit{pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")}
	for range 2 {
		w.now = w.now.Add(5 * time.Minute)
		w.put(w.diagnosed(w.record()))
	}
	w.writes, w.told = nil, nil
	return w
}

func TestAnOrderIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	same(t, "come back", nil, w.handle(w.order, w.order))
	same(t, "come back", nil, w.handle(w.order))
	if len(w.writes) != 1 {
		t.Errorf("%d writes, want 1", len(w.writes))
	}
	same(t, "journal", statuses(incident.Applied), w.statuses())
	same(t, "told", []lifecycle.Type{lifecycle.FixApplied}, w.types())
	if r := w.record(); r.Lease != nil || len(r.Outbox) != 0 || w.rechecks != 1 || len(r.Changes) != 1 {
		t.Errorf("lease %v, %d posts left, %d re-checks, %d changes", r.Lease, len(r.Outbox), w.rechecks, len(r.Changes))
	}
}

func TestWhatIsNoOrderWritesNothing(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	quiet := strings.Replace(w.order, `"automatic":true`, `"automatic":false`, 1)
	other := strings.ReplaceAll(w.order, "INCIDENT", "ANOTHER1")
	digest := strings.Replace(w.order, `"digest":"`, `"digest":"0`, 1)
	same(t, "come back", nil, w.handle("", "{", quiet, other, digest))
	if len(w.writes) != 0 {
		t.Errorf("wrote %v", w.writes)
	}
	w.handler.Config.Mode = "observe"
	same(t, "come back", nil, w.handle(w.order))
	if len(w.writes) != 0 {
		t.Errorf("wrote %v in observe mode", w.writes)
	}
}

func TestAnOrderThatIsStaleWritesNothing(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	stale := w.order
	w.edits, w.now = []pathtest.Edit{closed, pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443)}, w.now.Add(time.Second)
	w.put(w.diagnosed(w.record()))
	same(t, "come back", nil, w.handle(stale))
	if len(w.writes) != 0 {
		t.Errorf("wrote %v", w.writes)
	}
	same(t, "come back", nil, w.handle(w.order))
	if len(w.writes) != 2 {
		t.Errorf("%d writes for the newest order, want 2", len(w.writes))
	}
}

func TestAHeldLeaseMakesTheOrderComeBack(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	r := w.record()
	if err := r.Lock(incident.Order{Incident: "INCIDENT", Digest: r.Incident.Plan.Digest}, "another", w.now, w.now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	w.put(r)
	same(t, "come back", []string{"m0"}, w.handle(w.order))
	if len(w.writes) != 0 {
		t.Errorf("wrote %v under another worker's lease", w.writes)
	}
	w.now = w.now.Add(2 * time.Minute)
	same(t, "come back", nil, w.handle(w.order))
	if len(w.writes) != 1 {
		t.Errorf("%d writes after the lease was over, want 1", len(w.writes))
	}
}

func TestALostRaceKeepsBothSides(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	races := 0
	w.before = func(w *world, _ incident.Record) error {
		if races++; races%2 == 1 {
			r := w.record()
			r.Touch = &incident.Touch{Operation: "UpdateCustomKeyStore", At: w.now}
			w.put(r)
		}
		return nil
	}
	same(t, "come back", nil, w.handle(w.order))
	same(t, "journal", statuses(incident.Applied), w.statuses())
	if len(w.writes) != 1 || w.record().Touch == nil {
		t.Errorf("%d writes, touch %v", len(w.writes), w.record().Touch)
	}
}

func TestAnAnswerThatWasLost(t *testing.T) {
	t.Parallel()
	lost := remediate.Unclear
	t.Run("and the change shows", func(t *testing.T) {
		w := begin(t, closed)
		w.answers, w.made = []remediate.Outcome{lost}, true
		w.handle(w.order)
		same(t, "journal", statuses(incident.Applied), w.statuses())
		if len(w.writes) != 1 {
			t.Errorf("%d writes, want 1", len(w.writes))
		}
	})
	t.Run("and the change does not show: it is made again", func(t *testing.T) {
		w := begin(t, closed)
		w.answers = []remediate.Outcome{lost, remediate.Done}
		w.handle(w.order)
		same(t, "journal", statuses(incident.Applied), w.statuses())
		if len(w.writes) != 2 {
			t.Errorf("%d writes, want 2", len(w.writes))
		}
	})
	t.Run("again and again", func(t *testing.T) {
		w := begin(t, closed)
		w.answers = []remediate.Outcome{lost, lost, lost, lost, lost, lost}
		w.handle(w.order)
		same(t, "journal", statuses(incident.Failed), w.statuses())
		same(t, "told", []lifecycle.Type{lifecycle.FixFailed}, w.types())
		if len(w.writes) != 3 {
			t.Errorf("%d writes, want 3", len(w.writes))
		}
	})
	t.Run("and the opt-in tag is taken away meanwhile", func(t *testing.T) {
		w := begin(t, closed)
		w.answers = []remediate.Outcome{lost}
		w.during = func(w *world) { w.edits = append(w.edits, untagged) }
		w.handle(w.order)
		same(t, "journal", statuses(incident.Failed), w.statuses())
		if len(w.writes) != 1 {
			t.Errorf("%d writes, want 1: the tag is gone", len(w.writes))
		}
	})
	t.Run("of a Disconnect", func(t *testing.T) {
		w := failed(t)
		w.answers = []remediate.Outcome{lost}
		same(t, "come back", nil, w.handle(w.order))
		same(t, "journal", statuses(incident.Applied, incident.Lost), w.statuses())
		same(t, "told", []lifecycle.Type{lifecycle.IncidentEscalated}, w.types())
		same(t, "come back", nil, w.handle(w.order))
		if len(w.writes) != 1 {
			t.Errorf("%d writes, want 1: a Disconnect is never sent again", len(w.writes))
		}
	})
}

// untagged takes the opt-in tag from the proxy's group.
var untagged = pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Tags = nil })

func TestTheTagIsReadAgainBeforeEveryWrite(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	w.edits = append(w.edits, untagged)
	same(t, "come back", nil, w.handle(w.order))
	if len(w.writes) != 0 {
		t.Errorf("wrote %v to a resource without the tag", w.writes)
	}
	same(t, "told", []lifecycle.Type{lifecycle.FixFailed}, w.types())
}

func TestWhatHoldsByNowIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	w.edits = nil
	same(t, "come back", nil, w.handle(w.order))
	same(t, "journal", statuses(incident.Skipped), w.statuses())
	if len(w.writes) != 0 || w.rechecks != 1 {
		t.Errorf("%d writes and %d re-checks, want none and one", len(w.writes), w.rechecks)
	}
}

func TestThrottlingPutsTheStepOff(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	w.answers = []remediate.Outcome{remediate.Later}
	same(t, "come back", nil, w.handle(w.order))
	same(t, "journal", nil, w.statuses())
	w.now = w.now.Add(time.Minute)
	w.put(w.diagnosed(w.record()))
	same(t, "come back", nil, w.handle(w.order))
	same(t, "journal", statuses(incident.Applied), w.statuses())
}

func TestAReadThatFailsForAPassingReasonComesBack(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	w.readErr = errOut
	same(t, "come back", []string{"m0"}, w.handle(w.order))
	if w.record().Lease != nil {
		t.Error("the lease is kept although nobody works")
	}
	w.readErr = nil
	same(t, "come back", nil, w.handle(w.order))
	same(t, "journal", statuses(incident.Applied), w.statuses())
}

// A crash at any save: the worker stops, its lease runs out, and the message comes back.
func TestACrashAtAnySaveWritesOnceAndTellsAll(t *testing.T) {
	t.Parallel()
	for crash := range 6 {
		w := begin(t, closed)
		saves := 0
		w.before = func(*world, incident.Record) error {
			if saves++; saves > crash {
				return errOut
			}
			return nil
		}
		w.during = func(w *world) { w.made, w.edits = true, nil }
		w.handle(w.order)
		w.before, w.now = nil, w.now.Add(6*time.Minute)
		same(t, "come back", nil, w.handle(w.order))
		name := fmt.Sprintf("journal after a crash at save %d", crash+1)
		same(t, name, statuses(incident.Applied), w.statuses())
		if len(w.writes) != 1 {
			t.Errorf("%d writes after a crash at save %d, want 1", len(w.writes), crash+1)
		}
		if len(w.told) == 0 || len(w.record().Outbox) != 0 {
			t.Errorf("%d events told and %d left after a crash at save %d", len(w.told), len(w.record().Outbox), crash+1)
		}
	}
}

func TestACrashAroundADisconnectStopsTheRepair(t *testing.T) {
	t.Parallel()
	w := failed(t)
	w.during = func(w *world) {
		w.before = func(*world, incident.Record) error { return errOut }
	}
	same(t, "come back", []string{"m0"}, w.handle(w.order))
	w.before, w.during, w.now = nil, nil, w.now.Add(6*time.Minute)
	w.edits = []pathtest.Edit{pathtest.State("DISCONNECTED", "")}
	same(t, "come back", nil, w.handle(w.order))
	same(t, "told", []lifecycle.Type{lifecycle.IncidentEscalated}, w.types())
	if got := w.record().Incident.State; got != lifecycle.Escalated || len(w.writes) != 1 {
		t.Errorf("%d writes, incident %s", len(w.writes), got)
	}
}

func TestACallBySomebodyElseStopsTheDisconnect(t *testing.T) {
	t.Parallel()
	w := failed(t)
	raced := false
	w.before = func(w *world, r incident.Record) error {
		intends := len(r.Incident.Journal) == 2
		if intends && !raced {
			raced = true
			now := w.record()
			now.Touch = &incident.Touch{Operation: "UpdateCustomKeyStore", At: w.now}
			w.put(now)
		}
		return nil
	}
	same(t, "come back", nil, w.handle(w.order))
	if !raced || len(w.writes) != 0 {
		t.Errorf("wrote %v although somebody else was faster", w.writes)
	}
	if w.record().Lease != nil || w.rechecks == 0 {
		t.Error("the round was not ended")
	}
}

func TestAnIncidentThatEndedDuringTheCallForgetsNoChange(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	w.during = func(w *world) {
		r := w.record()
		r.Incident = nil
		w.put(r)
	}
	same(t, "come back", nil, w.handle(w.order))
	r := w.record()
	if len(r.Changes) != 1 || r.Changes[0].Incident != "INCIDENT" {
		t.Errorf("the changes are %+v, want the one that was made", r.Changes)
	}
	if r.Lease != nil {
		t.Error("the lease is kept")
	}
}

func TestARoundThatIsNotCurrentAnyMoreGivesTheLeaseBack(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	ended := false
	w.before = func(w *world, r incident.Record) error {
		if r.Incident != nil && len(r.Incident.Journal) == 1 && !ended {
			ended = true
			now := w.record()
			now.Incident = nil
			w.put(now)
		}
		return nil
	}
	same(t, "come back", nil, w.handle(w.order))
	if len(w.writes) != 0 || w.record().Lease != nil {
		t.Errorf("%d writes, lease %v: the next incident's round would have to wait", len(w.writes), w.record().Lease)
	}
}

func TestAnOutboxLeftOverIsSentByTheNextRound(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	w.busErr = errOut
	same(t, "come back", nil, w.handle(w.order))
	if len(w.record().Outbox) != 2 {
		t.Fatalf("%d posts wait, want the event and the re-check", len(w.record().Outbox))
	}
	w.busErr = nil
	same(t, "come back", nil, w.handle(w.order))
	same(t, "told", []lifecycle.Type{lifecycle.FixApplied}, w.types())
	if len(w.record().Outbox) != 0 || len(w.writes) != 1 {
		t.Errorf("%d posts left, %d writes", len(w.record().Outbox), len(w.writes))
	}
}

func TestALimitThatIsReachedEscalates(t *testing.T) {
	t.Parallel()
	w := begin(t, closed)
	r := w.record()
	r.Incident.Writes = 10
	w.put(r)
	same(t, "come back", nil, w.handle(w.order))
	same(t, "told", []lifecycle.Type{lifecycle.IncidentEscalated}, w.types())
	if len(w.writes) != 0 {
		t.Errorf("wrote %v beyond the limit", w.writes)
	}
}

func TestAStepThatAWSRefusesIsToldAndTheNextIsDone(t *testing.T) {
	t.Parallel()
	w := begin(t, closed, pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443))
	w.answers = []remediate.Outcome{remediate.Refused, remediate.Done}
	same(t, "come back", nil, w.handle(w.order))
	same(t, "journal", statuses(incident.Failed, incident.Applied), w.statuses())
	same(t, "told", []lifecycle.Type{lifecycle.FixFailed}, w.types())
	if w.writes[0].Kind() == w.writes[1].Kind() {
		t.Errorf("wrote %v twice", w.writes[0].Kind())
	}
}
