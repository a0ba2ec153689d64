package rehearse_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A crasher kills the function that makes the n-th call of the product's, once.
type crasher struct {
	sim   *awssim.Sim
	n     int64 // 0: never
	after bool  // the call takes effect first
	calls atomic.Int64
	at    string         // the call at which it struck
	reads map[int64]bool // numbers of the calls that change nothing anywhere
}

func (c *crasher) prepare(sim *awssim.Sim, _ *awssim.Stack) { c.sim = sim }

func (c *crasher) intercept(call *engine.Call) *engine.Fault {
	switch call.Principal.Name {
	case rehearse.DiagnoseFunction, rehearse.RemediateFunction, rehearse.NotifyFunction:
	default:
		return nil
	}
	if c.sim == nil {
		return nil
	}
	n := c.calls.Add(1)
	if c.reads != nil {
		c.reads[n] = call.Service.Operations[call.Operation].ReadOnly || call.Operation == "Encrypt" || call.Operation == "GetItem"
	}
	if n != c.n {
		return nil
	}
	c.at = call.Principal.Name + " " + call.Operation
	return c.sim.Crash(call.Principal.Name, c.after)
}

func crashed(t *testing.T, s scenario.Scenario, n int64, after bool) (*rehearse.Result, *crasher) {
	t.Helper()
	c := &crasher{n: n, after: after}
	if n == 0 {
		c.reads = map[int64]bool{}
	}
	got, err := rehearse.Run(t.Context(), rehearse.Options{
		Scenario: s, Mode: "auto", Template: template(t), Brief: true, Prepare: c.prepare, Intercept: c.intercept,
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, c
}

// TestACrashAtAnyCallEndsInTheSameOutcome kills diagnose, remediate or notify at every AWS
// call of a repair, before and after the call takes effect. (Under the race detector it
// takes each eighth of the writes, and leaves out the connection, which takes longest.)
func TestACrashAtAnyCallEndsInTheSameOutcome(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"running/target-security-group-without-443", "creating/private-dns-unverified", "connecting/failed-for-want-of-443"} {
		s := found(t, name)
		if underRace && s.Phase == scenario.Connecting {
			continue
		}
		s.Watch = time.Hour
		whole, counted := crashed(t, s, 0, false)
		writes := 0
		for n := int64(1); n <= counted.calls.Load(); n++ {
			if underRace {
				if counted.reads[n] {
					continue
				}
				if writes++; writes%8 != 1 {
					continue
				}
			}
			if s.Phase == scenario.Connecting && counted.reads[n] && n%16 != 0 {
				continue // it looks a dozen times, and its looks are those of the others
			}
			for _, after := range []bool{false, true} {
				if after && counted.reads[n] {
					continue // a read changes nothing: dying after it is dying before the next call
				}
				t.Run(fmt.Sprintf("%s/%d/after=%t", name, n, after), func(t *testing.T) {
					t.Parallel()
					got, c := crashed(t, s, n, after)
					if reconnecting(c.at) && got.State == "escalated" {
						mustBeStopped(t, c, got)
						return
					}
					if diff := cmp.Diff(whole.Writes, got.Writes); diff != "" {
						t.Errorf("crash at %s: writes (-without +with):\n%s", c.at, diff)
					}
					if got.State != whole.State || got.Proof == "" && whole.Proof != "" || got.Encrypts != whole.Encrypts {
						t.Errorf("crash at %s: ended %s (%s, encrypts %t), want %s (%s, encrypts %t)", c.at,
							got.State, got.Proof, got.Encrypts, whole.State, whole.Proof, whole.Encrypts)
					}
					for _, want := range pages(whole) {
						if !slices.Contains(subjects(got), want) {
							t.Errorf("crash at %s: no message %q was sent; sent were %q", c.at, want, subjects(got))
						}
					}
				})
			}
		}
	}
}

// reconnecting says whether a call belongs to the two writes of a reconnect. A crash between
// such a call and its note leaves nobody who knows whose Disconnect it was: then the product
// must stop, whatever a run without a crash does.
func reconnecting(call string) bool {
	return strings.HasSuffix(call, " DisconnectCustomKeyStore") || strings.HasSuffix(call, " ConnectCustomKeyStore") ||
		call == rehearse.RemediateFunction+" PutItem"
}

// mustBeStopped fails where a reconnect whose answer is lost was carried on with.
func mustBeStopped(t *testing.T, c *crasher, got *rehearse.Result) {
	t.Helper()
	n := 0
	for _, w := range got.Writes {
		if w == "ConnectCustomKeyStore" || w == "DisconnectCustomKeyStore" {
			n++
		}
	}
	if n == 0 && !slices.Contains(got.Writes, "AuthorizeSecurityGroupIngress") {
		t.Errorf("crash at %s: stopped before the reconnect: writes %v", c.at, got.Writes)
	}
	if n > 2 || !strings.Contains(strings.Join(subjects(got), "\n"), "escalated") {
		t.Errorf("crash at %s: writes %v, messages %q: want an escalation and no further call", c.at, got.Writes, subjects(got))
	}
}

// pages are the subjects of the first message and of the last, that of the outcome. What lies
// between may be told at once with the outcome when a crash delays it.
func pages(r *rehearse.Result) []string {
	if len(r.Messages) == 0 {
		return nil
	}
	return []string{r.Messages[0].Subject, r.Messages[len(r.Messages)-1].Subject}
}
