package remediate

import (
	"context"
	"errors"
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// errStopped says that a safety rule took the incident out of the product's hands.
var errStopped = errors.New("stopped by a safety rule")

// step does one step: look again, intend, call, note. Intended says that an earlier run
// intended it and did not say how it ended.
func (r *round) step(ctx context.Context, s plan.Step, intended bool) error {
	if intended && s.Action.Kind().Connection() {
		return r.lost(ctx, s, "an earlier run stopped between the call and its note")
	}
	now, err := r.Writer.Read(ctx, s.Action)
	switch {
	case err != nil && r.Writer.Passing(err):
		return fmt.Errorf("reading %s again: %w", s.Action.Resource(), err)
	case err != nil:
		return r.note(ctx, s, incident.Failed, "not read again before writing: "+err.Error(), Made{})
	}
	if intended {
		if made, mine := r.Writer.Mine(now, s.Action, r.mark(s)); mine {
			return r.note(ctx, s, incident.Applied, made.Detail, made)
		}
	}
	if done, err := r.unfit(ctx, s, now); done || err != nil {
		return err
	}
	if err := r.intend(ctx, s); err != nil {
		return err
	}
	return r.call(ctx, s)
}

// unfit notes a step that must not or need not be done, and says whether it is one.
func (r *round) unfit(ctx context.Context, s plan.Step, now path.Snapshot) (bool, error) {
	if err := plan.OptedIn(now, s.Action, r.Config.OptInKey, r.Config.OptInValue); err != nil {
		return true, r.note(ctx, s, incident.Failed, err.Error(), Made{})
	}
	err := s.Action.Precondition(now)
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, plan.ErrAlreadyHolds):
		return true, r.note(ctx, s, incident.Skipped, "it was so already", Made{})
	case errors.Is(err, plan.ErrNotYet):
		return true, r.again(ctx, s)
	default:
		if err := r.note(ctx, s, incident.Skipped, err.Error(), Made{}); err != nil {
			return true, err
		}
		return true, errEnough
	}
}

func (r *round) intend(ctx context.Context, s plan.Step) error {
	err := r.update(ctx, func(now *incident.Record) error {
		return now.Intend(r.token, s, r.Config.rules(), r.Now())
	})
	switch {
	case errors.Is(err, incident.ErrHeld), errors.Is(err, incident.ErrMoved):
		r.log.Warn("action withheld", "action", s.ID, "reason", err.Error())
		return errEnough
	case errors.Is(err, incident.ErrLimit):
		return r.stop(ctx, "The fix was stopped: "+err.Error()+".")
	case err != nil:
		return fmt.Errorf("intending %s: %w", s.ID, err)
	}
	return nil
}

// call makes the write and notes how it ended.
func (r *round) call(ctx context.Context, s plan.Step) error {
	for range tries {
		outcome, made, err := r.Writer.Apply(ctx, s.Action, r.mark(s))
		switch outcome {
		case Done:
			r.Metrics.Count("FixesApplied", 1, map[string]string{"Check": string(s.Check)})
			return r.note(ctx, s, incident.Applied, made.Detail, made)
		case Already:
			return r.note(ctx, s, incident.Skipped, "it was so already", Made{})
		case Refused:
			return r.note(ctx, s, incident.Failed, err.Error(), Made{})
		case Later:
			return r.again(ctx, s)
		}
		if s.Action.Kind().Connection() {
			return r.lost(ctx, s, err.Error())
		}
		r.log.Warn("answer lost, reading again", "action", s.ID, "error", err.Error())
		if settled, err := r.afterLost(ctx, s); settled || err != nil {
			return err
		}
	}
	return r.note(ctx, s, incident.Failed, "no answer, and the change does not show", Made{})
}

// afterLost reads what an additive write whose answer was lost did, and says whether that
// settles it.
func (r *round) afterLost(ctx context.Context, s plan.Step) (bool, error) {
	now, err := r.Writer.Read(ctx, s.Action)
	if err != nil {
		return true, fmt.Errorf("reading %s again: %w", s.Action.Resource(), err)
	}
	if made, mine := r.Writer.Mine(now, s.Action, r.mark(s)); mine {
		r.Metrics.Count("FixesApplied", 1, map[string]string{"Check": string(s.Check)})
		return true, r.note(ctx, s, incident.Applied, "the answer was lost; a re-read shows it", made)
	}
	return r.unfit(ctx, s, now)
}

// note journals how a step ended.
func (r *round) note(ctx context.Context, s plan.Step, status incident.Status, detail string, made Made) error {
	r.log.Info("action noted", "action", s.ID, "check", string(s.Check), "status", string(status), "detail", detail)
	err := r.update(ctx, func(now *incident.Record) error {
		now.Note(s, status, detail, made.RuleIDs, r.Now())
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting that %s is %s: %w", s.ID, status, err)
	}
	return nil
}

// again leaves a step for the next diagnosis to plan anew.
func (r *round) again(ctx context.Context, s plan.Step) error {
	err := r.update(ctx, func(now *incident.Record) error {
		now.Postpone(s)
		return nil
	})
	if err != nil {
		return fmt.Errorf("postponing %s: %w", s.ID, err)
	}
	return errEnough
}

// lost journals that nobody knows how a Connect or Disconnect ended. Nothing may be
// concluded from it, so a person decides.
func (r *round) lost(ctx context.Context, s plan.Step, why string) error {
	if err := r.note(ctx, s, incident.Lost, why, Made{}); err != nil {
		return err
	}
	return r.stop(ctx, "The answer to the product's own call was lost ("+s.Action.Summary()+"), so it cannot tell what the key store's state means. It goes no further by itself.")
}

func (r *round) stop(ctx context.Context, reason string) error {
	if err := r.update(ctx, func(now *incident.Record) error {
		now.Stop(r.token, reason, r.Config.rules(), r.Config.Account, r.Config.Region, r.Now())
		return nil
	}); err != nil {
		return fmt.Errorf("escalating: %w", err)
	}
	return errStopped
}
