package diagnose_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// since returns an event that tells of another time than now. It has whole seconds.
func (w *world) since(at time.Time, event func() string) string {
	now := w.now
	w.now = at
	defer func() { w.now = now }()
	return event()
}

func (w *world) unavailable() string {
	return w.call("Decrypt", "KMSInvalidStateException", "arn:aws:kms:eu-central-1:111122223333:key/1 is unavailable.", nil,
		map[string]any{"customKeyStoreId": store})
}

func (w *world) disconnect() string {
	return w.call("DisconnectCustomKeyStore", "", "", map[string]any{"customKeyStoreId": store}, nil)
}

func (w *world) stranger() string {
	return w.call("Decrypt", "KMSInvalidStateException", unreach, nil, map[string]any{"customKeyStoreId": "cks-0000000000000000a"})
}

// stale is a re-check of an incident that ended long ago.
func (w *world) stale() string {
	return string(signal.EncodeRecheck(signal.Signal{At: w.now, Due: w.now, Subject: subject.String(), Incident: "ID0", Generation: 1}))
}

// stormy has an incident open, and its record read once by a batch that needed nothing.
func stormy(t *testing.T) (w *world, read time.Time) {
	t.Helper()
	w = begin(t)
	w.edits = append(w.edits, closed)
	w.handle(w.decrypt())
	w.now = w.now.Add(9 * time.Second)
	w.handle(w.decrypt()) // seen moments ago
	if w.looks != 1 || w.loads != 2 {
		t.Fatalf("%d looks and %d reads of the record, want 1 and 2", w.looks, w.loads)
	}
	return w, w.now
}

func TestAStormOfOldSignalsReadsTheRecordByTheClock(t *testing.T) {
	t.Parallel()
	w, read := stormy(t)
	for range 100 {
		w.wantBack(w.handle(w.since(read.Add(-2*time.Second), w.decrypt), w.since(read.Add(-time.Hour), w.decrypt)))
	}
	if w.loads != 2 {
		t.Errorf("200 signals from before the read cost %d reads", w.loads-2)
	}
	if got := w.counts["EventsDropped"]; got != 201 {
		t.Errorf("%v signals were counted as dropped, want 201", got)
	}
}

func TestWhatMayNeedSomethingIsReadAnew(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		later time.Duration // after the read
		ago   time.Duration // before the read
		event func(*world) string
		want  int
	}{
		"a signal of two seconds before the read":     {time.Second, 2 * time.Second, (*world).decrypt, 0},
		"a signal of one second before the read":      {time.Second, time.Second, (*world).decrypt, 1},
		"a signal of the time of the read":            {0, 0, (*world).decrypt, 1},
		"a record read ten seconds ago":               {10 * time.Second, time.Minute, (*world).decrypt, 0},
		"a record read over ten seconds ago":          {10*time.Second + 1, time.Minute, (*world).decrypt, 1},
		"the schedule":                                {time.Second, time.Minute, (*world).tick, 1},
		"a stale re-check":                            {time.Second, time.Minute, (*world).stale, 1},
		"a symptom that the incident does not know":   {time.Second, time.Minute, (*world).unavailable, 1},
		"a call by somebody else on the key store":    {time.Second, time.Minute, (*world).disconnect, 1},
		"a signal of another key store, not yet read": {time.Second, time.Minute, (*world).stranger, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, read := stormy(t)
			w.now = w.now.Add(tt.later)
			before := w.loads
			w.wantBack(w.handle(w.since(read.Add(-tt.ago), func() string { return tt.event(w) })))
			if got := w.loads - before; got != tt.want {
				t.Errorf("the record was read %d times, want %d", got, tt.want)
			}
		})
	}
}

func TestAnUnsentPostIsNotForgottenInAStorm(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.edits = append(w.edits, closed)
	w.busErr = errOut
	w.wantBack(w.handle(w.decrypt()), "m0")
	w.now = w.now.Add(9 * time.Second)
	w.wantBack(w.handle(w.decrypt()), "m0")
	w.busErr = nil
	w.wantBack(w.handle(w.since(w.now.Add(-time.Minute), w.decrypt)))
	w.wantTold(opened...)
}

func TestAPostThatALaterLookLeftBehindIsSent(t *testing.T) {
	t.Parallel()
	w, read := stormy(t)
	w.now = w.now.Add(time.Second)
	w.queue = errOut
	w.wantBack(w.handle(w.unavailable()), "m0")
	w.queue = nil
	before := len(w.rechecks)
	w.wantBack(w.handle(w.since(read.Add(-time.Minute), w.decrypt)))
	if len(w.rechecks) == before {
		t.Error("the next signal did not send the re-check that is due")
	}
}

// TestWhatFailsAfterTheEndOpensAnew has another worker end the incident at any time while old
// signals are absorbed: a failure from after the end must be taken up, whatever is remembered.
func TestWhatFailsAfterTheEndOpensAnew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := begin(t)
		w.edits = append(w.edits, closed)
		w.handle(w.decrypt())
		var ended time.Time
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "milliseconds")) * time.Millisecond)
			if rapid.IntRange(0, 9).Draw(rt, "end") == 0 {
				ended = w.now
				w.end(ended)
			}
			at := w.now.Add(-time.Duration(rapid.IntRange(0, 15000).Draw(rt, "ago")) * time.Millisecond)
			w.handle(w.since(at, w.decrypt))
			// CloudTrail cuts the part of a second off.
			if in := w.record(subject).Incident; at.Truncate(time.Second).After(ended) && (in == nil || in.State == lifecycle.Resolved) {
				rt.Fatalf("a failure at %s is lost; the incident ended at %s, and it is %s", at, ended, w.now)
			}
		}
	})
}

// end is what another worker's look does that finds the path mended.
func (w *world) end(at time.Time) {
	r := w.record(subject)
	w.put(incident.Record{
		Schema: r.Schema, Subject: r.Subject, Version: r.Version, EndedFix: at, Watermark: at,
		Posts: r.Posts, Generation: r.Generation,
	})
}
