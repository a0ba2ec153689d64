package lambda

import (
	"fmt"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// Lambda is every function of an account in a Region, and the mappings that feed them.
type Lambda struct {
	// Concurrent lets a mapping have several batches in flight at once, as AWS does.
	// Otherwise each batch ends before the next is received, so that runs are the same.
	Concurrent bool
	// PollDelay is how long a message waits on a queue that is polled without a window;
	// what arrives meanwhile joins the batch.
	PollDelay time.Duration
	// Authorize, where set, judges the calls that a mapping makes with its function's role.
	Authorize func(function, action, queueARN string) error

	account   *platform.Account
	queues    *sqs.Queues
	functions map[string]*Function
	ready     []*Invocation
	outcomes  []Outcome
}

// New returns an account's Lambda without functions, fed from queues.
func New(account *platform.Account, queues *sqs.Queues) *Lambda {
	return &Lambda{PollDelay: 50 * time.Millisecond, account: account, queues: queues, functions: map[string]*Function{}}
}

// Create adds a function without code.
func (l *Lambda) Create(name, arn string, timeout time.Duration) *Function {
	f := &Function{Name: name, ARN: arn, Timeout: timeout, running: map[*process]bool{}}
	l.functions[name] = f
	return f
}

// Function returns a function by its logical ID; nil where there is none.
func (l *Lambda) Function(name string) *Function { return l.functions[name] }

// Register gives a function its code.
func (l *Lambda) Register(name string, code Handler) error {
	f := l.functions[name]
	if f == nil {
		return fmt.Errorf("registering code for function %s: there is no such function", name)
	}
	f.handler = code
	return nil
}

// Map starts an event source mapping.
func (l *Lambda) Map(m Mapping) error {
	if m.BatchSize == 0 {
		m.BatchSize = 10
	}
	f, q := l.functions[m.Function], l.queues.ByARN(m.Queue)
	if f == nil {
		return fmt.Errorf("mapping %s to function %s: there is no such function", m.Queue, m.Function)
	}
	if q == nil {
		return fmt.Errorf("mapping %s to function %s: there is no such queue", m.Queue, m.Function)
	}
	if err := m.check(f, q); err != nil {
		return fmt.Errorf("mapping queue %s to function %s: %w", q.Name, m.Function, err)
	}
	p := &poller{Mapping: m, lambda: l, function: f, queue: q}
	q.OnArrival(p.wake)
	return nil
}

// Ready takes the invocations that are to be run now, in order.
func (l *Lambda) Ready() []*Invocation {
	ready := l.ready
	l.ready = nil
	return ready
}

// Finish settles an invocation that has been run.
func (l *Lambda) Finish(inv *Invocation) { l.note(inv.poller.finish(inv)) }

func (l *Lambda) note(o Outcome) { l.outcomes = append(l.outcomes, o) }

// Outcomes returns how every invocation so far ended, in order.
func (l *Lambda) Outcomes() []Outcome { return slices.Clone(l.outcomes) }
