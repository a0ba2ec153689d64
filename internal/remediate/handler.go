// Package remediate is the handler behind functions/remediate, the only one that writes to
// customer resources. It decides nothing about what is wrong: it applies the automatic
// steps of a stored plan, each journalled before and after, and orders the look that
// verifies them.
package remediate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// An Outcome is how a write ended, as far as AWS's answer tells.
type Outcome uint8

const (
	Unclear Outcome = iota // the answer was lost: it may have happened
	Done                   // AWS answered success
	Refused                // AWS answered that it did not happen, and will not
	Later                  // AWS answered that it did not happen, for a passing reason
	Already                // it was so already
)

// A Writer changes customer resources, one planned action at a time.
type Writer interface {
	// Read reads just what the action changes.
	Read(ctx context.Context, a plan.Action) (path.Snapshot, error)
	// Apply makes the action true. The error says why it is not Done.
	Apply(ctx context.Context, a plan.Action, mark Mark) (Outcome, Made, error)
	// Mine says whether now shows that an earlier Apply with the same mark was done.
	Mine(now path.Snapshot, a plan.Action, mark Mark) (Made, bool)
	// Passing says whether an error of Read goes by itself.
	Passing(err error) bool
}

// A Mark says which incident and step made a change; it stands in every rule that is added.
type Mark struct{ Incident, Step string }

// Made is what a write left behind.
type Made struct {
	Detail  string
	RuleIDs []string // security group rules
}

// A Store keeps records. Save returns incident.ErrConflict on a lost race.
type Store interface {
	Load(ctx context.Context, subject path.Subject) (incident.Record, error)
	Save(ctx context.Context, record *incident.Record) error
}

// Metrics counts. Dimensions are CloudWatch's.
type Metrics interface {
	Count(name string, value float64, dimensions map[string]string)
}

// A Handler answers SQS batches.
type Handler struct {
	Writer  Writer
	Store   Store
	Bus     incident.Bus
	Metrics Metrics
	Log     *slog.Logger
	Config  Config
	Now     func() time.Time
	NewID   func() string // lease tokens
}

// Handle takes a batch of Diagnosis Completed events. What failed for a passing reason is
// returned and comes back alone.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var answer events.SQSEventResponse
	for _, m := range batch.Records {
		if err := h.message(ctx, m); err != nil {
			h.Log.Warn("order not carried out, it comes back", "incident", "", "message", m.MessageId, "error", err.Error())
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return answer, nil
}

func (h *Handler) message(ctx context.Context, m events.SQSMessage) error {
	e, err := lifecycle.Parse([]byte(m.Body))
	var malformed *lifecycle.Malformed
	switch {
	case errors.As(err, &malformed):
		h.Log.Error("event not understood, acknowledged", "incident", "", "message", m.MessageId, "event", malformed.ID, "reason", malformed.Reason)
		h.Metrics.Count("EventsMalformed", 1, nil)
		return nil
	case err != nil:
		return fmt.Errorf("reading the order: %w", err)
	}
	log := h.Log.With("incident", e.Incident, "subject", e.Subject.Kind+"/"+e.Subject.ID)
	if e.Type != lifecycle.DiagnosisCompleted || !e.Automatic {
		log.Info("event dropped", "reason", "no automatic action in a "+string(e.Type))
		return nil
	}
	if h.Config.rules().Mode != plan.Auto {
		log.Warn("order dropped", "reason", "the mode is "+h.Config.Mode+", and only auto writes")
		return nil
	}
	r := &round{Handler: h, log: log, token: h.NewID(), order: incident.Order{Incident: e.Incident, Digest: e.Digest}}
	return r.run(ctx, path.Subject{Kind: path.Kind(e.Subject.Kind), ID: e.Subject.ID})
}
