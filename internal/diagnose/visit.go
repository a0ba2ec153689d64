package diagnose

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// A visit is one attempt at one subject.
type visit struct {
	*Handler
	batch  *batch
	record *incident.Record
	log    *slog.Logger
	began  time.Time
	unsent error // why the outbox was not emptied: the messages come back, after the look
	idle   bool  // the signals asked for nothing, and the record is as it was read
}

// receive takes the signals into the record and says whether one asks for a look.
func (v *visit) receive(ctx context.Context, items []item) (look, changed bool, err error) {
	why := absorbed{}
	defer func() { why.tell(v.log, v.Metrics) }()
	for _, it := range items {
		got := v.record.Receive(it.signal, v.Now())
		look, changed = look || got.Look, changed || got.Changed
		if got.Dropped != "" {
			why.add(got.Dropped, it)
		}
		if got.Again > 0 {
			due := v.Now().Add(got.Again)
			again := it.signal
			again.At, again.Due = v.Now(), due
			body := signal.EncodeRecheck(again)
			if err := v.Bus.Recheck(ctx, body, got.Again); err != nil {
				return false, false, fmt.Errorf("sending a re-check on: %w", err)
			}
		}
	}
	return look, changed, nil
}

// look takes a snapshot, judges it and saves what follows from it, and what was received.
func (v *visit) look(ctx context.Context, received bool) error {
	before := v.record.Clone()
	snapshot := v.snapshot(ctx)
	if why := v.notOurs(snapshot); why != "" {
		v.log.Info("subject dropped", "reason", why)
		v.Metrics.Count("EventsDropped", 1, nil)
		v.record.Foreign = why // so that a storm of its events costs no look each
		return v.save(ctx)
	}
	look := incident.Look{
		Snapshot: snapshot, Findings: check.Run(v.Checks, snapshot), Now: v.Now(),
		Rules: v.Config.Rules(), NewID: v.NewID,
	}
	assessment := v.record.Assess(look)
	var culprit incident.Culprit
	if len(assessment.Undone) > 0 {
		var err error
		if culprit, err = v.Reader.Undoer(ctx, assessment.Undone[0]); err != nil {
			v.log.Warn("event history not read: who undid the change is not known", "error", err.Error())
		}
	}
	ended := v.record.Decide(assessment, culprit)
	if ended != nil {
		expires := v.Now().Add(time.Duration(v.Config.RetentionDays) * 24 * time.Hour)
		if err := v.Store.Archive(ctx, *ended, expires); err != nil {
			return fmt.Errorf("archiving incident %s: %w", ended.ID, err)
		}
	}
	if received || !same(before, *v.record) {
		if err := v.save(ctx); err != nil {
			return err
		}
	}
	v.measure(before, snapshot, ended)
	return nil
}

func (v *visit) snapshot(ctx context.Context) path.Snapshot {
	began := v.Now()
	stores, gap := v.batch.keyStores(ctx, v.Reader, began)
	if v.record.Subject.Kind == path.KeyStoreSubject && v.batch.listedAt.Before(began) {
		began = v.batch.listedAt
	}
	s := v.Reader.Snapshot(ctx, v.record.Subject, v.record.Asked(), stores, gap)
	if s.Taken.IsZero() || s.Taken.After(began) {
		s.Taken = began
	}
	return s
}

// notOurs says why a key store is none of the product's business, or "".
func (v *visit) notOurs(s path.Snapshot) string {
	if s.Subject.Kind != path.KeyStoreSubject {
		return ""
	}
	if s.KeyStore != nil && !s.KeyStore.External {
		return "an AWS CloudHSM key store has no path to an external key store proxy"
	}
	if s.KeyStore == nil && v.record.Incident == nil {
		for _, it := range v.batch.items[v.record.Subject] {
			if a := it.signal.KeyAccount; a != "" && a != v.Config.Account {
				return "the KMS key belongs to account " + a
			}
		}
	}
	return ""
}

// same says whether nothing but the time of the last look changed, so that a quiet look
// costs no write.
func same(before, after incident.Record) bool {
	if after.Incident != nil || before.Incident != nil {
		return false
	}
	before.Watermark, after.Watermark = time.Time{}, time.Time{}
	a, errA := json.Marshal(before)
	b, errB := json.Marshal(after)
	return errA == nil && errB == nil && reflect.DeepEqual(a, b)
}

// save stores the record and sends what its outbox holds.
func (v *visit) save(ctx context.Context) error {
	v.record.Schema = incident.Schema
	if err := v.Store.Save(ctx, v.record); err != nil {
		return fmt.Errorf("saving the record: %w", err)
	}
	return v.flush(ctx)
}

// flush sends what the outbox holds and marks what was accepted. A crash in between sends
// it again, never not at all. A bus out of reach stops no look.
func (v *visit) flush(ctx context.Context) error {
	sent, failed := v.record.Send(ctx, v.Bus, v.Now())
	if len(sent) > 0 {
		v.record.Sent(sent)
		if err := v.Store.Save(ctx, v.record); err != nil {
			return fmt.Errorf("marking what was sent: %w", err)
		}
	}
	v.unsent = failed
	return nil
}

// notices handles what concerns no subject of its own: refused calls, and failed creates
// that name no endpoint service.
func (v *visit) notices(ctx context.Context, items []item) error {
	before := v.record.Clone()
	candidates := sync.OnceValue(func() []string { return v.candidates(ctx) })
	for _, it := range items {
		s := it.signal
		snapshot := path.Snapshot{Account: v.Config.Account, Region: v.Config.Region, Subject: v.record.Subject, Taken: v.Now()}
		look := incident.Look{Now: v.Now(), Rules: v.Config.Rules(), NewID: v.NewID}
		if s.Kind == signal.AccessDenied {
			snapshot.Denied = denied(s)
			look.Snapshot = snapshot
			v.record.Denied(s, failing(check.Run(v.Checks, snapshot), "caller.permission"), look)
			continue
		}
		if s.Kind != signal.CallFailed {
			continue // a tick that brought the outbox along, a change that names no key store
		}
		look.Snapshot = snapshot
		v.record.Unnamed(s, candidates(), look)
	}
	if same(before, *v.record) {
		return nil
	}
	return v.save(ctx)
}

// candidates are the endpoint services that the caller may have meant; none where they cannot
// be listed.
func (v *visit) candidates(ctx context.Context) []string {
	all, err := v.Reader.Candidates(ctx)
	if err != nil {
		v.log.Warn("endpoint services not listed", "error", err.Error())
	}
	return all
}

func failing(all []check.Finding, id check.ID) []check.Finding {
	var found []check.Finding
	for _, f := range all {
		if f.Check == id && f.Verdict == check.Fail {
			found = append(found, f)
		}
	}
	return found
}
