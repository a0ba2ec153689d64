//go:build e2e

package runtime_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// failures makes what the functions stand on fail for some messages of a batch or for all,
// and holds that exactly those come back, and are done when they do.
func (s *suite) failures(t *testing.T) {
	t.Parallel()
	throttled := &engine.Error{Code: "ProvisionedThroughputExceededException", Message: "The level of configured provisioned throughput for the table was exceeded."}
	down := &engine.Error{Code: "InternalServerError", Message: "Internal server error", Status: 500}
	rows := []struct {
		name      string
		function  string
		operation string // of which calls fail
		of        string // only those whose parameters hold this key store's ID: "first" or "" for all
		fault     *engine.Fault
		back      []int // messages that come back
	}{
		{"diagnose: the table refuses one subject", diagnose, "GetItem", "first", &engine.Fault{Error: down}, []int{0}},
		{"diagnose: the table throttles one subject", diagnose, "PutItem", "first", &engine.Fault{Error: throttled}, []int{0}},
		{"diagnose: the table is out of reach", diagnose, "GetItem", "", &engine.Fault{Lose: true}, []int{0, 1}},
		{"diagnose: the bus is out of reach", diagnose, "PutEvents", "", &engine.Fault{Lose: true}, []int{0, 1}},
		{"remediate: the table throttles one subject", remediate, "GetItem", "first", &engine.Fault{Error: throttled}, []int{0}},
		{"remediate: the table is out of reach", remediate, "GetItem", "", &engine.Fault{Lose: true}, []int{0, 1}},
		{"remediate: EC2 throttles what is read before the write", remediate, "DescribeSecurityGroups", "", &engine.Fault{Error: &engine.Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503}}, []int{0, 1}},
		{"notify: SNS refuses one message", notify, "Publish", "first", &engine.Fault{Error: &engine.Error{Code: "InternalError", Message: "Internal error", Status: 500}}, []int{0}},
		{"notify: the topic is out of reach", notify, "Publish", "", &engine.Fault{Lose: true}, []int{0, 1}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s.cases.Add(1)
			w, d, bodies := s.twoOutages(t, row.function)
			spoil := &spoiler{principal: row.function, operation: row.operation, fault: row.fault}
			if row.of == "first" {
				spoil.holds = w.ref.KeyStore.ID
			}
			spoil.on.Store(true)
			w.sim.Intercept(spoil.intercept)
			var want []string
			for _, i := range row.back {
				want = append(want, message(i))
			}
			failed := answered(t, d.Emulators[row.function], delivery(t, someQueue, bodies...))
			sameIDs(t, failed, want)
			if spoil.struck.Load() == 0 {
				t.Fatal("no call was spoiled: the case tests nothing")
			}
			spoil.on.Store(false)
			var again []string
			for i, body := range bodies {
				if slices.Contains(failed, message(i)) {
					again = append(again, body)
				}
			}
			sameIDs(t, s.redelivered(t, d.Emulators[row.function], again), nil)
			w.bothAreDone(t, d, row.function)
		})
	}
}

// redelivered sends messages again until none comes back, as their queue does. A claim of
// notify's holds for a minute.
func (s *suite) redelivered(t *testing.T, e *rie.Emulator, bodies []string) []string {
	t.Helper()
	var failed []string
	await(t, "the messages to be done", claimLimit, often, func() bool {
		failed = answered(t, e, delivery(t, someQueue, bodies...))
		return len(failed) == 0
	})
	return failed
}

// A spoiler spoils calls of one operation by one function.
type spoiler struct {
	principal, operation string
	holds                string // only calls whose parameters hold this; all where empty
	fault                *engine.Fault
	on                   atomic.Bool
	struck               atomic.Int64
}

func (s *spoiler) intercept(c *engine.Call) *engine.Fault {
	if !s.on.Load() || c.Principal.Name != s.principal || c.Operation != s.operation {
		return nil
	}
	if s.holds != "" {
		var all map[string]any
		if err := c.Bind(&all); err != nil || !strings.Contains(fmt.Sprint(all), s.holds) {
			return nil
		}
	}
	s.struck.Add(1)
	return s.fault
}

// twoOutages has two key stores whose proxies' security groups lost 443, in auto mode, and
// the two messages that the function is to be given: of the first key store, w.ref, and of
// the second.
func (s *suite) twoOutages(t *testing.T, function string) (*world, *rie.Deployment, []string) {
	t.Helper()
	w := newWorld(t, awssim.Options{}, network.Options{})
	var second *network.Reference
	var canaries []string
	w.sim.Do(func(n *network.World) {
		second = n.BuildReference(network.Options{Name: "ledger-hsm", VPC: w.ref.VPC.ID, Octet: 3})
		canaries = []string{n.KeyARN(w.ref.Canary), n.KeyARN(second.Canary)}
	})
	closed := scenario.TargetGroupClosed(443)
	w.breaks(closed, func(n *network.World, _ *network.Reference) { closed(n, second) })
	d := s.deploy(t, w.sim, map[string]string{"Mode": "auto", "CanaryKeys": strings.Join(canaries, ",")}, 0)
	signals := []string{sample(t, "decrypt-failed.json", w.ref.KeyStore.ID), sample(t, "decrypt-failed.json", second.KeyStore.ID)}
	if function == diagnose {
		return w, d, signals
	}
	sameIDs(t, answered(t, d.Emulators[diagnose], delivery(t, someQueue, signals...)), nil)
	orders := w.diagnosed(t, d, 2)
	if !strings.Contains(orders[0], w.ref.KeyStore.ID) {
		orders[0], orders[1] = orders[1], orders[0]
	}
	return w, d, orders
}

// bothAreDone fails where the function's work on one of the two key stores is missing, or
// was done twice.
func (w *world) bothAreDone(t *testing.T, d *rie.Deployment, function string) {
	t.Helper()
	switch function {
	case diagnose:
		w.diagnosed(t, d, 2)
	case remediate:
		if got := w.writes(); !slices.Equal(got, []string{"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"}) {
			t.Errorf("writes %q, want one for each key store", got)
		}
		fixed := map[string]int{}
		for _, e := range w.events(d) {
			if e.Type == lifecycle.FixApplied {
				fixed[e.Subject.ID]++
			}
		}
		if len(fixed) != 2 || fixed[w.ref.KeyStore.ID] != 1 {
			t.Errorf("fixes told %v, want one for each key store", fixed)
		}
	case notify:
		if got := len(w.sim.Published()); got != 2 {
			t.Errorf("%d messages published, want one for each key store", got)
		}
	}
}
