package rehearse_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
	"github.com/xks-remediator/xks-remediator/internal/wiring/diagnoser"
)

// TestAReadThatFailsBlindsExactlyTheChecksThatNeededIt spoils each read of a diagnosis in
// turn, in the world that every scenario leaves behind: refused by IAM, throttled, or timed
// out. What is read is what the simulator's journal says, so that a new part of the snapshot
// needs nothing here. Worlds that give the same snapshot are looked at once.
func TestAReadThatFailsBlindsExactlyTheChecksThatNeededIt(t *testing.T) {
	t.Parallel()
	seen := &sights{worlds: map[string]string{}}
	t.Run("scenarios", func(t *testing.T) {
		for _, s := range sightScenarios() {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				inWorld(t, s, func(w *sightWorld) {
					for _, subject := range w.subjects() {
						w.subject = subject
						seen.spoilEach(t, w, s.Name)
					}
				})
			})
		}
	})
	t.Logf("%d scenarios, %d worlds that differ, %d operations and ways to spoil them: %d reads refused, %d throttled, %d timed out",
		seen.scenarios, len(seen.worlds), len(seen.operations), seen.struck[refused], seen.struck[throttled], seen.struck[timedOut])
	if seen.scenarios < len(sightScenarios())/2 {
		return // a part of them was asked for
	}
	for _, k := range []spoiling{refused, throttled, timedOut} {
		if !sampling() && !seen.operations["lambda:InvokeFunction "+string(k)] {
			t.Errorf("the probe's invocation was never %s", k)
		}
		if seen.struck[k] < 10 {
			t.Errorf("%d reads were %s: the test sees too little", seen.struck[k], k)
		}
	}
}

// TestTwoReadsThatFailBlindNoMoreThanEachOfThem refuses two reads at once.
func TestTwoReadsThatFailBlindNoMoreThanEachOfThem(t *testing.T) {
	t.Parallel()
	for _, s := range []scenario.Scenario{healthyWorld(), found(t, "running/target-security-group-without-443"), found(t, "connecting/kms-principal-missing")} {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, s, func(w *sightWorld) {
				w.subject = w.subjects()[0]
				base := w.look(t, nil)
				reads := base.reads(refused)
				for _, r := range reads {
					base.learn(w.look(t, []read{r}), r)
				}
				pair := rapid.SliceOfNDistinct(rapid.SampledFrom(reads), 2, 2, func(r read) string { return r.action })
				for seed := range sampled(60) {
					both := pair.Example(seed)
					for _, wrong := range base.compare(w.look(t, both), both) {
						t.Errorf("%s and %s %s: %s", both[0].operation, both[1].operation, refused, wrong)
					}
				}
			})
		})
	}
}

// sampling says that only some reads are spoiled: calls are dear, or time is short.
func sampling() bool { return underRace || testing.Short() }

// sampled is n, or a part of it.
func sampled(n int) int {
	if sampling() {
		return max(n/stride, 1)
	}
	return n
}

// stride is how many reads there are for each that a run spoils which does not spoil them all.
const stride = 11

// sights counts what the test looked at, over all worlds.
type sights struct {
	mu         sync.Mutex
	scenarios  int
	worlds     map[string]string // by what is seen of them: the first scenario that shows it
	operations map[string]bool   // IAM actions, with how they were spoiled
	struck     map[spoiling]int
	turn       int
}

// first says whether no other scenario showed the same world before.
func (c *sights) first(base *look, name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scenarios++
	key := base.key()
	if _, known := c.worlds[key]; known {
		return false
	}
	c.worlds[key] = name
	return true
}

// take counts a read, and says whether it is this run's to spoil.
func (c *sights) take(r read) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	if sampling() && c.turn%stride != 0 {
		return false
	}
	if c.struck == nil {
		c.struck, c.operations = map[spoiling]int{}, map[string]bool{}
	}
	c.struck[r.how]++
	c.operations[r.action+" "+string(r.how)] = true
	return true
}

func (c *sights) spoilEach(t *testing.T, w *sightWorld, name string) {
	t.Helper()
	base := w.look(t, nil)
	if !c.first(base, name) {
		return
	}
	var spoiled []read
	var looks []*look
	for _, how := range []spoiling{refused, throttled, timedOut} {
		for _, r := range base.reads(how) {
			if !c.take(r) {
				continue
			}
			got := w.look(t, []read{r})
			spoiled, looks = append(spoiled, r), append(looks, got)
			if w.missed(r) {
				t.Errorf("%s was to be %s, and nobody asked for it", r.operation, how)
			}
			if how == refused {
				base.learn(got, r)
			}
		}
	}
	for i, r := range spoiled {
		for _, wrong := range base.compare(looks[i], []read{r}) {
			t.Errorf("%s %s: %s", r.operation, r.how, wrong)
		}
	}
}

func healthyWorld() scenario.Scenario {
	return scenario.Scenario{Name: "healthy", Phase: scenario.Running, Canary: true, Watch: time.Minute}
}

// sightScenarios are the healthy world and every scenario, each watched for as long as a
// connection attempt takes. Under the race detector it is each fifth of them.
func sightScenarios() []scenario.Scenario {
	all := append([]scenario.Scenario{healthyWorld()}, scenario.All()...)
	var some []scenario.Scenario
	for i, s := range all {
		if underRace && i%5 != 0 {
			continue
		}
		s.Watch = min(s.Limit(), 6*time.Minute)
		some = append(some, s)
	}
	return some
}

// A sightWorld is the simulated world of a scenario with the deployed product beside it.
type sightWorld struct {
	sim     *awssim.Sim
	stack   *awssim.Stack
	subject path.Subject
	records []incident.Record
	store   path.Subject // the reference's key store, where there is one
	env     boot.Env[diagnose.Config]
	wire    *wire
	actions map[string]string // of IAM, by the operation
}

// inWorld plays a scenario with the product as an observer, and hands its world to do.
func inWorld(t *testing.T, s scenario.Scenario, do func(*sightWorld)) {
	t.Helper()
	done := false
	_, err := rehearse.Run(t.Context(), rehearse.Options{
		Scenario: s, Mode: "observe", Template: template(t),
		Inspect: func(sim *awssim.Sim, stack *awssim.Stack) {
			w := &sightWorld{sim: sim, stack: stack}
			w.start(t)
			do(w)
			done = true
		},
	})
	if err != nil || !done {
		t.Fatalf("playing %s: done %v, %v", s.Name, done, err)
	}
}

// start starts the diagnose function as Lambda does, but that it sends each call once.
func (w *sightWorld) start(t *testing.T) {
	t.Helper()
	env, err := boot.LoadFrom[diagnose.Config](w.stack.Env(rehearse.DiagnoseFunction), io.Discard, w.sim.Now)
	if err != nil {
		t.Fatal(err)
	}
	env.AWS.RetryMaxAttempts = 1
	w.wire = &wire{inner: env.AWS.HTTPClient}
	env.AWS.HTTPClient = w.wire
	w.env = env
	handler := diagnoser.New(env)
	if w.records, err = handler.Store.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	stores, gap := handler.Reader.KeyStores(t.Context())
	if gap != nil {
		t.Fatal(gap)
	}
	for _, ks := range stores {
		w.store = path.Subject{Kind: path.KeyStoreSubject, ID: string(ks.ID)}
	}
}

// subjects are what the product keeps a record of; the key store where it keeps none.
func (w *sightWorld) subjects() []path.Subject {
	var all []path.Subject
	for _, r := range w.records {
		if r.Subject.Kind != path.AccountSubject {
			all = append(all, r.Subject)
		}
	}
	if len(all) == 0 {
		all = append(all, w.store)
	}
	return all
}

func (w *sightWorld) record() incident.Record {
	i := slices.IndexFunc(w.records, func(r incident.Record) bool { return r.Subject == w.subject })
	if i < 0 {
		return incident.Record{Subject: w.subject}
	}
	return w.records[i].Clone()
}

// asJSON is v as text, so that what holds sets can be compared.
func asJSON(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("bug in the test: %v", err))
	}
	return string(body)
}
