//go:build e2e

package runtime_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

const (
	// claimLimit is more than what a dead function leaves locked: remediate's lease of 90 s,
	// notify's claim of 60 s. A queue hands the message out again after minutes.
	claimLimit = 2 * time.Minute
	often      = time.Second
	// short is the timeout of a function that is to die of it.
	short = 4 * time.Second
)

// A death is a function that dies while it waits for the answer of a call that took effect.
type death struct {
	function, operation string
	want                func(t *testing.T, w *world, d *rie.Deployment)
}

// deaths has functions die of their timeout and of SIGTERM in the middle of their work, and
// holds that the message, delivered again, is done: once, or told twice where only that is
// safe.
func (s *suite) deaths(t *testing.T) {
	t.Parallel()
	rows := []death{
		{diagnose, "DescribeSecurityGroups", toldOnce}, // nothing is saved yet
		{diagnose, "PutItem", toldOnce},                // the record is saved, its event not put
		{diagnose, "PutEvents", toldTheSame},           // the event is put, and not marked as sent
		{remediate, "PutItem", fixedOnce},              // the lease is taken
		{remediate, "AuthorizeSecurityGroupIngress", fixedOnce},
		{remediate, "PutEvents", fixedOnce},
		{notify, "PutItem", publishedTimes(1)}, // the claim stands, nothing is published
		{notify, "Publish", publishedTimes(2)}, // nobody knows whether it was published
	}
	var tried atomic.Int64
	t.Cleanup(func() {
		if tried.Load() == int64(len(rows)) && s.timeouts.Load() == 0 {
			t.Error("every function that was to time out gave its message back first: none died of its timeout")
		}
	})
	for _, row := range rows {
		t.Run(row.function+" times out at "+row.operation, func(t *testing.T) {
			t.Parallel()
			tried.Add(1)
			s.dies(t, row, short, func(*testing.T, *rie.Emulator) {}, s.timedOut)
		})
		t.Run(row.function+" gets SIGTERM at "+row.operation, func(t *testing.T) {
			t.Parallel()
			s.dies(t, row, time.Minute, terminate, s.killed)
		})
	}
	t.Run("the emulator gets SIGTERM", s.emulatorTerminated)
}

// dies lets a function die with kill while a call waits for its answer, holds that the
// emulator answered as Lambda does, and delivers the message again until it is done.
func (s *suite) dies(t *testing.T, row death, timeout time.Duration, kill func(*testing.T, *rie.Emulator), answers func(*testing.T, rie.Answer) (died bool)) {
	t.Helper()
	s.cases.Add(1)
	h := newHolder(row.function, row.operation)
	w, d, body := s.oneOutage(t, row.function, timeout, h)
	h.armed.Store(true)
	e := d.Emulators[row.function]
	answer := make(chan rie.Answer, 1)
	go func() {
		got, err := e.Invoke(t.Context(), delivery(t, someQueue, body))
		if err != nil {
			t.Error(err)
		}
		answer <- got
	}()
	select {
	case <-h.reached:
	case <-answer:
		t.Fatalf("the function never called %s:\n%s", row.operation, strings.Join(e.Lines(), "\n"))
	}
	kill(t, e)
	died := answers(t, <-answer)
	close(h.release)
	await(t, "the message to be done", claimLimit, often, func() bool {
		again, err := e.Invoke(t.Context(), delivery(t, someQueue, body))
		if err != nil {
			t.Fatal(err)
		}
		failed, err := again.Failed()
		return err == nil && len(failed) == 0
	})
	if starts := strings.Count(e.Own(), "INIT START"); died && starts < 2 {
		t.Errorf("the function was started %d times: it did not die", starts)
	}
	row.want(t, w, d)
}

// oneOutage has a key store whose proxies' security group lost 443, in auto mode, and the
// message that the function is to be given.
func (s *suite) oneOutage(t *testing.T, function string, timeout time.Duration, h *holder) (*world, *rie.Deployment, string) {
	t.Helper()
	w := newWorld(t, awssim.Options{Tap: h.tap}, network.Options{})
	var canary string
	w.sim.Do(func(n *network.World) { canary = n.KeyARN(w.ref.Canary) })
	w.breaks(scenario.TargetGroupClosed(443))
	d := s.deploy(t, w.sim, map[string]string{"Mode": "auto", "CanaryKeys": canary}, timeout)
	body := sample(t, "decrypt-failed.json", w.ref.KeyStore.ID)
	if function != diagnose {
		sameIDs(t, answered(t, d.Emulators[diagnose], delivery(t, someQueue, body)), nil)
		body = w.diagnosed(t, d, 1)[0]
	}
	return w, d, body
}

// A holder holds back the answer of a function's first call of an operation, which took
// effect.
type holder struct {
	principal, operation string
	armed                atomic.Bool
	reached, release     chan struct{}
}

func newHolder(principal, operation string) *holder {
	return &holder{principal: principal, operation: operation, reached: make(chan struct{}), release: make(chan struct{})}
}

func (h *holder) tap(x engine.Exchange) {
	if x.Principal == h.principal && x.Operation == h.operation && h.armed.CompareAndSwap(true, false) {
		close(h.reached)
		<-h.release
	}
}

// timedOut holds that the emulator answered what Lambda says of a timeout, or that the
// function, whose calls end at the same instant, was faster and gave the message back.
// https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
func (s *suite) timedOut(t *testing.T, a rie.Answer) (died bool) {
	t.Helper()
	if a.Status == http.StatusOK && string(a.Body) == "Task timed out after 4.00 seconds" {
		s.timeouts.Add(1)
		return true
	}
	failed, err := a.Failed()
	if err != nil {
		t.Errorf("answered %d %s, want the timeout or the message back", a.Status, a.Body)
	}
	sameIDs(t, failed, []string{message(0)})
	return false
}

// terminate sends SIGTERM to the function's own process.
func terminate(t *testing.T, e *rie.Emulator) {
	t.Helper()
	p, err := e.Process()
	if err != nil {
		t.Error(err)
		return
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// killed holds that SIGTERM ended the process at once, and that the emulator said so.
func (s *suite) killed(t *testing.T, a rie.Answer) (died bool) {
	t.Helper()
	s.terminated.Add(1)
	if a.Status != http.StatusBadGateway || !strings.Contains(string(a.Body), "Runtime.ExitError") || !strings.Contains(string(a.Body), "signal: terminated") {
		t.Errorf("answered %d %s, want the end of the process", a.Status, a.Body)
	}
	return true
}

// toldOnce holds that the diagnosis was told once.
func toldOnce(t *testing.T, w *world, d *rie.Deployment) {
	t.Helper()
	w.diagnosed(t, d, 1)
}

// toldTheSame holds that the event was put again as it was, so that notify drops it.
func toldTheSame(t *testing.T, w *world, d *rie.Deployment) {
	t.Helper()
	all := w.events(d)
	for i, e := range all {
		same := slices.IndexFunc(all, func(o lifecycle.Event) bool { return o.Incident == all[0].Incident && o.Sequence == e.Sequence })
		if e.Incident != all[0].Incident || all[same].Type != e.Type || all[same].Headline != e.Headline {
			t.Errorf("event %d is %s %d of incident %s, beside incident %s", i, e.Type, e.Sequence, e.Incident, all[0].Incident)
		}
	}
	w.diagnosed(t, d, 2)
}

// fixedOnce holds that the rule was added once and that the journal has it as applied.
func fixedOnce(t *testing.T, w *world, d *rie.Deployment) {
	t.Helper()
	if got := w.writes(); !slices.Equal(got, []string{"AuthorizeSecurityGroupIngress"}) {
		t.Errorf("writes %q, want one", got)
	}
	told := map[int]lifecycle.Event{}
	for _, e := range w.events(d) {
		if e.Type == lifecycle.FixApplied {
			told[e.Sequence] = e
		}
	}
	if len(told) != 1 {
		t.Fatalf("%d different fixes told, want 1", len(told))
	}
	for _, e := range told {
		if len(e.Done) != 1 || e.Done[0].Status != "applied" {
			t.Errorf("the journal says %+v, want one applied change", e.Done)
		}
	}
	w.sim.Do(func(n *network.World) {
		var open []string
		for _, r := range n.DescribedRules(w.ref.ProxyGroup) {
			if !r.Egress && r.FromPort == 443 && r.ToPort == 443 {
				open = append(open, r.CIDR.String())
			}
		}
		slices.Sort(open)
		// The addresses of the load balancer's nodes, and nothing wider.
		if want := []string{"10.0.1.7/32", "10.0.2.7/32"}; !slices.Equal(open, want) {
			t.Errorf("the group admits 443 from %q, want %q", open, want)
		}
	})
}

// publishedTimes holds how often on-call was told.
func publishedTimes(want int) func(*testing.T, *world, *rie.Deployment) {
	return func(t *testing.T, w *world, _ *rie.Deployment) {
		t.Helper()
		if got := len(w.sim.Published()); got != want {
			t.Errorf("published %d times, want %d", got, want)
		}
	}
}

// emulatorTerminated has the emulator itself get SIGTERM in the middle of an invocation, as
// its container's end does. It takes the function with it, and nobody gets an answer.
func (s *suite) emulatorTerminated(t *testing.T) {
	t.Parallel()
	s.cases.Add(1)
	h := newHolder(remediate, "AuthorizeSecurityGroupIngress")
	w, d, body := s.oneOutage(t, remediate, time.Minute, h)
	h.armed.Store(true)
	e := d.Emulators[remediate]
	ended := make(chan error, 1)
	go func() {
		_, err := e.Invoke(t.Context(), delivery(t, someQueue, body))
		ended <- err
	}()
	<-h.reached
	p, err := e.Process()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("an emulator that was terminated answered")
	}
	close(h.release)
	<-e.Ended()
	await(t, "the function's process to end", short, 10*time.Millisecond, func() bool { return p.Signal(syscall.Signal(0)) != nil })
	next := s.start(t, remediate, d.Stack.Env(remediate), 0)
	sameIDs(t, s.redelivered(t, next, []string{body}), nil)
	fixedOnce(t, w, d)
}
