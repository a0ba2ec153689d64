package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

var diagnosis = measure{"diagnosis", measureDiagnosis}

// latencies are those of a call: near the Region, usual, and a bad day. The repetitions make up
// for the noise of short ones.
var latencies = []struct {
	call        time.Duration
	repetitions int
	bar         float64 // most of wall time ÷ (rounds × latency); 0 is none
}{
	{5 * time.Millisecond, 21, 0},
	{50 * time.Millisecond, 9, 1.3},
	{200 * time.Millisecond, 5, 1.3},
}

// targetCounts are of proxies behind the load balancer.
var targetCounts = []int{1, 5, 20, 100}

// measureDiagnosis times whole diagnoses of a broken path.
func measureDiagnosis(ctx context.Context) (section, error) {
	s := section{
		title: "Diagnosis",
		about: fmt.Sprintf("From nothing to the plan: all reads, the checks, the ranking and the plan, of a key store whose proxies' security group lost "+
			"port 443, with the function's own AWS settings and warm connections. Wall time is the median of %d, %d and %d diagnoses; in brackets it is "+
			"divided by rounds × latency, which is the least that calls can take that wait for one another.",
			latencies[0].repetitions, latencies[1].repetitions, latencies[2].repetitions),
		head: []string{"Targets", "Calls", "Rounds"},
	}
	for _, l := range latencies {
		s.head = append(s.head, fmt.Sprintf("at %v a call", l.call))
	}
	worst := make([]float64, len(latencies))
	var stats []path.Stats
	for _, targets := range targetCounts {
		row := []string{fmt.Sprint(targets)}
		for i, l := range latencies {
			d, err := timeDiagnoses(ctx, targets, l.call, l.repetitions)
			if err != nil {
				return section{}, fmt.Errorf("with %d targets at %v a call: %w", targets, l.call, err)
			}
			if i == 0 {
				row = append(row, fmt.Sprint(d.stats.Calls), fmt.Sprint(d.stats.Rounds))
				stats = append(stats, d.stats)
			}
			ratio := float64(d.wall) / float64(time.Duration(d.stats.Rounds)*l.call)
			row = append(row, fmt.Sprintf("%d ms (%.2f)", d.wall.Milliseconds(), ratio))
			worst[i] = max(worst[i], ratio)
		}
		s.rows = append(s.rows, row)
	}
	for i, l := range latencies {
		if l.bar > 0 {
			s.bars = append(s.bars, bar{what: fmt.Sprintf("wall time ÷ (rounds × latency) at %v, largest", l.call), got: worst[i], most: l.bar})
		}
	}
	s.notes = []string{growthOfCalls(stats), "At 5 ms the processor shows: the SDK's work and the simulator's are both in the wall time, on the same machine."}
	return s, nil
}

// growthOfCalls says how calls and rounds depend on the number of targets.
func growthOfCalls(stats []path.Stats) string {
	first, last := stats[0], stats[len(stats)-1]
	rounds := fmt.Sprintf("Rounds do not depend on the number of targets: %d.", first.Rounds)
	if slices.ContainsFunc(stats, func(s path.Stats) bool { return s.Rounds != first.Rounds }) {
		rounds = fmt.Sprintf("Rounds grow with the targets, from %d to %d.", first.Rounds, last.Rounds)
	}
	if last.Calls == first.Calls {
		return rounds + fmt.Sprintf(" Nor do calls: %d. Beyond, they grow by one for each 200 addresses, the most that EC2 takes in a filter, and by one "+
			"for each 1,000 interfaces of a page.", first.Calls)
	}
	return rounds + fmt.Sprintf(" Calls grow: %d more with %d targets than with %d.",
		last.Calls-first.Calls, targetCounts[len(targetCounts)-1], targetCounts[0])
}

// A timedDiagnosis is what one diagnosis took.
type timedDiagnosis struct {
	stats path.Stats
	wall  time.Duration
}

// timeDiagnoses repeats a diagnosis and returns the median. The first one opens the connections
// and learns whose the canary key is; it does not count.
func timeDiagnoses(ctx context.Context, targets int, latency time.Duration, repetitions int) (timedDiagnosis, error) {
	w, err := newPathWorld(ctx, targets, latency)
	if err != nil {
		return timedDiagnosis{}, err
	}
	defer w.sim.Close()
	w.breakPath()
	var d timedDiagnosis
	var walls []time.Duration
	for i := range repetitions + 1 {
		began := time.Now()
		snapshot := w.snapshot(ctx)
		j := judge(snapshot)
		wall := time.Since(began)
		if len(snapshot.Gaps) > 0 || len(j.plan.Automatic()) != 1 {
			return d, fmt.Errorf("the fault was not found: gaps %v, %d automatic steps", snapshot.Gaps, len(j.plan.Automatic()))
		}
		if i > 0 {
			d.stats, walls = snapshot.Stats, append(walls, wall)
		}
	}
	d.wall = median(walls)
	return d, nil
}

// breakPath closes the proxies' security group, and lets the health checks see it.
func (w *pathWorld) breakPath() {
	w.sim.Do(func(world *network.World) {
		scenario.TargetGroupClosed(443)(world, w.ref)
		world.Settle(w.ref.ProxyGroup)
		world.SettleHealth(w.ref.TargetGroup)
	})
}

func median(values []time.Duration) time.Duration {
	ordered := slices.Sorted(slices.Values(values))
	return ordered[len(ordered)/2]
}
