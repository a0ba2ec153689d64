package remediate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

const unreach = "AWS KMS cannot communicate with the external key store proxy."

var (
	errOut  = errors.New("AWS is out of reach")
	closed  = pathtest.RevokeIngress(pathtest.ProxyGroup, 443)
	subject = path.Subject{Kind: path.KeyStoreSubject, ID: string(pathtest.KeyStoreID)}
	rules   = incident.Rules{
		Mode: plan.Auto, OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue, Writes: 10, Rounds: 6,
		Delays: []time.Duration{15 * time.Second}, Reminder: time.Hour,
	}
)

// A world is all that a handler runs on, in memory.
type world struct {
	t       *testing.T
	now     time.Time
	version int64
	body    []byte
	order   string
	before  func(*world, incident.Record) error // of each save

	edits   []pathtest.Edit // of what is read
	readErr error
	answers []remediate.Outcome // to each write in turn; Done where there are no more
	writes  []plan.Action
	made    bool // a write whose answer was lost shows
	during  func(*world)

	told     []lifecycle.Event
	rechecks int
	busErr   error
	tokens   int
	handler  *remediate.Handler
}

// begin returns a world whose record holds a plan that was handed over.
func begin(t *testing.T, edits ...pathtest.Edit) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), edits: edits}
	w.handler = &remediate.Handler{
		Writer: w, Store: w, Bus: w, Metrics: w, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Config: remediate.Config{
			Account: pathtest.Account, Region: pathtest.Region, Mode: "auto", OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue,
			RecheckDelays: []time.Duration{15 * time.Second}, MaxWrites: 10, MaxRounds: 6, Reminder: time.Hour,
		},
		Now: func() time.Time { return w.now }, NewID: func() string { w.tokens++; return fmt.Sprintf("token-%d", w.tokens) },
	}
	r := incident.Record{Schema: incident.Schema, Subject: subject}
	r.Receive(signal.Signal{
		ID: "event", Kind: signal.CallFailed, At: w.now, Operation: "Decrypt", Code: "KMSInvalidStateException",
		Message: unreach, KeyStoreID: subject.ID,
	}, w.now)
	w.put(w.diagnosed(r))
	return w
}

// diagnosed is the record after a look at the world as it is now. The order that it hands
// over is the world's.
func (w *world) diagnosed(r incident.Record) incident.Record {
	s := pathtest.With(append([]pathtest.Edit{pathtest.NoCanary}, w.edits...)...)
	s.Subject, s.Taken = subject, w.now
	r.Decide(r.Assess(incident.Look{
		Snapshot: s, Findings: check.Run(check.Catalogue(), s), Now: w.now, Rules: rules, NewID: func() string { return "INCIDENT" },
	}), incident.Culprit{})
	for _, p := range r.Outbox {
		if p.Event != nil && p.Event.Automatic {
			w.order = w.deliver(*p.Event)
		}
	}
	r.Outbox = nil
	return r
}

// deliver is an event as EventBridge hands it to the queue.
func (w *world) deliver(e lifecycle.Event) string {
	w.t.Helper()
	b, err := json.Marshal(map[string]any{
		"version": "0", "id": "e1", "detail-type": string(e.Type), "source": lifecycle.Source, "account": pathtest.Account,
		"region": pathtest.Region, "time": w.now.Format(time.RFC3339), "detail": e,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) Load(_ context.Context, s path.Subject) (incident.Record, error) {
	if s != subject {
		return incident.Record{Subject: s}, nil
	}
	return w.record(), nil
}

// record is what the table holds.
func (w *world) record() incident.Record {
	var r incident.Record
	if err := json.Unmarshal(w.body, &r); err != nil {
		w.t.Fatal(err)
	}
	r.Version = w.version
	return r
}

func (w *world) Save(_ context.Context, r *incident.Record) error {
	if w.before != nil {
		if err := w.before(w, *r); err != nil {
			return err
		}
	}
	if r.Version != w.version {
		return fmt.Errorf("saving: %w", incident.ErrConflict)
	}
	w.put(*r)
	r.Version++
	return nil
}

// put writes as another worker would.
func (w *world) put(r incident.Record) {
	body, err := json.Marshal(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.version, w.body = w.version+1, body
}

func (w *world) Read(context.Context, plan.Action) (path.Snapshot, error) {
	if w.readErr != nil {
		return path.Snapshot{}, w.readErr
	}
	s := pathtest.With(w.edits...)
	s.Subject = subject
	return s, nil
}

func (w *world) Apply(_ context.Context, a plan.Action, m remediate.Mark) (remediate.Outcome, remediate.Made, error) {
	w.writes = append(w.writes, a)
	if m.Incident != "INCIDENT" || m.Step == "" {
		w.t.Errorf("a write is marked %+v", m)
	}
	if w.during != nil {
		w.during(w)
	}
	if len(w.answers) == 0 {
		return remediate.Done, remediate.Made{Detail: "AWS request 1"}, nil
	}
	o := w.answers[0]
	w.answers = w.answers[1:]
	if o == remediate.Done {
		return o, remediate.Made{}, nil
	}
	return o, remediate.Made{}, errOut
}

func (w *world) Mine(path.Snapshot, plan.Action, remediate.Mark) (remediate.Made, bool) {
	return remediate.Made{Detail: "an earlier run made it"}, w.made
}

func (w *world) Passing(err error) bool { return errors.Is(err, errOut) }

func (w *world) Put(_ context.Context, all []lifecycle.Event) []error {
	errs := make([]error, len(all))
	for i, e := range all {
		if errs[i] = w.busErr; w.busErr == nil {
			w.told = append(w.told, e)
		}
	}
	return errs
}

func (w *world) Recheck(context.Context, []byte, time.Duration) error {
	if w.busErr == nil {
		w.rechecks++
	}
	return w.busErr
}

func (w *world) Count(string, float64, map[string]string) {}

// handle delivers a batch and returns the messages that come back.
func (w *world) handle(bodies ...string) []string {
	w.t.Helper()
	var in events.SQSEvent
	for i, b := range bodies {
		in.Records = append(in.Records, events.SQSMessage{MessageId: fmt.Sprint("m", i), Body: b})
	}
	out, err := w.handler.Handle(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	var back []string
	for _, f := range out.BatchItemFailures {
		back = append(back, f.ItemIdentifier)
	}
	return back
}

// statuses are those of the journal, in order.
func (w *world) statuses() []incident.Status {
	var all []incident.Status
	if in := w.record().Incident; in != nil {
		for _, e := range in.Journal {
			all = append(all, e.Status)
		}
	}
	return all
}

func (w *world) types() []lifecycle.Type {
	var all []lifecycle.Type
	for _, e := range w.told {
		all = append(all, e.Type)
	}
	return all
}
