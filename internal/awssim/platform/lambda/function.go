// Package lambda is the simulated AWS Lambda: functions that run in this process, fed from
// queues by event source mappings. Invocations become ready on the simulator's clock and
// under its lock; their owner runs them without the lock, since functions call back.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
package lambda

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A Handler is a function's code: it takes the event and returns the response.
type Handler func(ctx context.Context, payload []byte) ([]byte, error)

// A Function is deployed code with its timeout.
type Function struct {
	Name    string // logical ID in the template
	ARN     string
	Timeout time.Duration

	handler Handler

	mu      sync.Mutex // guards what follows: a crash comes from another goroutine
	running map[*process]bool
}

// A process is one invocation under way.
type process struct {
	cancel context.CancelCauseFunc
	killed bool
}

// ErrCrashed is the cause with which a killed invocation's context ends.
var ErrCrashed = errors.New("the function's process was killed")

// A Crash, raised as a panic by a handler, is the end of its process at that very point.
type Crash struct{ Reason string }

// leastRealTime is what an invocation gets in real time however short its timeout is: a
// busy machine must not change the outcome.
const leastRealTime = time.Minute

// invoke runs the handler and returns its response. A panic, a killed process and the
// timeout are errors.
func (f *Function) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if f.handler == nil {
		return nil, fmt.Errorf("no code is registered for function %s", f.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, max(f.Timeout, leastRealTime))
	defer cancel()
	ctx, p := f.start(ctx)
	var response []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("function %s panicked: %v", f.Name, cause)
			}
		}()
		err = fmt.Errorf("function %s ended its goroutine", f.Name) // what stands if it does not return
		response, err = f.handler(ctx, payload)
	}()
	<-done
	if f.stop(p) {
		return nil, ErrCrashed
	}
	return response, err
}

func (f *Function) start(ctx context.Context) (context.Context, *process) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &process{cancel: cancel}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running[p] = true
	return ctx, p
}

// stop forgets p and says whether it was killed.
func (f *Function) stop(p *process) bool {
	p.cancel(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.running, p)
	return p.killed
}

// Kill ends every running invocation of the function: its context is cancelled and what
// it returns is ignored. Whoever answers its calls should ask Dead first, so that nothing
// that a dead process does has an effect.
func (f *Function) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.running {
		p.killed = true
		p.cancel(ErrCrashed)
	}
}

// Dead says whether an invocation was killed and has not returned yet.
func (f *Function) Dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.running {
		if p.killed {
			return true
		}
	}
	return false
}

// A Request is what a handler can learn of its own invocation.
type Request struct {
	ID          string
	FunctionARN string
	Deadline    time.Time // simulated; the context's own deadline is real time
}

type requestKey struct{}

// FromContext returns the request that a handler's context belongs to.
func FromContext(ctx context.Context) (Request, bool) {
	r, ok := ctx.Value(requestKey{}).(Request)
	return r, ok
}
