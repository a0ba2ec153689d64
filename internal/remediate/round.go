package remediate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

const (
	// lease is how long a worker may apply a plan: the function's timeout of 60 s, and 30 s.
	lease = 90 * time.Second
	// races is how often a lost race for the record is run again.
	races = 5
	// tries is how often an additive write whose answer was lost is made again, each time
	// after a re-read that shows it did not happen.
	tries = 3
)

// errEnough says that a round goes no further: what is left is for the next diagnosis.
var errEnough = errors.New("enough for this round")

// A round applies one order.
type round struct {
	*Handler
	log    *slog.Logger
	token  string
	order  incident.Order
	record incident.Record
}

func (r *round) run(ctx context.Context, subject path.Subject) error {
	record, err := r.Store.Load(ctx, subject)
	if err != nil {
		return fmt.Errorf("loading the record of %s: %w", subject, err)
	}
	r.record = record
	err = r.update(ctx, func(now *incident.Record) error {
		return now.Lock(r.order, r.token, r.Now(), r.Now().Add(lease))
	})
	switch {
	case errors.Is(err, incident.ErrNotCurrent):
		r.log.Info("order dropped", "reason", err.Error())
		return r.flush(ctx)
	case err != nil:
		return fmt.Errorf("taking the lease: %w", err)
	}
	return r.apply(ctx)
}

// apply does the steps that are left, in order, and ends the round.
func (r *round) apply(ctx context.Context) error {
	steps, intended := r.record.Todo()
	for _, s := range steps {
		err := r.step(ctx, s, intended[s.ID])
		switch {
		case errors.Is(err, errEnough):
			return r.finish(ctx)
		case errors.Is(err, errStopped):
			return r.flush(ctx)
		case errors.Is(err, incident.ErrNotCurrent):
			r.log.Warn("round given up", "reason", err.Error())
			if err := r.release(ctx); err != nil {
				return err
			}
			return r.flush(ctx)
		case err != nil:
			return errors.Join(err, r.release(ctx))
		}
	}
	return r.finish(ctx)
}

// finish tells what was done, orders the verifying look and gives the lease back.
func (r *round) finish(ctx context.Context) error {
	if err := r.update(ctx, func(now *incident.Record) error {
		now.Finish(r.token, r.Config.rules(), r.Config.Account, r.Config.Region, r.Now())
		return nil
	}); err != nil {
		return fmt.Errorf("ending the round: %w", err)
	}
	r.log.Info("round completed")
	return r.flush(ctx)
}

// release gives the lease back, so that the order can be taken up again at once.
func (r *round) release(ctx context.Context) error {
	return r.update(ctx, func(now *incident.Record) error {
		now.Release(r.token)
		return nil
	})
}

// update changes the record and saves it, again on the newest version after a lost race.
func (r *round) update(ctx context.Context, change func(*incident.Record) error) error {
	for range races {
		next := r.record.Clone()
		if err := change(&next); err != nil {
			return err
		}
		next.Schema = incident.Schema
		err := r.Store.Save(ctx, &next)
		if err == nil {
			r.record = next
			return nil
		}
		if !errors.Is(err, incident.ErrConflict) {
			return fmt.Errorf("saving the record: %w", err)
		}
		newest, err := r.Store.Load(ctx, r.record.Subject)
		if err != nil {
			return fmt.Errorf("loading the record of %s: %w", r.record.Subject, err)
		}
		r.record = newest
	}
	return fmt.Errorf("saving the record: %w", incident.ErrConflict)
}

// flush sends what the outbox holds. What is not accepted stays for the next signal.
func (r *round) flush(ctx context.Context) error {
	sent, failed := r.record.Send(ctx, r.Bus, r.Now())
	if failed != nil {
		r.log.Warn("outbox not emptied, the next signal or tick sends the rest", "error", failed.Error())
	}
	if len(sent) == 0 {
		return nil
	}
	if err := r.update(ctx, func(now *incident.Record) error {
		now.Sent(sent)
		return nil
	}); err != nil {
		return fmt.Errorf("marking what was sent: %w", err)
	}
	return nil
}

func (r *round) mark(s plan.Step) Mark { return Mark{Incident: r.order.Incident, Step: s.ID} }
