package diagnose_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

var opened = []lifecycle.Type{lifecycle.IncidentOpened, lifecycle.DiagnosisCompleted}

func (w *world) wantTold(want ...lifecycle.Type) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.types()); diff != "" {
		w.t.Errorf("events on the bus (-want +got):\n%s", diff)
	}
}

func (w *world) wantBack(got []string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("messages that come back (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeUnderstoodHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	w.wantBack(w.handle("", "{", `{"detail":7}`, w.decrypt()))
	w.wantTold(opened...)
	if got := w.counts["EventsMalformed"]; got != 3 {
		t.Errorf("%v malformed events were counted, want 3", got)
	}
}

func TestOnlyTheMessagesOfASubjectThatFailedComeBack(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	w.loadErr[path.Subject{Kind: path.KeyStoreSubject, ID: "cks-0000000000000000a"}] = errOut
	other := w.call("Decrypt", "KMSInvalidStateException", unreach, nil, map[string]any{"customKeyStoreId": "cks-0000000000000000a"})
	w.wantBack(w.handle(other, w.decrypt(), other), "m0", "m2")
	w.wantTold(opened...)
}

func TestALostRaceLooksAnewAtTheWorldAsItIs(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	raced := false
	w.before = func(w *world, r *incident.Record) error {
		if !raced {
			raced = true
			w.put(w.record(r.Subject)) // another worker was faster
		}
		return nil
	}
	w.wantBack(w.handle(w.decrypt()))
	w.wantTold(opened...)
	if w.listed != 2 {
		t.Errorf("the key stores were listed %d times, want again after the lost race", w.listed)
	}
}

func TestARaceThatIsAlwaysLostComesBack(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.before = func(*world, *incident.Record) error { return fmt.Errorf("saving: %w", incident.ErrConflict) }
	w.wantBack(w.handle(w.decrypt()), "m0")
	w.wantTold()
}

func TestABatchListsTheKeyStoresOnce(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.handle(w.tick(), w.decrypt(), w.decrypt())
	if w.listed != 1 {
		t.Errorf("the key stores were listed %d times", w.listed)
	}
}

func TestABatchListsTheEndpointServicesOnce(t *testing.T) {
	t.Parallel()
	w := begin(t)
	for _, code := range []string{"XksProxyInvalidResponseException", "XksProxyUriUnreachableException"} {
		failed := w.call("CreateCustomKeyStore", code, "a sentence", map[string]any{}, nil)
		w.handle(failed, failed, failed, w.tick())
	}
	if w.services != 2 {
		t.Errorf("the endpoint services were listed %d times in two batches", w.services)
	}
	w.wantTold(lifecycle.NoticeRaised, lifecycle.NoticeRaised)
}

func TestASnapshotIsAsOldAsItsOldestReading(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	listed := w.now
	w.slow = 10 * time.Second // for the key store before it in the batch, too
	w.handle(w.decrypt(), w.call("Decrypt", "KMSInvalidStateException", unreach, nil, map[string]any{"customKeyStoreId": "cks-0000000000000000a"}))
	if w.looks != 2 {
		t.Fatalf("%d looks, want 2", w.looks)
	}
	if got := w.record(subject).Watermark; got.After(listed) {
		t.Errorf("the look is said to be of %s, and the key store was read at %s", got, listed)
	}
}

func TestWhatTheBusRefusedIsSentByTheNextSignal(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	w.busErr = errOut
	w.wantBack(w.handle(w.decrypt()), "m0")
	w.wantTold()
	if len(w.rechecks) == 0 {
		t.Error("a bus out of reach kept the re-check from its queue")
	}
	w.busErr, w.now = nil, w.now.Add(time.Minute)
	w.wantBack(w.handle(w.tick()))
	w.wantTold(opened...)
}

func TestABusOutOfReachStopsNoDiagnosis(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.busErr = errOut
	w.handle(w.decrypt())
	w.now, w.edits = w.now.Add(time.Minute), append(w.edits, closed)
	w.wantBack(w.handle(w.tick()), "m0")
	if in := w.record(subject).Incident; in == nil || len(in.Ranking.Causes) == 0 {
		t.Error("the cause that showed meanwhile is not in the record")
	}
}

func TestACrashBetweenSavingAndSendingLosesNoPage(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	w.before = func(w *world, r *incident.Record) error {
		if w.saves == 1 {
			return errOut // the table fails as the posts are marked as sent
		}
		return nil
	}
	w.wantBack(w.handle(w.decrypt()), "m0")
	w.before, w.now = nil, w.now.Add(time.Minute)
	w.handle(w.decrypt())
	seen := map[int]lifecycle.Type{}
	for _, e := range w.told {
		if was, again := seen[e.Sequence]; again && was != e.Type {
			t.Errorf("message %d is a %s and a %s: the second would not be told", e.Sequence, was, e.Type)
		}
		seen[e.Sequence] = e.Type
	}
	if left := w.record(subject).Outbox; len(left) != 0 {
		t.Errorf("%d posts are left", len(left))
	}
}

func TestATickIsNoFailedCreate(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.busErr = errOut
	w.handle(w.call("CreateCustomKeyStore", "XksProxyInvalidResponseException", "a sentence", map[string]any{}, nil))
	w.busErr, w.now = nil, w.now.Add(25*time.Hour)
	w.handle(w.tick())
	w.wantTold(lifecycle.NoticeRaised)
}

func TestACallThatNamesNoKeyStoreIsNotSaidToHaveFailed(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.wantBack(w.handle(w.call("DisconnectCustomKeyStore", "", "", nil, nil)))
	w.wantTold()
}

func TestALateCallBySomebodyElseIsRemembered(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.handle(w.tick())
	late := w.call("UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException", "a sentence", map[string]any{"customKeyStoreId": store}, nil)
	w.now = w.now.Add(10 * time.Minute)
	w.wantBack(w.handle(late))
	if w.record(subject).Touch == nil {
		t.Error("the Update is forgotten: an older failure that arrives after it would not be held")
	}
}

func TestAFailedUpdateThatNamesItsServiceIsOneIncident(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, pathtest.RequireAcceptance)
	w.handle(w.call("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException", "a sentence",
		map[string]any{"customKeyStoreId": store, "xksProxyVpcEndpointServiceName": pathtest.ServiceName}, nil))
	ids := map[string]bool{}
	for _, e := range w.told {
		if e.Type == lifecycle.IncidentOpened {
			ids[e.Incident] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d incidents were opened of one failed Update", len(ids))
	}
	if w.record(subject).Touch == nil {
		t.Error("the Update does not count as a call on the key store")
	}
}

func TestARecheckBeforeItsTimeIsSentOn(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	w.handle(w.decrypt())
	looks := w.looks
	early := w.rechecks[0]
	w.wantBack(w.handle(early))
	if w.looks != looks || len(w.rechecks) != 2 {
		t.Errorf("%d looks and %d re-checks, want no look and the re-check sent on", w.looks-looks, len(w.rechecks)-1)
	}
	w.queue = errOut
	w.wantBack(w.handle(early), "m0")
}
