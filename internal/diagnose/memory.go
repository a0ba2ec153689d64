package diagnose

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

const (
	// remembers is how long a record that was read is good for absorbing older signals. It
	// bounds how late a post is sent that another worker left behind meanwhile.
	remembers = 10 * time.Second
	// behind is how much older than the read a signal must be: CloudTrail's times are whole
	// seconds, and the clocks of two machines differ.
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
	behind = 2 * time.Second
	// subjects bounds the memory: AWS allows 10 key stores an account and Region, but who
	// calls KMS may name any.
	subjects = 32
)

// A memory holds the records that this process read moments ago and that needed nothing. A
// storm of old signals then costs table reads by the clock and not by the event.
//
// It loses nothing: a signal that it absorbs tells of something that happened before the
// read, so the signal could have come in at that instant, and absorbing leaves no trace in
// the record. What happened since the read is set against the record as it is now.
type memory struct {
	mu   sync.Mutex
	read map[path.Subject]reading
}

type reading struct {
	record incident.Record
	at     time.Time // just before the read
}

// remember keeps a record that was read after at and that nobody changes any more.
func (m *memory) remember(r incident.Record, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read == nil || len(m.read) >= subjects {
		m.read = map[path.Subject]reading{}
	}
	m.read[r.Subject] = reading{r, at.Round(0)}
}

func (m *memory) forget(s path.Subject) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.read, s)
}

// absorbs says whether the remembered record needs none of the signals, and why not.
func (m *memory) absorbs(s path.Subject, items []item, now time.Time) (incident.Record, absorbed, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.read[s]
	if !ok || now.Sub(known.at) > remembers { // by the wall clock: the other stands still while Lambda freezes the process
		return incident.Record{}, nil, false
	}
	why := absorbed{}
	for _, it := range items {
		if it.signal.Kind != signal.CallFailed || it.signal.At.After(known.at.Add(-behind)) {
			return incident.Record{}, nil, false
		}
		got := known.record.Receive(it.signal, now)
		if got.Dropped == "" || got.Look || got.Changed {
			delete(m.read, s) // Receive may have changed it
			return incident.Record{}, nil, false
		}
		why.add(got.Dropped, it)
	}
	return known.record, why, true
}

// absorbed counts the signals of a batch that need nothing, by the reason.
type absorbed map[string]*tally

type tally struct {
	count int
	last  string // ID of the last such event
}

func (a absorbed) add(reason string, it item) {
	if a[reason] == nil {
		a[reason] = &tally{}
	}
	a[reason].count++
	a[reason].last = it.signal.ID
}

// tell writes one line a reason, however many signals came in.
func (a absorbed) tell(log *slog.Logger, metrics Metrics) {
	for _, reason := range slices.Sorted(maps.Keys(a)) {
		t := a[reason]
		log.Info("signals absorbed", "event", t.last, "signals", t.count, "reason", reason)
		metrics.Count("EventsDropped", float64(t.count), nil)
	}
}
