package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// A Bus carries lifecycle events and delayed looks.
type Bus interface {
	// Put returns, for each event in order, nil where the bus accepted it.
	Put(ctx context.Context, all []lifecycle.Event) []error
	// Recheck sends body to the queue of delayed looks. Delays over 900 s are cut; the
	// re-check then comes before its time and is sent on.
	Recheck(ctx context.Context, body []byte, delay time.Duration) error
}

// Send hands the outbox to the bus and returns the posts that were accepted and one
// failure. Events go first: people and the writer wait for them, and for no re-check. It does
// not change the record: Sent does, when the caller saves.
func (r Record) Send(ctx context.Context, bus Bus, now time.Time) (sent []Post, failed error) {
	sent, failed = r.sendEvents(ctx, bus)
	for _, p := range r.Outbox {
		if p.Event != nil {
			continue
		}
		body := signal.EncodeRecheck(signal.Signal{
			At: now, Subject: r.Subject.String(), Incident: p.Recheck.Incident,
			Generation: p.Recheck.Generation, Due: p.Recheck.Due,
		})
		if err := bus.Recheck(ctx, body, max(p.Recheck.Due.Sub(now), 0)); err != nil {
			failed = fmt.Errorf("sending a re-check: %w", err)
			continue
		}
		sent = append(sent, p)
	}
	return sent, failed
}

func (r Record) sendEvents(ctx context.Context, bus Bus) (sent []Post, failed error) {
	var told []Post
	var all []lifecycle.Event
	for _, p := range r.Outbox {
		if p.Event != nil {
			told, all = append(told, p), append(all, *p.Event)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	for i, err := range bus.Put(ctx, all) {
		if err != nil {
			failed = fmt.Errorf("putting %q on the bus: %w", all[i].Type, err)
			continue
		}
		sent = append(sent, told[i])
	}
	return sent, failed
}

// Sent takes posts out of the outbox after the bus and the queue accepted them.
func (r *Record) Sent(posts []Post) {
	gone := map[int64]bool{}
	for _, p := range posts {
		gone[p.ID] = true
	}
	r.Outbox = keep(r.Outbox, func(p Post) bool { return !gone[p.ID] })
}
