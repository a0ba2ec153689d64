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
	A, B    int // places in Sheet.Faults, A < B
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

// Sweep plays every fault of a phase alone and those pairs that pick takes.
func Sweep(ctx context.Context, template []byte, p scenario.Phase, pick func(a, b int) bool) (Sheet, error) {
	s := Sheet{Phase: p, Faults: scenario.Singles(p)}
	s.Alone = make([]Outcome, len(s.Faults))
	var need sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	alone := make([]sync.Once, len(s.Faults))
	failed := make([]error, len(s.Faults))
	single := func(i int) error {
		alone[i].Do(func() { s.Alone[i], failed[i] = Play(ctx, template, s.Faults[i], s.Faults[i]) })
		return failed[i]
	}
	for b := range s.Faults {
		for a := range b {
			if pick(a, b) {
				group.Go(func() error {
					cell, err := s.play(ctx, template, a, b, single)
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
	if err := group.Wait(); err != nil {
		return s, fmt.Errorf("sweeping the pairs of phase %s: %w", p, err)
	}
	slices.SortFunc(s.Pairs, func(x, y Cell) int { return (x.A-y.A)*len(s.Faults) + x.B - y.B })
	return s, nil
}

func (s *Sheet) play(ctx context.Context, template []byte, a, b int, single func(int) error) (Cell, error) {
	cell := Cell{A: a, B: b}
	both, ok := scenario.Pair(s.Faults[a], s.Faults[b])
	if cell.Apart = !ok; cell.Apart {
		return cell, nil
	}
	if err := single(a); err != nil {
		return cell, err
	}
	if err := single(b); err != nil {
		return cell, err
	}
	var err error
	if cell.Outcome, err = Play(ctx, template, both, s.Faults[a], s.Faults[b]); err != nil {
		return cell, err
	}
	cell.Hidden = hides(s.Alone[a]) || hides(s.Alone[b])
	cell.Wrong = Judge(s.Alone[a], s.Alone[b], cell.Outcome, cell.Hidden)
	return cell, nil
}
