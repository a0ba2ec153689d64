package awssim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/lambda"
)

// Advance moves the clock by d, running everything that is due on the way. Functions run
// to their end while the clock stands still; they must not move it themselves.
func (s *Sim) Advance(d time.Duration) {
	s.pump(s.ctx, s.Now().Add(d), func() bool { return false })
}

// RunUntil moves the clock until done is true, at most by limit, and says whether it was.
// It asks before the first step and after each one, without the lock.
func (s *Sim) RunUntil(done func() bool, limit time.Duration) bool {
	return s.pump(s.ctx, s.Now().Add(limit), done)
}

func (s *Sim) pump(ctx context.Context, until time.Time, done func() bool) bool {
	s.running.Lock()
	defer s.running.Unlock()
	for !done() {
		if ctx.Err() != nil || !s.step(ctx, until) {
			return done()
		}
	}
	return true
}

// step runs the next thing due and the functions that it woke; it is false where nothing
// is due any more.
func (s *Sim) step(ctx context.Context, until time.Time) bool {
	s.mu.Lock()
	next := s.account.Clock.Pop(until)
	if next == nil {
		s.mu.Unlock()
		return false
	}
	next()
	ready := s.Lambda.Ready()
	s.mu.Unlock()
	s.invoke(ctx, ready)
	return true
}

// invoke runs the invocations without the lock, at the same time only if that is wanted.
func (s *Sim) invoke(ctx context.Context, ready []*lambda.Invocation) {
	if s.options.Concurrent {
		var all sync.WaitGroup
		for _, invocation := range ready {
			all.Go(func() { invocation.Run(ctx) })
		}
		all.Wait()
	} else {
		for _, invocation := range ready {
			invocation.Run(ctx)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, invocation := range ready {
		s.Lambda.Finish(invocation)
	}
}

// tick is how often the clock follows real time in Serve.
const tick = 20 * time.Millisecond

// Serve answers on listener too, and has the clock follow real time, Options.Speed times as
// fast, until ctx ends or serving fails.
func (s *Sim) Serve(ctx context.Context, listener net.Listener) error {
	server := s.newHTTP()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	defer func() { _ = server.Close() }() // what is left of it ends with the process
	started, origin := time.Now(), s.Now()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
		case <-ticker.C:
			passed := time.Duration(float64(time.Since(started)) * s.options.Speed)
			s.pump(ctx, origin.Add(passed), func() bool { return false })
		}
	}
}
