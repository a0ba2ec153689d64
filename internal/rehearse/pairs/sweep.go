package pairs

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A Cell is two faults of one phase and what came of them.
type Cell struct {
	A, B    int        // places in Sheet.Faults, A < B
	Alone   [2]Outcome // of A and of B on the path that the pair is built on
	Outcome Outcome
	Hidden  bool     // one of the faults hides the other while it stands
	Wrong   []string // of Judge
	Apart   bool     // the two need the path built differently: they were not played
}

// A Sheet is every fault of one phase alone, and every pair of them.
type Sheet struct {
	Phase  scenario.Phase
	Faults []scenario.Scenario
	Alone  []Outcome
	Pairs  []Cell // A first, then B
}

// Sweep plays those pairs of a phase's faults that pick takes, a before b, and alone those that it
// takes with themselves.
func Sweep(ctx context.Context, template []byte, p scenario.Phase, pick func(a, b int) bool) (Sheet, error) {
	s := Sheet{Phase: p, Faults: scenario.Singles(p)}
	s.Alone = make([]Outcome, len(s.Faults))
	var need sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	single := singles{template: template}
	for b := range s.Faults {
		for a := range b {
			if pick(a, b) {
				group.Go(func() error {
					cell, err := s.play(ctx, a, b, &single)
					if err != nil {
						return err
					}
					need.Lock()
					defer need.Unlock()
					s.Pairs = append(s.Pairs, cell)
					return nil
				})
			}
		}
	}
	for i := range s.Faults {
		if !pick(i, i) {
			continue
		}
		group.Go(func() error {
			var err error
			s.Alone[i], err = single.play(ctx, s.Faults[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return s, fmt.Errorf("sweeping the pairs of phase %s: %w", p, err)
	}
	slices.SortFunc(s.Pairs, func(x, y Cell) int { return (x.A-y.A)*len(s.Faults) + x.B - y.B })
	return s, nil
}

func (s *Sheet) play(ctx context.Context, a, b int, single *singles) (Cell, error) {
	cell := Cell{A: a, B: b}
	both, ok := scenario.Pair(s.Faults[a], s.Faults[b])
	if cell.Apart = !ok; cell.Apart {
		return cell, nil
	}
	parts := []Part{{Scenario: s.Faults[a]}, {Scenario: s.Faults[b]}}
	for i, part := range parts {
		// What tells of a fault depends on what the path is built with, as a probe.
		part.Build = both.Build
		var err error
		if cell.Alone[i], err = single.play(ctx, part.Scenario); err != nil {
			return cell, err
		}
		parts[i].Causes = cell.Alone[i].Causes
	}
	var err error
	if cell.Outcome, err = Play(ctx, single.template, both, parts...); err != nil {
		return cell, err
	}
	cell.Hidden = hides(cell.Alone[0]) || hides(cell.Alone[1])
	cell.Wrong = Judge(cell.Alone[0], cell.Alone[1], cell.Outcome, cell.Hidden)
	return cell, nil
}

// singles plays each fault alone once for each way to build its path.
type singles struct {
	template []byte
	played   sync.Map // of *single by name and build
}

type single struct {
	once    sync.Once
	outcome Outcome
	err     error
}

func (all *singles) play(ctx context.Context, s scenario.Scenario) (Outcome, error) {
	kept, _ := all.played.LoadOrStore(fmt.Sprintf("%s %+v", s.Name, s.Build), &single{})
	one := kept.(*single)
	one.once.Do(func() { one.outcome, one.err = Play(ctx, all.template, s, Part{Scenario: s}) })
	return one.outcome, one.err
}
