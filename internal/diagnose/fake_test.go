package diagnose_test

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
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

const (
	account = pathtest.Account
	region  = pathtest.Region
	store   = string(pathtest.KeyStoreID)
	unreach = "AWS KMS cannot communicate with the external key store proxy."
)

var (
	errOut  = errors.New("AWS is out of reach")
	subject = path.Subject{Kind: path.KeyStoreSubject, ID: store}
	closed  = pathtest.RevokeIngress(pathtest.ProxyGroup, 443)
)

// A world is all that a handler runs on, in memory.
type world struct {
	t       *testing.T
	now     time.Time
	ids     int
	rows    map[path.Subject]row
	saves   int
	loads   int
	before  func(*world, *incident.Record) error // of each save
	loadErr map[path.Subject]error
	busErr  error // of every post
	queue   error // of every re-check

	edits    []pathtest.Edit
	listed   int           // how often the key stores were listed
	services int           // how often the endpoint services were
	looks    int           // how many snapshots were taken
	slow     time.Duration // of each snapshot

	told     []lifecycle.Event
	rechecks []string
	counts   map[string]float64
	handler  *diagnose.Handler
}

type row struct {
	version int64
	body    []byte
}

func begin(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, now: time.Date(2026, 3, 2, 12, 0, 5, 0, time.UTC), rows: map[path.Subject]row{},
		loadErr: map[path.Subject]error{}, counts: map[string]float64{}, edits: []pathtest.Edit{pathtest.NoCanary},
	}
	w.handler = &diagnose.Handler{
		Reader: w, Store: w, Bus: w, Topic: w, Metrics: w, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Config: diagnose.Config{
			Account: account, Region: region, Mode: "auto", OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue,
			RecheckDelays: []time.Duration{15 * time.Second}, MaxWrites: 10, MaxRounds: 6, Reminder: time.Hour, RetentionDays: 1,
		},
		Checks: check.Catalogue(), Now: func() time.Time { return w.now },
		NewID: func() string { w.ids++; return fmt.Sprintf("ID%d", w.ids) },
	}
	return w
}

func (w *world) KeyStores(context.Context) ([]path.KeyStore, *path.Gap) {
	w.listed++
	return pathtest.With(w.edits...).KeyStores, nil
}

func (w *world) Snapshot(_ context.Context, s path.Subject, asked path.Requested, _ []path.KeyStore, _ *path.Gap) path.Snapshot {
	w.looks++
	now := pathtest.With(w.edits...)
	now.Subject, now.Requested, now.Taken = s, asked, w.now
	if s.Kind == path.ServiceSubject {
		now.KeyStore = nil
	}
	w.now = w.now.Add(w.slow)
	return now
}

func (w *world) Candidates(context.Context) ([]string, error) {
	w.services++
	return nil, nil
}

func (w *world) Undoer(context.Context, incident.Change) (incident.Culprit, error) {
	return incident.Culprit{}, nil
}

func (w *world) Load(_ context.Context, s path.Subject) (incident.Record, error) {
	w.loads++
	if err := w.loadErr[s]; err != nil {
		return incident.Record{}, err
	}
	return w.record(s), nil
}

// record is what the table holds.
func (w *world) record(s path.Subject) incident.Record {
	kept, ok := w.rows[s]
	if !ok {
		return incident.Record{Schema: incident.Schema, Subject: s}
	}
	var r incident.Record
	if err := json.Unmarshal(kept.body, &r); err != nil {
		w.t.Fatal(err)
	}
	r.Version = kept.version
	return r
}

func (w *world) Save(_ context.Context, r *incident.Record) error {
	if w.before != nil {
		if err := w.before(w, r); err != nil {
			return err
		}
	}
	if r.Version != w.rows[r.Subject].version {
		return fmt.Errorf("saving: %w", incident.ErrConflict)
	}
	w.put(*r)
	r.Version++
	w.saves++
	return nil
}

// put writes as another worker would.
func (w *world) put(r incident.Record) {
	body, err := json.Marshal(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.rows[r.Subject] = row{version: r.Version + 1, body: body}
}

func (w *world) All(context.Context) ([]incident.Record, error) {
	var all []incident.Record
	for s := range w.rows {
		all = append(all, w.record(s))
	}
	return all, nil
}

func (w *world) Archive(context.Context, incident.Incident, time.Time) error { return nil }

func (w *world) Put(_ context.Context, all []lifecycle.Event) []error {
	errs := make([]error, len(all))
	for i, e := range all {
		if errs[i] = w.busErr; w.busErr == nil {
			w.told = append(w.told, e)
		}
	}
	return errs
}

func (w *world) Recheck(_ context.Context, body []byte, _ time.Duration) error {
	if w.queue != nil {
		return w.queue
	}
	w.rechecks = append(w.rechecks, string(body))
	return nil
}

func (w *world) Confirmed(context.Context) (int, error) { return 1, nil }

func (w *world) Count(name string, n float64, _ map[string]string) { w.counts[name] += n }

func (w *world) Duration(string, time.Duration, map[string]string) {}

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

// call is CloudTrail's record of a KMS call by somebody, as EventBridge delivers it.
func (w *world) call(operation, code, message string, request, more map[string]any) string {
	return w.json(map[string]any{
		"version": "0", "id": fmt.Sprint("e", w.now.UnixNano()), "detail-type": "AWS API Call via CloudTrail", "source": "aws.kms",
		"account": account, "region": region, "time": w.now.Format(time.RFC3339),
		"detail": map[string]any{
			"eventVersion": "1.11", "eventID": fmt.Sprint(operation, w.now.UnixNano()), "eventSource": "kms.amazonaws.com",
			"eventName": operation, "eventTime": w.now.Format(time.RFC3339), "awsRegion": region, "recipientAccountId": account,
			"errorCode": code, "errorMessage": message, "requestParameters": request, "additionalEventData": more,
			"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::" + account + ":user/alice"},
		},
	})
}

func (w *world) decrypt() string {
	return w.call("Decrypt", "KMSInvalidStateException", unreach, nil, map[string]any{"customKeyStoreId": store})
}

func (w *world) tick() string {
	return w.json(map[string]any{
		"version": "0", "id": "tick", "detail-type": "Scheduled Event", "source": "aws.events", "account": account,
		"region": region, "time": w.now.Format(time.RFC3339), "detail": map[string]any{},
	})
}

func (w *world) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// types are the kinds of the events that the bus took.
func (w *world) types() []lifecycle.Type {
	var all []lifecycle.Type
	for _, e := range w.told {
		all = append(all, e.Type)
	}
	return all
}
