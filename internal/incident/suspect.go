package incident

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// A message that counts only if repeated counts on a second event within this span.
const (
	soonest = time.Minute
	latest  = 10 * time.Minute
)

// repeated says whether two events of s, in whatever order they arrived, lie 1 to 10
// minutes apart.
func (r Record) repeated(s symptom.Symptom) bool {
	times := []time.Time{s.First, s.Last}
	if known := find(r.Suspects, s.Key()); known != nil {
		times = append(times, known.First, known.Last)
	}
	for i, a := range times {
		for _, b := range times[i+1:] {
			if apart := a.Sub(b).Abs(); apart >= soonest && apart <= latest {
				return true
			}
		}
	}
	return false
}

// suspect keeps s until it comes again. What lies further back than a repetition may is
// forgotten, so that every row of events is counted from an event that still matters.
func (r *Record) suspect(s symptom.Symptom) {
	known := find(r.Suspects, s.Key())
	switch {
	case known == nil || s.First.Sub(known.Last) <= latest && known.First.Sub(s.Last) <= latest:
		merge(&r.Suspects, s)
	case s.First.After(known.Last):
		*known = s
	}
}
