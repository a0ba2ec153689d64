package main

import (
	"context"
	"fmt"
	"strconv"
)

var storm = measure{"storm", measureStorm}

// Sizes of storms: what comes of one must not depend on how many events it has.
const (
	smallStorm = 10_000
	largeStorm = 100_000
	hugeStorm  = 1_000_000
)

// AWS allows so many key stores an account and Region.
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const allowedStores = 10

// A stormSeries is one storm in several sizes, the smallest first.
type stormSeries struct {
	stormOptions
	sizes []int
}

var storms = []stormSeries{
	{stormOptions{stores: 1, mended: true}, []int{smallStorm, largeStorm, hugeStorm}},
	{stormOptions{stores: allowedStores, mended: true}, []int{smallStorm, largeStorm}},
	{stormOptions{stores: allowedStores}, []int{smallStorm, largeStorm, hugeStorm}},
}

const (
	mostCallsGrow = 1.25 // AWS calls of the largest storm over those of the smallest
	mostHeapGrows = 1.2  // what lives on the heap, likewise
	mostHeapMB    = 128  // with what is not yet collected: a quarter of the function's memory
	mostLooks     = 8    // at a key store, while the storm lasts and until it is over
	mostWaited    = 1    // batches between another key store's event and its look
)

func measureStorm(ctx context.Context) (section, error) {
	s := section{
		title: "Storm",
		about: fmt.Sprintf("Calls of every key store fail, and %s and more of CloudTrail's events come in over %v, late and out of order. "+
			"Batches of %d go through the diagnose function's own code, from Lambda's JSON to the AWS calls; everything after it runs as "+
			"deployed. Mended: the product repairs at once, and what comes in happened before. Not mended: it may only look, and calls go "+
			"on failing. Events are made as they are needed. The clock is simulated; events a second are real, one batch after the other, the "+
			"making of the events included, and AWS calls take no more than loopback does; the heap is the whole process's, the simulator included, read "+
			"once a simulated second.", thousands(smallStorm), stormLasts, batchSize),
		head: []string{"Storm", "Key stores", "Events", "Events a second", "Heap that lives", "Heap at most", "Incidents", "Looks", "Diagnoses told",
			"Table reads", "Table writes", "Calls on the path", "Bus, queue, topic", "Writes to the path", "Messages"},
	}
	j := &stormJudge{}
	for _, series := range storms {
		var first stormed
		for i, n := range series.sizes {
			series.events = n
			r, err := runStorm(ctx, series.stormOptions)
			if err != nil {
				return section{}, err
			}
			s.rows = append(s.rows, r.cells())
			if i == 0 {
				first = r
			}
			j.judge(first, r)
		}
	}
	for _, series := range storms[1:] {
		queued, err := j.compareQueued(ctx, series.stormOptions)
		if err != nil {
			return section{}, err
		}
		s.rows = append(s.rows, queued.cells())
	}
	lone, err := runStorm(ctx, stormOptions{stores: 2, events: largeStorm, busy: true})
	if err != nil {
		return section{}, err
	}
	s.rows = append(s.rows, lone.cells())
	j.heapMost = max(j.heapMost, lone.heapMost)
	j.beyond += lone.beyond()
	s.bars = append(j.bars(), bar{what: "batches between the lone event's and its look beside a storm of another key store", got: float64(lone.waited), most: mostWaited})
	s.notes = j.notes(lone)
	return s, nil
}

// A stormJudge compares storms.
type stormJudge struct {
	differ, differQueued int     // counts that a storm's size, and its way in, changed
	beyond               int     // counts that are not those of the key stores' faults
	callsGrow, heapGrows float64 // largest
	heapMost             uint64
	slowest              float64 // events a second of the largest storms
	first                map[stormOptions]stormed
	readsAtMost          int
}

func (j *stormJudge) judge(first, r stormed) {
	if j.first == nil {
		j.first = map[stormOptions]stormed{}
	}
	if first.events == r.events {
		j.first[r.stormOptions] = r
	}
	j.differ += r.differs(first)
	j.beyond += r.beyond()
	j.callsGrow = max(j.callsGrow, float64(r.Calls.all())/float64(first.Calls.all()))
	j.heapGrows = max(j.heapGrows, float64(r.heapLive)/float64(first.heapLive))
	j.heapMost = max(j.heapMost, r.heapMost)
	if r.events == hugeStorm && (j.slowest == 0 || r.rate() < j.slowest) {
		j.slowest = r.rate()
	}
	j.readsAtMost = max(j.readsAtMost, r.Calls.TableReads/r.stores)
}

// compareQueued runs the smallest storm of a series through the bus, the rule and the queue.
func (j *stormJudge) compareQueued(ctx context.Context, series stormOptions) (stormed, error) {
	series.events = smallStorm
	straight, ok := j.first[series]
	if !ok {
		return stormed{}, fmt.Errorf("no storm of %d events to compare with", series.events)
	}
	series.queued = true
	queued, err := runStorm(ctx, series)
	if err == nil {
		j.differQueued += queued.differs(straight)
		j.beyond += queued.beyond()
	}
	return queued, err
}

// differs counts what came out otherwise than of another storm. AWS calls are told apart: a few
// go by the instant at which events come in.
func (r stormed) differs(other stormed) int {
	n := 0
	for _, pair := range [][2]int{
		{r.Incidents, other.Incidents}, {r.Looks, other.Looks}, {r.Diagnoses, other.Diagnoses}, {r.Writes, other.Writes}, {r.Messages, other.Messages},
	} {
		if pair[0] != pair[1] {
			n++
		}
	}
	return n
}

// beyond counts what is more, or less, than the key stores' own faults ask for: one incident,
// one diagnosis and, where it may mend, one write each; a message for each change of state.
func (r stormed) beyond() int {
	writes, messages := 0, 1
	if r.mended {
		writes, messages = 1, 3
	}
	n := 0
	for _, wrong := range []bool{
		r.Incidents != r.stores, r.Diagnoses != r.stores, r.Writes != writes*r.stores,
		r.Messages > messages*r.stores, r.Looks > mostLooks*r.stores,
	} {
		if wrong {
			n++
		}
	}
	return n
}

func (j *stormJudge) bars() []bar {
	sizes := fmt.Sprintf("of the largest storm ÷ of %s events, largest", thousands(smallStorm))
	return []bar{
		{what: "incidents, looks, diagnoses, writes and messages that the count of events changes", got: float64(j.differ), most: 0},
		{what: fmt.Sprintf("counts beyond one incident, one diagnosis, one write, three messages and %d looks a key store", mostLooks), got: float64(j.beyond), most: 0},
		{what: "AWS calls " + sizes, got: j.callsGrow, most: mostCallsGrow},
		{what: "heap that lives " + sizes, got: j.heapGrows, most: mostHeapGrows},
		{what: "heap at most, with what is not yet collected, where batches go straight to the function", got: float64(j.heapMost) / 1e6, most: mostHeapMB, unit: "MB"},
		{what: "incidents, looks, diagnoses, writes and messages that bus, rule and queue change", got: float64(j.differQueued), most: 0},
	}
}

func (j *stormJudge) notes(lone stormed) []string {
	return []string{
		fmt.Sprintf("Table reads go by the clock: of signals from before its last read a process needs none for ten seconds, whatever their count; "+
			"at most %d a key store were made in %v. Table writes remember once in ten seconds that calls still fail.", j.readsAtMost, stormLasts+stormAfter),
		fmt.Sprintf("“Beside another”: one key store has %s events and the other one, in the middle. Its look was over %v after its batch began. "+
			"What stands before it in the queue is still handled first: %.0f events a second here, in the slower storm of %s.",
			thousands(lone.events-1), lone.waitedTime.Round(1e6), j.slowest, thousands(hugeStorm)),
	}
}

// rate is in events a second.
func (r stormed) rate() float64 { return float64(r.events) / r.took.Seconds() }

func (r stormed) cells() []string {
	name := "not mended"
	switch {
	case r.busy:
		name = "beside another"
	case r.mended:
		name = "mended"
	}
	rate := fmt.Sprintf("%.0f", r.rate())
	if r.queued {
		name += ", through bus, rule and queue"
		rate = "–" // the simulator's own speed
	}
	out := []string{name, strconv.Itoa(r.stores), thousands(r.events), rate, megabytes(r.heapLive), megabytes(r.heapMost)}
	for _, n := range []int{r.Incidents, r.Looks, r.Diagnoses, r.Calls.TableReads, r.Calls.TableWrites, r.Calls.Path, r.Calls.Told, r.Writes, r.Messages} {
		out = append(out, thousands(n))
	}
	return out
}

func megabytes(n uint64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
