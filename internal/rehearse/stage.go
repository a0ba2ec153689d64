package rehearse

import (
	"context"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/rehearse/awscli"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A trap waits for a call of the product's.
type trap struct {
	operation string
	sprung    bool
	before    func(*network.World) // under the simulator's lock, before the call runs
	after     func()               // without the lock, when the function that called is through
	lose      bool                 // the answer of the call is lost
}

// traps are what a scenario set for the product's calls.
type traps struct {
	mu      sync.Mutex
	product map[string]bool // names of the product's principals
	set     []*trap
	due     []func()
	also    engine.Intercept // a test's own, asked first
}

// intercept is the simulator's hook: it runs under the simulator's lock.
func (t *traps) intercept(w *network.World) engine.Intercept {
	return func(c *engine.Call) *engine.Fault {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.also != nil {
			if fault := t.also(c); fault != nil {
				return fault
			}
		}
		if !t.product[c.Principal.Name] {
			return nil
		}
		for _, one := range t.set {
			if one.sprung || one.operation != c.Operation {
				continue
			}
			one.sprung = true
			if one.before != nil {
				one.before(w)
			}
			if one.after != nil {
				t.due = append(t.due, one.after)
			}
			if one.lose {
				return &engine.Fault{Drop: true}
			}
		}
		return nil
	}
}

// spring does what the sprung traps ask for. It runs between two steps of the clock.
func (t *traps) spring() {
	t.mu.Lock()
	due := t.due
	t.due = nil
	t.mu.Unlock()
	for _, do := range due {
		do()
	}
}

func (t *traps) add(one *trap) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set = append(t.set, one)
}

// stage gives a scenario its world and people.
func (r *run) stage() *scenario.Stage {
	return &scenario.Stage{
		Ref:      r.ref,
		World:    r.sim.Do,
		Person:   r.person,
		Workload: r.workload,
		Stranger: r.stranger,
		Advance:  r.advance,
		Now:      r.sim.Now,
		Until:    r.until,
		Told:     r.told,
		Steps:    r.steps,
		Causes:   r.causes,
		Type:     r.typed,
		Note: func(text string) {
			if r.Watcher != nil {
				r.watch()
				r.Watcher.Noted(r.sim.Now(), text)
			}
		},
		Before: func(operation string, do func(*network.World)) { r.traps.add(&trap{operation: operation, before: do}) },
		After:  func(operation string, do func()) { r.traps.add(&trap{operation: operation, after: do}) },
		Lose:   func(operation string) { r.traps.add(&trap{operation: operation, lose: true}) },
		Deny: func(function, action string) {
			if err := r.sim.Deny(function, action); err != nil {
				panic("bug in the scenario: " + err.Error())
			}
		},
	}
}

// advance lets time pass and springs traps on the way.
func (r *run) advance(d time.Duration) {
	r.sim.RunUntil(r.done, d)
}

func (r *run) until(wanted func() bool, limit time.Duration) bool {
	return r.sim.RunUntil(func() bool { r.done(); return wanted() }, limit)
}

// told returns the state and the commands of the last event of which somebody was told.
func (r *run) told() (state string, commands []string) {
	last := r.lastTold()
	for _, a := range last.Plan {
		commands = append(commands, a.Commands...)
	}
	return string(last.State), commands
}

// steps returns the commands of the same event by the steps of its plan.
func (r *run) steps() [][]string {
	var steps [][]string
	for _, a := range r.lastTold().Plan {
		steps = append(steps, a.Commands)
	}
	return steps
}

func (r *run) causes() []string {
	var ids []string
	for _, f := range r.lastTold().Causes {
		ids = append(ids, f.Check)
	}
	return ids
}

func (r *run) lastTold() (last lifecycle.Event) {
	published := len(r.sim.Published())
	for _, one := range r.bus() {
		if one.told && published > 0 {
			published--
			last = one.Event
		}
	}
	return last
}

// typed does what a command line says, as the person.
func (r *run) typed(line string) error {
	_, err := awscli.Type(context.Background(), r.cfg, line)
	if r.Watcher != nil {
		r.watch()
		r.Watcher.Happened(r.sim.Now(), "typing "+line, err)
	}
	return err
}

// principals names the functions of a stack.
func principals(stack *awssim.Stack) map[string]bool {
	names := map[string]bool{}
	for _, f := range stack.Functions {
		names[f.LogicalID] = true
	}
	return names
}
