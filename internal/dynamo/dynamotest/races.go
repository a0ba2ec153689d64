package dynamotest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/incident"
)

// attempts bounds how often a writer tries again after lost races.
const attempts = 1000

// together runs n of one thing at once.
func (b *bench) together(n int, do func(worker int)) {
	b.tally.writers.Add(int64(n))
	var group sync.WaitGroup
	for worker := range n {
		group.Go(func() { do(worker) })
	}
	group.Wait()
}

// change loads the record, changes it and saves it until no other writer comes between, and
// returns how many races it lost. Change returns false to leave it at that.
func (b *bench) change(t *testing.T, s *dynamo.Store, change func(r *incident.Record) bool) (lost int, changed bool) {
	t.Helper()
	for range attempts {
		r, err := s.Load(t.Context(), theStore())
		if err != nil {
			t.Error(err)
			return lost, false
		}
		if !change(&r) {
			return lost, false
		}
		switch err := s.Save(t.Context(), &r); {
		case errors.Is(err, incident.ErrConflict):
			lost++
		case err != nil:
			t.Error(err)
			return lost, false
		default:
			return lost, true
		}
	}
	t.Error("a writer never gets its turn")
	return lost, false
}

// writers each count the record's generation up so many times.
func writers(t *testing.T, b *bench, n, times int) {
	var lost atomic.Int64
	b.together(n, func(int) {
		s := b.store()
		for range times {
			races, _ := b.change(t, s, func(r *incident.Record) bool { r.Generation++; return true })
			lost.Add(int64(races))
		}
	})
	want := int64(n * times)
	if got := b.load(t); got.Generation != want || got.Version != want {
		t.Errorf("generation %d, version %d after %d writes", got.Generation, got.Version, want)
	}
	t.Logf("%d writers, %d writes, %d lost races", n, want, lost.Load())
}

// firstWriters all saw no record; one of them may create it.
func firstWriters(t *testing.T, b *bench) {
	var won, lost atomic.Int64
	b.together(8, func(worker int) {
		r := incident.Record{Subject: theStore(), Generation: int64(worker)}
		switch err := b.store().Save(t.Context(), &r); {
		case err == nil:
			won.Add(1)
		case errors.Is(err, incident.ErrConflict):
			lost.Add(1)
		default:
			t.Error(err)
		}
	})
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d were first and %d were not", won.Load(), lost.Load())
	}
}

// leases: eight workers, each of which takes the lease three times and gives it back. While
// one holds it, no other does.
func leases(t *testing.T, b *bench) {
	var holders, taken atomic.Int64
	first := incident.Record{Subject: theStore()}
	b.save(t, &first)
	b.together(8, func(worker int) {
		s, token := b.store(), fmt.Sprint("worker-", worker)
		for mine := 0; mine < 3; {
			_, got := b.change(t, s, func(r *incident.Record) bool {
				if r.Lease != nil {
					return false
				}
				r.Lease = &incident.Lease{Token: token, Until: start.Add(time.Hour)}
				return true
			})
			if t.Failed() {
				return
			}
			if !got {
				continue
			}
			if holders.Add(1) != 1 {
				t.Errorf("%s is one of two holders", token)
			}
			mine++
			taken.Add(1)
			holders.Add(-1)
			b.change(t, s, func(r *incident.Record) bool {
				if r.Lease == nil || r.Lease.Token != token {
					t.Errorf("%s lost its lease to %+v", token, r.Lease)
					return false
				}
				r.Lease = nil
				return true
			})
		}
	})
	if taken.Load() != 24 || b.load(t).Lease != nil {
		t.Errorf("the lease was taken %d times, want 24; left: %+v", taken.Load(), b.load(t).Lease)
	}
}

func claimants(t *testing.T, b *bench) { oneClaims(t, b, start) }

// heirs come when the claim of one that died has just run out.
func heirs(t *testing.T, b *bench) {
	if claimed, _, err := b.told().Claim(t.Context(), incidentID, 1, "dead", start, start.Add(held)); err != nil || !claimed {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	oneClaims(t, b, start.Add(held))
}

func oneClaims(t *testing.T, b *bench, now time.Time) {
	t.Helper()
	var won atomic.Int64
	b.together(8, func(worker int) {
		claimed, was, err := b.told().Claim(t.Context(), incidentID, 1, fmt.Sprint("worker-", worker), now, now.Add(held))
		if err != nil || was {
			t.Errorf("told %v, %v", was, err)
		}
		if claimed {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d claimed, want 1", won.Load())
	}
}
