//go:build e2e

// Package wire holds every request that the product sends and every answer that the simulator
// gives against botocore's service models, over all scenarios, and what botocore makes of an
// answer against what the Go SDK makes of it.
package wire

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

var modes = []string{"observe", "approve", "auto"}

// TestEveryExchangeIsWhatAWSModels plays all scenarios in all modes and what else makes calls,
// and has botocore's models judge each of them.
func TestEveryExchangeIsWhatAWSModels(t *testing.T) {
	name := filepath.Join(t.TempDir(), "exchanges.jsonl")
	l, finish := newLedger(t, name)
	r := &rehearsals{ledger: l, slots: make(chan struct{}, 3)}
	var err error
	if r.template, err = os.ReadFile(filepath.Join(e2e.Root(), "template.yaml")); err != nil {
		t.Fatal(err)
	}
	t.Run("rehearsals", func(t *testing.T) {
		for _, s := range scenario.All() {
			for _, mode := range modes {
				r.play(t, "", rehearse.Options{Scenario: s, Mode: mode})
			}
		}
		r.playTyped(t)
		r.playRefused(t)
		r.playTour(t)
	})
	finish()
	v := judge(t, name, l)
	if want := len(modes)*len(scenario.All()) + r.further; l.runs != want {
		t.Logf("%d of %d runs were recorded: exceptions and operations are judged over all of them only", l.runs, want)
		return
	}
	v.complete(t)
	v.report(t, l, r.further)
}

// rehearsals are the runs whose calls are recorded, three at a time: those whose calls are
// throttled wait a lot.
type rehearsals struct {
	template []byte
	ledger   *ledger
	slots    chan struct{}
	further  int // beside every scenario in every mode
}

// play rehearses, looks at what came of it as xksctl diagnose does, and writes all calls down.
func (r *rehearsals) play(t *testing.T, variant string, o rehearse.Options) {
	o.Template = r.template
	if variant != "" {
		r.further++
	}
	name := strings.TrimSuffix(o.Scenario.Name+"/"+o.Mode+"/"+variant, "/")
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		rec := newRecorder(name)
		inspect := o.Inspect
		o.Inspect = func(sim *awssim.Sim, stack *awssim.Stack) {
			rec.diagnose(t, sim)
			if inspect != nil {
				inspect(sim, stack)
			}
			if variant == "tour" {
				rec.tour(t, sim, stack)
			}
		}
		if _, err := rehearse.Run(t.Context(), rec.options(o)); err != nil {
			t.Fatal(err)
		}
		r.ledger.write(t, rec)
	})
}

// diagnose makes the calls of xksctl diagnose for every key store, or for the endpoint
// services where there is none.
func (r *recorder) diagnose(t *testing.T, sim *awssim.Sim) {
	id, secret := sim.Credentials("operator")
	cfg := r.settings(sim, id, secret)
	client := sts.NewFromConfig(cfg)
	who, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil { // the first call, where each operation's first one is refused
		who, err = client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	}
	if err != nil {
		t.Fatalf("asking who we are: %v", err)
	}
	reader := collect.New(cfg, collect.Options{Account: aws.ToString(who.Account), Region: cfg.Region, Now: sim.Now})
	var subjects []path.Subject
	sim.Do(func(w *network.World) {
		for _, id := range slices.Sorted(maps.Keys(w.KeyStores)) {
			subjects = append(subjects, path.Subject{Kind: path.KeyStoreSubject, ID: id})
		}
		for _, id := range slices.Sorted(maps.Keys(w.Services)) {
			if len(w.KeyStores) == 0 {
				subjects = append(subjects, path.Subject{Kind: path.ServiceSubject, ID: id})
			}
		}
	})
	for _, s := range subjects {
		asked := path.Requested{}
		if s.Kind == path.ServiceSubject {
			asked.ServiceName = "com.amazonaws.vpce." + cfg.Region + "." + s.ID
		}
		reader.Snapshot(t.Context(), s, asked, nil, nil)
	}
}

// playTyped has a person type, in observe mode, what the messages say.
func (r *rehearsals) playTyped(t *testing.T) {
	for _, name := range []string{
		"running/target-security-group-without-443", "running/shared-target-security-group", "running/load-balancer-egress-missing",
		"running/two-faults-at-once", "running/privatelink-enforcement-blocks", "creating/kms-principal-missing",
		"creating/private-dns-unverified", "creating/two-faults-at-once",
	} {
		s := found(t, name)
		s.Watch = 30 * time.Minute
		s.Play = func(stage *scenario.Stage) {
			needed := func() bool { state, _ := stage.Told(); return state == "needs-person" }
			if !stage.Until(needed, 10*time.Minute) {
				t.Errorf("%s: nobody was asked to type anything", name)
			}
			_, commands := stage.Told()
			for _, line := range commands {
				if !strings.HasPrefix(line, "aws ") {
					continue // dig, to see for oneself
				}
				if err := stage.Type(line); err != nil {
					t.Errorf("%s: typing %s: %v", name, line, err)
				}
			}
		}
		r.play(t, "typed", rehearse.Options{Scenario: s, Mode: "observe"})
	}
}

// playRefused has each operation throttled, and in other runs denied, the first time that
// somebody calls it, and the table out of reach for a while.
func (r *rehearsals) playRefused(t *testing.T) {
	answers := map[string]func(*engine.Call) *engine.Error{
		"throttled": func(c *engine.Call) *engine.Error { return c.Service.Throttled() },
		"denied": func(c *engine.Call) *engine.Error {
			return c.Service.Denied("User: " + c.Principal.ARN + " is not authorized to perform: " + c.Service.IAMPrefix + ":" + c.Operation +
				" because no identity-based policy allows the action")
		},
	}
	for _, name := range []string{"running/target-security-group-without-443", "connecting/failed-for-want-of-443", "creating/two-faults-at-once", "running/certificate-expired"} {
		for how, answer := range answers {
			r.play(t, how, rehearse.Options{Scenario: found(t, name), Mode: "auto", Intercept: onceEach(answer)})
		}
	}
	s := found(t, "running/target-security-group-without-443")
	var sim *awssim.Sim
	reach := func(ok bool) { sim.Do(func(*network.World) { sim.Tables.Unreachable = !ok }) }
	s.Play = func(stage *scenario.Stage) {
		stage.Advance(2 * time.Minute)
		reach(true)
	}
	r.play(t, "table out of reach", rehearse.Options{Scenario: s, Mode: "auto", Prepare: func(started *awssim.Sim, _ *awssim.Stack) {
		sim = started
		reach(false)
	}})
}

// onceEach answers the first call of each operation by each principal with an error.
func onceEach(answer func(*engine.Call) *engine.Error) engine.Intercept {
	seen := map[string]bool{}
	return func(c *engine.Call) *engine.Fault { // under the simulator's lock
		key := c.Principal.Name + " " + c.Service.Name + ":" + c.Operation
		if seen[key] {
			return nil
		}
		seen[key] = true
		return &engine.Fault{Error: answer(c)}
	}
}

func (r *rehearsals) playTour(t *testing.T) {
	s := found(t, "running/healthy")
	s.Watch = time.Minute
	r.play(t, "tour", rehearse.Options{Scenario: s, Mode: "observe"})
}

func found(t *testing.T, name string) scenario.Scenario {
	t.Helper()
	s, ok := scenario.Find(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	return s
}

// newLedger opens the file of exchanges; finish closes it.
func newLedger(t *testing.T, name string) (l *ledger, finish func()) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	l = &ledger{out: bufio.NewWriterSize(file, 1<<20)}
	return l, func() {
		if err := l.out.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
