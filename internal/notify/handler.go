// Package notify is the handler behind functions/notify: each lifecycle event that on-call
// is to hear of becomes one message. It reads no customer resource. Where telling twice and
// not telling are the choice, it tells twice.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
)

// Told remembers which events were told.
type Told interface {
	// Claim takes the right to tell an event until a time. Claimed is false where the event
	// was told, and then told is true, or where somebody else is telling it now.
	Claim(ctx context.Context, incident string, sequence int, token string, now, until time.Time) (claimed, told bool, err error)
	// Mark says that an event was told.
	Mark(ctx context.Context, incident string, sequence int, now time.Time) error
}

// A Publisher sends messages to on-call.
type Publisher interface {
	Publish(ctx context.Context, m notice.Message) error
}

// Metrics counts. Dimensions are CloudWatch's.
type Metrics interface {
	Count(name string, value float64, dimensions map[string]string)
}

// A Handler answers SQS batches.
type Handler struct {
	Told      Told
	Publisher Publisher
	Metrics   Metrics
	Log       *slog.Logger
	Now       func() time.Time
	NewID     func() string // claim tokens
}

// claimed is how long a claim holds. It must outlast the function's own timeout, so that two
// workers do not tell at once, and end before the queue hands the message out again, so that
// a worker that died is replaced.
const claimed = time.Minute

// errBusy says that another worker is telling the event. The message comes back, since that
// worker may die before it tells.
var errBusy = errors.New("another worker is telling it")

// Handle takes a batch of lifecycle events. A message whose event was not told for a passing
// reason is returned and comes back alone.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var answer events.SQSEventResponse
	for _, m := range batch.Records {
		if err := h.message(ctx, m); err != nil {
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return answer, nil
}

// message handles one message. An error means that it must come back.
func (h *Handler) message(ctx context.Context, m events.SQSMessage) error {
	log := h.Log.With("message", m.MessageId)
	e, err := lifecycle.Parse([]byte(m.Body))
	if malformed, ok := errors.AsType[*lifecycle.Malformed](err); ok {
		log.Error("event not understood, acknowledged", "incident", "", "event", malformed.ID, "reason", malformed.Reason)
		h.Metrics.Count("EventsMalformed", 1, nil)
		return nil
	}
	if err != nil {
		log.Warn("event not read, it comes back", "incident", "", "error", err.Error())
		return err
	}
	log = log.With("incident", e.Incident, "sequence", e.Sequence, "type", string(e.Type))
	text, ok := notice.For(e)
	if !ok {
		log.Info("event dropped", "reason", "nobody is to be told of it")
		return nil
	}
	return h.tell(ctx, log, e, text)
}

// tell publishes an event's message unless that was done. A table out of reach is no reason
// to be silent.
func (h *Handler) tell(ctx context.Context, log *slog.Logger, e lifecycle.Event, m notice.Message) error {
	began := h.Now()
	mine, told, err := h.Told.Claim(ctx, e.Incident, e.Sequence, h.NewID(), began, began.Add(claimed))
	switch {
	case err != nil:
		log.Warn("table out of reach, publishing without it: on-call may be told twice", "error", err.Error())
	case told:
		log.Info("event dropped", "reason", "it was told")
		h.Metrics.Count("EventsDropped", 1, nil)
		return nil
	case !mine:
		log.Info("message comes back", "reason", errBusy.Error())
		return errBusy
	}
	if err := h.Publisher.Publish(ctx, m.Late(e, began)); err != nil {
		log.Error("message not published, it comes back", "error", err.Error())
		return fmt.Errorf("telling event %d of incident %s: %w", e.Sequence, e.Incident, err)
	}
	if err := h.Told.Mark(ctx, e.Incident, e.Sequence, h.Now()); err != nil {
		log.Warn("message published but not marked as told: on-call may be told twice", "error", err.Error())
	}
	h.Metrics.Count("MessagesPublished", 1, nil)
	log.Info("message published", "severity", string(e.Severity), "state", string(e.State),
		"milliseconds", h.Now().Sub(began).Milliseconds())
	return nil
}
