package engine

import (
	"sync"
	"time"
)

// A Record is one call, as the journal keeps it.
type Record struct {
	// Started and Ended are drawn from one sequence: a call that started after another
	// ended may have depended on it. Ended is 0 while the call is not answered.
	Started, Ended int
	Time           time.Time // simulated
	Principal      string    // Principal.Name
	Service        string
	Operation      string
	Action         string   // IAM action with its prefix
	Resources      []string // ARNs that IAM judged; empty where a fault answered first
	Err            string   // the error's code; empty where the call succeeded
	Lost           bool     // the client never saw the answer
	ReadOnly       bool
	NotManagement  bool
	Attempt        int
	RequestID      string
}

// Rounds returns how many calls stand one after the other in the longest chain: calls
// under way at the same time are one round. Give the server a latency first, else calls
// made together may well be served one by one.
func Rounds(calls []Record) int {
	rounds := 0
	for end := 0; ; rounds++ {
		first := 0 // the earliest end among the calls that started after end
		for _, c := range calls {
			if c.Started > end && c.Ended > 0 && (first == 0 || c.Ended < first) {
				first = c.Ended
			}
		}
		if first == 0 {
			return rounds
		}
		end = first
	}
}

// A journal keeps records; it has its own lock, since calls start and end outside the
// simulator's.
type journal struct {
	mu      sync.Mutex
	seq     int
	dropped int // records forgotten by reset, so that a place stays valid
	records []Record
}

// next draws a number of the sequence.
func (j *journal) next() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	return j.seq
}

// add appends r and returns its place.
func (j *journal) add(r Record) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, r)
	return j.dropped + len(j.records) - 1
}

// end marks the record at place as answered. It comes before the answer is written, else
// the client's next call could seem to overlap this one.
func (j *journal) end(place int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	if i := place - j.dropped; i >= 0 {
		j.records[i].Ended = j.seq
	}
}

func (j *journal) all() []Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Record(nil), j.records...)
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dropped += len(j.records)
	j.records = nil
}
