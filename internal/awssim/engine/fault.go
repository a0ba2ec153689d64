package engine

// An Intercept sees each call before it is authorized and may spoil it; nil lets it pass.
// It runs under the simulator's lock, so it must not take the lock or call the simulator.
type Intercept func(c *Call) *Fault

// A Fault is what goes wrong with one call. The zero Fault is none.
type Fault struct {
	// Error is answered and the operation does not run.
	Error *Error
	// Drop closes the connection without an answer after the operation ran: the answer
	// of a write is lost.
	Drop bool
	// Lose closes the connection without an answer and without running the operation.
	Lose bool
	// Crash is called, outside the lock, after the operation ran (or did not, with Lose)
	// and before the connection is closed without an answer: it tells the in-process
	// function that it died at this call.
	Crash func()
}
