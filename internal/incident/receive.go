package incident

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/signal"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

const (
	// fresh is how much newer a known symptom must be before it is worth a write: a storm
	// then costs writes by the clock and not by the event.
	fresh = 10 * time.Second
	// early is how long before its time a re-check is taken for due.
	early = 2 * time.Second
)

// A Reception is what a signal asks of its subject.
type Reception struct {
	Look    bool          // a snapshot is needed
	Changed bool          // the record changed and is worth saving
	Dropped string        // why the signal needs nothing, where that is so
	Again   time.Duration // of a re-check that came before its time: send it again with this delay
}

// Receive takes a signal into the record.
func (r *Record) Receive(s signal.Signal, now time.Time) Reception {
	switch s.Kind {
	case signal.Recheck:
		return r.receiveRecheck(s, now)
	case signal.Tick, signal.Alarm:
		return Reception{Look: true}
	}
	if r.Foreign != "" {
		return Reception{Dropped: r.Foreign}
	}
	changed := r.receiveTouch(s)
	if s.Kind == signal.KeyStoreChange || r.Subject.Kind == path.KeyStoreSubject && s.ServiceName != "" {
		// A failed update that names an endpoint service is that service's symptom.
		return Reception{Look: true, Changed: changed}
	}
	reception := r.receiveSymptom(s)
	reception.Changed = reception.Changed || changed
	reception.Look = reception.Look || changed
	return reception
}

func (r *Record) receiveRecheck(s signal.Signal, now time.Time) Reception {
	id := ""
	if r.Incident != nil {
		id = r.Incident.ID
	}
	if s.Generation != r.Generation || s.Incident != id {
		return Reception{Dropped: "stale re-check"}
	}
	if wait := s.Due.Sub(now); wait > early {
		return Reception{Again: wait}
	}
	return Reception{Look: true}
}

// receiveTouch remembers the newest call by somebody else on the key store itself.
func (r *Record) receiveTouch(s signal.Signal) bool {
	if !s.Change() || r.Subject.Kind != path.KeyStoreSubject || s.KeyStoreID != r.Subject.ID {
		return false
	}
	if r.Touch != nil && !s.At.After(r.Touch.At) {
		return false
	}
	r.Touch = &Touch{Operation: s.Operation, Actor: s.Actor, Code: s.Code, At: s.At}
	return true
}

func (r *Record) receiveSymptom(s signal.Signal) Reception {
	seen, ok, why := symptom.Of(s)
	if !ok {
		return Reception{Dropped: why}
	}
	if r.Incident == nil {
		return r.receiveFirst(seen, s)
	}
	known := find(r.Incident.Symptoms, seen.Key())
	switch {
	case known == nil:
		r.pend(seen, s)
		return Reception{Look: true}
	case s.At.Before(r.Watermark):
		return Reception{Dropped: "known symptom from before the last look"}
	case s.At.Sub(known.Last) < fresh:
		return Reception{Dropped: "known symptom, seen moments ago"}
	}
	// Known and newer: it disproves a resolution, and the pending re-check or the next
	// tick does the looking. A storm must not look once an event.
	merge(&r.Incident.Symptoms, seen)
	return Reception{Changed: true}
}

// receiveFirst takes a symptom while no incident is open. What asked for a look a moment ago
// and led to nothing asks for none again: a storm must not look once an event.
func (r *Record) receiveFirst(seen symptom.Symptom, s signal.Signal) Reception {
	suspect := find(r.Suspects, seen.Key())
	_, told := r.Notices[noticeDisconnected]
	switch {
	case !s.At.After(r.EndedFix):
		return Reception{Dropped: "older than the fix that ended the last incident"}
	case suspect != nil && s.At.Sub(suspect.First).Abs() < soonest && s.At.Sub(suspect.Last).Abs() < soonest:
		if s.At.Sub(suspect.Last) < fresh {
			return Reception{Dropped: "it counts only if it comes again a minute later"}
		}
		merge(&r.Suspects, seen)
		return Reception{Changed: true}
	case told && r.Facts.State == disconnected && seen.Class == symptom.SwitchClass:
		return Reception{Dropped: "the key store is known to be disconnected, and that is told"}
	}
	r.pend(seen, s)
	return Reception{Look: true}
}

// pend keeps a symptom until the next look sets it against the world.
func (r *Record) pend(seen symptom.Symptom, s signal.Signal) {
	merge(&r.pending, seen)
	if s.ServiceName != "" || s.UriEndpoint != "" {
		r.asked = path.Requested{
			KeyStoreName: s.StoreName, KeyStoreID: path.KeyStoreID(s.KeyStoreID),
			UriEndpoint: s.UriEndpoint, ServiceName: s.ServiceName, ServiceOwner: s.ServiceOwner, Code: s.Code,
		}
	}
}

// Asked returns what the failed create or update asked for, as far as it is known.
func (r Record) Asked() path.Requested {
	if r.asked != (path.Requested{}) {
		return r.asked
	}
	if r.Incident != nil {
		return r.Incident.Requested
	}
	return path.Requested{}
}

func find(all []symptom.Symptom, key string) *symptom.Symptom {
	for i := range all {
		if all[i].Key() == key {
			return &all[i]
		}
	}
	return nil
}

// merge adds a symptom to all, or widens the one of the same key.
func merge(all *[]symptom.Symptom, s symptom.Symptom) {
	known := find(*all, s.Key())
	if known == nil {
		*all = append(*all, s)
		return
	}
	known.Count += max(s.Count, 1)
	if s.First.Before(known.First) {
		known.First, known.Event = s.First, s.Event
	}
	if s.Last.After(known.Last) {
		known.Last = s.Last
	}
}
