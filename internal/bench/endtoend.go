package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

var endToEnd = measure{"endtoend", measureEndToEnd}

const (
	callTakes = 50 * time.Millisecond // each AWS call
	trips     = 5                     // of each fault; the median counts
	mostTrip  = 3 * time.Second       // from the event to the fix, and to the message
	overPath  = 1.3                   // most of the wall time over the calls on the critical path
)

func measureEndToEnd(ctx context.Context) (section, error) {
	s := section{
		title: "Event to fix, event to message",
		about: fmt.Sprintf("From CloudTrail's event on the default bus, through rules, queues and the three functions, at %v an AWS call, "+
			"warm: the functions have handled the same fault of another key store before. Time is spent in functions and their calls; "+
			"what rules and queues add is the simulator's clock, and is shown apart. The critical path is the longest chain of calls of "+
			"which each waits for the one before; calls under way at the same time count once. Remediate and notify run side by side, so that both "+
			"are counted on from the answer to the PutEvents that hands them the diagnosis. Medians of %d runs.", callTakes, trips),
		head: []string{"Fault", "Way", "Median", "Slowest", "Calls", "Critical path", "Path × 50 ms", "Median ÷ path", "Queues add"},
	}
	var slowest, over float64
	seen := map[string]bool{} // rounds that a note has told
	for _, f := range faults {
		var all []trip
		for range trips {
			one, err := takeTrip(ctx, f, callTakes)
			if err != nil {
				return section{}, err
			}
			all = append(all, one)
		}
		for _, way := range ways {
			m := way.measured(all)
			s.rows = append(s.rows, append([]string{f.name, way.name}, m.cells()...))
			slowest, over = max(slowest, m.median.Seconds()), max(over, m.ratio())
		}
		s.notes = append(s.notes, pathNote(f.name, all[0], seen))
	}
	s.bars = []bar{
		{what: "median from the event, slowest way", got: slowest, most: mostTrip.Seconds(), unit: "s"},
		{what: "median ÷ (critical path × 50 ms), largest", got: over, most: overPath},
	}
	return s, nil
}

// ways are the three ends of an event's trip.
var ways = []way{
	{"the write that mends", func(t trip) tripLeg { return t.write }},
	{"“Fix Applied” on the bus", func(t trip) tripLeg { return t.fixed }},
	{"the first message", func(t trip) tripLeg { return t.message }},
}

type way struct {
	name string
	of   func(trip) tripLeg
}

// A wayMeasured is what several trips took one way.
type wayMeasured struct {
	median, slowest, queued time.Duration
	calls, rounds           int
}

func (w way) measured(all []trip) wayMeasured {
	var m wayMeasured
	var took []time.Duration
	for _, t := range all {
		l := w.of(t)
		took = append(took, l.took)
		// The shortest path of all runs is the bar's: a call that a busy machine made late
		// would lengthen it.
		if rounds := engine.Rounds(l.calls); m.rounds == 0 || rounds < m.rounds {
			m.rounds, m.calls = rounds, len(l.calls)
		}
		m.queued = max(m.queued, l.queued)
	}
	slices.Sort(took)
	m.median, m.slowest = took[len(took)/2], took[len(took)-1]
	return m
}

func (m wayMeasured) path() time.Duration { return time.Duration(m.rounds) * callTakes }

func (m wayMeasured) ratio() float64 { return m.median.Seconds() / m.path().Seconds() }

func (m wayMeasured) cells() []string {
	return []string{milliseconds(m.median), milliseconds(m.slowest), fmt.Sprint(m.calls), fmt.Sprint(m.rounds),
		milliseconds(m.path()), fmt.Sprintf("%.2f", m.ratio()), milliseconds(m.queued)}
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
