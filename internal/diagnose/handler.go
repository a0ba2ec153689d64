// Package diagnose is the handler behind functions/diagnose: whatever woke it, it looks at
// each subject as it is now, decides by the incident's state machine, saves, and tells. It
// changes no customer resource and cannot link the writer.
package diagnose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// A Reader reads AWS.
type Reader interface {
	// KeyStores reads all custom key stores of the account and Region; a gap says why not.
	KeyStores(ctx context.Context) ([]path.KeyStore, *path.Gap)
	// Snapshot reads a subject's path. What could not be read is a gap in it.
	Snapshot(ctx context.Context, subject path.Subject, asked path.Requested, stores []path.KeyStore, gap *path.Gap) path.Snapshot
	// Candidates names the endpoint services of the account and Region that admit KMS.
	Candidates(ctx context.Context) ([]string, error)
	// Undoer returns who undid a change, from CloudTrail's event history; the zero Culprit
	// where the history does not show it.
	Undoer(ctx context.Context, change incident.Change) (incident.Culprit, error)
}

// A Store keeps records. Save returns incident.ErrConflict on a lost race.
type Store interface {
	Load(ctx context.Context, subject path.Subject) (incident.Record, error)
	Save(ctx context.Context, record *incident.Record) error
	All(ctx context.Context) ([]incident.Record, error)
	Archive(ctx context.Context, ended incident.Incident, expires time.Time) error
}

// A Topic tells whether anybody would hear.
type Topic interface {
	Confirmed(ctx context.Context) (subscriptions int, err error)
}

// Metrics counts. Dimensions are CloudWatch's.
type Metrics interface {
	Count(name string, value float64, dimensions map[string]string)
	Duration(name string, d time.Duration, dimensions map[string]string)
}

// A Handler answers SQS batches.
type Handler struct {
	Reader  Reader
	Store   Store
	Bus     incident.Bus
	Topic   Topic
	Metrics Metrics
	Log     *slog.Logger
	Config  Config
	Checks  []check.Check
	Now     func() time.Time
	NewID   func() string

	memory memory
}

// An item is a signal and the message that brought it.
type item struct {
	message string
	signal  signal.Signal
}

// attempts is how often a subject is looked at anew after a lost race before its messages
// go back to the queue.
const attempts = 4

// Handle takes a batch. Messages that failed for a passing reason are returned and come
// back alone.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	b := h.sort(batch)
	var answer events.SQSEventResponse
	returned := map[string]bool{}
	for _, s := range h.expand(ctx, b) {
		if err := h.subject(ctx, b, s); err != nil {
			h.Log.Warn("subject not handled, its messages come back", "incident", "", "subject", s.String(), "error", err.Error())
			for _, it := range b.items[s] {
				returned[it.message] = true
			}
		}
	}
	if b.failed != nil {
		h.Log.Warn("subjects not listed, the tick comes back", "incident", "", "error", b.failed.Error())
		for _, it := range b.everywhere {
			returned[it.message] = true
		}
	}
	for _, r := range batch.Records {
		if returned[r.MessageId] {
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
		}
	}
	if b.ticked && b.failed == nil {
		h.afterTick(ctx)
	}
	return answer, nil
}

// subject looks at one subject until its record is saved or the attempts are used up.
func (h *Handler) subject(ctx context.Context, b *batch, s path.Subject) error {
	for range attempts {
		err := h.once(ctx, b, s)
		if !errors.Is(err, incident.ErrConflict) {
			return err
		}
		h.Log.Info("record changed meanwhile, looking again", "incident", "", "subject", s.String())
		b.listed = false // whoever was faster may have changed a key store
	}
	return fmt.Errorf("saving the record of %s: %w", s, incident.ErrConflict)
}

// once takes a subject's signals into its record, looks if one asks for it, and saves.
func (h *Handler) once(ctx context.Context, b *batch, s path.Subject) error {
	if known, why, ok := h.memory.absorbs(s, b.items[s], h.Now()); ok {
		why.tell(h.logFor(&known), h.Metrics)
		return nil
	}
	h.memory.forget(s)
	at := h.Now()
	record, err := h.Store.Load(ctx, s)
	if err != nil {
		return fmt.Errorf("loading the record of %s: %w", s, err)
	}
	v := &visit{Handler: h, batch: b, record: &record, log: h.logFor(&record), began: h.Now()}
	if err := v.flush(ctx); err != nil {
		return err
	}
	if err := v.handle(ctx, b.items[s]); err != nil {
		return err
	}
	if v.idle && len(record.Outbox) == 0 {
		h.memory.remember(record, at)
	}
	return v.unsent
}

// handle does what the signals ask for.
func (v *visit) handle(ctx context.Context, items []item) error {
	if v.record.Subject.Kind == path.AccountSubject {
		return v.notices(ctx, items)
	}
	look, changed, err := v.receive(ctx, items)
	switch {
	case err != nil:
		return err
	case look:
		return v.look(ctx, changed)
	case changed:
		return v.save(ctx)
	}
	v.idle = true
	return nil
}

func (h *Handler) logFor(r *incident.Record) *slog.Logger {
	id := ""
	if r.Incident != nil {
		id = r.Incident.ID
	}
	return h.Log.With("incident", id, "subject", r.Subject.String())
}

// afterTick warns when nobody would hear a page, and says that the tick was completed.
func (h *Handler) afterTick(ctx context.Context) {
	log := h.Log.With("incident", "")
	switch n, err := h.Topic.Confirmed(ctx); {
	case err != nil:
		log.Warn("subscriptions of the topic not read", "error", err.Error())
	case n == 0:
		log.Error("the topic has no confirmed subscription: nobody would be told. Subscribe to it and confirm")
		h.Metrics.Count("TopicUnconfirmed", 1, nil)
	default:
		h.Metrics.Count("TopicUnconfirmed", 0, nil)
	}
	h.Metrics.Count("TicksCompleted", 1, nil)
	log.Info("tick completed")
}
