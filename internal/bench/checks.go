package main

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var checks = measure{"checks", measureChecks}

// A sweep is one size that grows while all else stays typical.
type sweep struct {
	name  string
	sizes []int
	of    func(n int) pathShape
}

// Sizes double, so that what each adds has the exponent of the growth whatever is fixed.
func ruleSizes() []int   { return []int{31, 62, 125, 250, 500, rulesAnInterface} }
func targetSizes() []int { return []int{15, 31, 62, 125, 250, largestTargets} }

func sweeps() []sweep {
	var all []sweep
	for _, f := range []pathFault{healthy, blocked, enforced} {
		all = append(all,
			sweep{"rules an interface, " + string(f), ruleSizes(), func(n int) pathShape {
				return pathShape{zones: 2, targets: 4, rules: n, fault: f, entries: typicalEntries, routes: typicalRoutes}
			}},
			sweep{"targets, " + string(f), targetSizes(), func(n int) pathShape {
				return pathShape{zones: 2, targets: n, rules: 12, fault: f, entries: typicalEntries, routes: typicalRoutes}
			}},
			sweep{"targets with groups of their own, " + string(f), targetSizes(), func(n int) pathShape {
				return pathShape{zones: 2, targets: n, rules: 12, ownGroups: true, fault: f, entries: typicalEntries, routes: typicalRoutes}
			}},
			sweep{"targets with as many ACL entries as may be, " + string(f), targetSizes(), func(n int) pathShape {
				return pathShape{zones: 2, targets: n, rules: 12, fault: f, entries: entriesADirection, routes: typicalRoutes}
			}},
			sweep{"routes a table, " + string(f), ruleSizes(), func(n int) pathShape {
				return pathShape{zones: 2, targets: 4, rules: 12, fault: f, entries: typicalEntries, routes: n}
			}})
	}
	return all
}

// These exponents still are linear or better. The whole cost may not grow faster than its size, but
// for noise; what a size adds may grow as sorting does, n·log n. Differences of times are noisy, so
// that theirs counts less its spread; allocations have no noise.
const (
	mostGrowth = 1.1
	mostAdded  = 1.2
)

// measureChecks times everything that is computed between a snapshot and a plan.
func measureChecks(ctx context.Context) (section, error) {
	from, err := basePaths(ctx)
	if err != nil {
		return section{}, err
	}
	s := section{
		title: "Checks and plan",
		about: "The whole catalogue, the ranking and the plan over one snapshot, in time of the processors with what the garbage collector takes, the fastest of seven batches. Typical is two zones, four targets and 12 rules " +
			"an interface; largest is what AWS's quotas allow: six zones, 500 targets, 1,000 rules an interface in five groups. A sweep lets one size of the " +
			"typical path grow. Its exponent is that of cost ∝ n^p by least squares over logarithms, with twice the standard error: 1 is linear. " +
			"“Added” is fitted to what each doubling adds, which a fixed cost cannot hide. A typical network ACL has six entries a direction and a typical table four routes; the largest 40 and 1,000.",
		head: []string{"Path", "Processor time", "Allocations", "Exponent of time", "Added time", "Added allocations"},
	}
	shapes := []struct {
		name string
		of   pathShape
		most float64 // milliseconds; 0 is none
	}{
		{"small: 2 targets, 1 rule", pathShape{zones: 2, targets: 2, rules: 1}, 0},
		{"typical", pathShape{zones: 2, targets: 4, rules: 12, entries: typicalEntries, routes: typicalRoutes}, 1},
		{"largest", pathShape{zones: largestZones, targets: largestTargets, rules: rulesAnInterface, entries: entriesADirection, routes: routesATable}, 0},
	}
	for _, one := range shapes {
		for _, f := range []pathFault{healthy, blocked, enforced} {
			one.of.fault = f
			cost, err := timeJudging(one.of, from[f])
			if err != nil {
				return section{}, fmt.Errorf("%s, %s: %w", one.name, f, err)
			}
			s.rows = append(s.rows, []string{one.name + ", " + string(f), inHundredths(cost.time), thousands(int(cost.allocations)), "", "", ""})
			if one.most > 0 {
				s.bars = append(s.bars, bar{what: "from snapshot to plan, " + one.name + " path, " + string(f), got: cost.time.Seconds() * 1000, most: one.most, unit: "ms"})
			}
		}
	}
	return s, s.addSweeps(from)
}

// addSweeps adds a row for each sweep, and one bar for the largest of each exponent.
func (s *section) addSweeps(from map[pathFault]path.Snapshot) error {
	var time, addedTime, addedAllocations float64
	for _, w := range sweeps() {
		var times, allocations []point
		for _, n := range w.sizes {
			shape := w.of(n)
			cost, err := timeJudging(shape, from[shape.fault])
			if err != nil {
				return fmt.Errorf("%d %s: %w", n, w.name, err)
			}
			times = append(times, point{float64(n), cost.time.Seconds() * 1000})
			allocations = append(allocations, point{float64(n), cost.allocations})
		}
		first, last := 0, len(times)-1
		grown, moreTime, moreAllocations := fit(times), fit(added(times)), fit(added(allocations))
		s.rows = append(s.rows, []string{
			fmt.Sprintf("%d to %d %s", w.sizes[first], w.sizes[last], w.name),
			fmt.Sprintf("%.2f to %.2f ms", times[first].cost, times[last].cost),
			fmt.Sprintf("%s to %s", thousands(int(allocations[first].cost)), thousands(int(allocations[last].cost))),
			grown.String(), moreTime.String(), moreAllocations.String(),
		})
		time, addedTime, addedAllocations = max(time, grown.exponent), max(addedTime, moreTime.exponent-moreTime.spread), max(addedAllocations, moreAllocations.exponent)
	}
	s.bars = append(s.bars,
		bar{what: "exponent of time, largest", got: time, most: mostGrowth},
		bar{what: "exponent of what each doubling adds in time, less its spread, largest", got: addedTime, most: mostAdded},
		bar{what: "exponent of what each doubling adds in allocations, largest", got: addedAllocations, most: mostAdded})
	return nil
}

func inHundredths(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }

// A judgingCost is what judging one snapshot took.
type judgingCost struct {
	time        time.Duration
	allocations float64
}

// timeJudging repeats a judgement in batches and returns what one run took in the fastest batch:
// whatever else the machine does only adds. The first run warms up and shows that the fault comes
// to what it must.
func timeJudging(shape pathShape, base path.Snapshot) (judgingCost, error) {
	s := shape.snapshot(base)
	if err := shape.expected(judge(s)); err != nil {
		return judgingCost{}, err
	}
	const batches, atLeast = 7, 10 * time.Millisecond
	var fastest judgingCost
	for range batches {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began, runs := processorTime(), 0
		var spent time.Duration
		for ; spent < atLeast; spent = processorTime() - began {
			judge(s)
			runs++
		}
		runtime.ReadMemStats(&after)
		cost := judgingCost{spent / time.Duration(runs), float64(after.Mallocs-before.Mallocs) / float64(runs)}
		if fastest.time == 0 || cost.time < fastest.time {
			fastest = cost
		}
	}
	return fastest, nil
}

// processorTime is what this process has used of the processors, the garbage collector included.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic("bug: a process cannot ask for its own usage: " + err.Error())
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
