//go:build e2e

// Package runtime_test runs the built functions under the AWS Lambda Runtime Interface
// Emulator with the events that Lambda delivers, against the simulator.
package runtime_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// A suite is what the parts share: what was built, and the counts of the report.
type suite struct {
	built map[string]string // bootstraps by logical ID

	cases, invocations, lines, scenarios, timeouts, terminated atomic.Int64

	mu        sync.Mutex
	functions map[string]bool // that were invoked
}

// TestMain has many cases run at the same time: they mostly wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestTheBuiltFunctionsRunAsLambdaRunsThem is one test, since it reports counts over all of
// its parts.
func TestTheBuiltFunctionsRunAsLambdaRunsThem(t *testing.T) {
	built, err := rie.BuildAll(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{built: built, functions: map[string]bool{}}
	t.Run("parts", func(t *testing.T) {
		t.Run("scenarios end as in a rehearsal", s.rehearsed)
		t.Run("batches", s.batches)
		t.Run("a table, bus or topic that fails", s.failures)
		t.Run("deaths", s.deaths)
		t.Run("environments", s.environments)
		t.Run("the probe", s.probes)
	})
	if t.Failed() {
		return
	}
	e2e.Report(t, "runtime", "%d bootstraps built by `make bootstrap`, %d cases under the emulator, %d of them scenarios from event to message as in a rehearsal",
		len(s.functions), s.cases.Load(), s.scenarios.Load())
	e2e.Report(t, "runtime", "%d deaths by timeout, %d by SIGTERM, each while it waited for an answer; the message, delivered again, or the next event was done",
		s.timeouts.Load(), s.terminated.Load())
	e2e.Report(t, "runtime", "%d invocations, %d log lines read, each JSON with level, message and time, none with a secret",
		s.invocations.Load(), s.lines.Load())
}

// start runs a function under the emulator until the test ends, and then judges its log.
func (s *suite) start(t *testing.T, function string, env map[string]string, timeout time.Duration) *rie.Emulator {
	t.Helper()
	e, err := rie.Start(t.Context(), rie.Options{Bootstrap: s.built[function], Env: env, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	s.watch(t, function, e)
	return e
}

// deploy deploys the template with its functions under emulators until the test ends; the
// probe is among them where parameters place it.
func (s *suite) deploy(t *testing.T, sim *awssim.Sim, parameters map[string]string, timeout time.Duration) *rie.Deployment {
	t.Helper()
	d, err := rie.Deploy(t.Context(), sim, parameters, s.built, timeout)
	if err != nil {
		t.Fatal(err)
	}
	for function, e := range d.Emulators {
		s.watch(t, function, e)
	}
	return d
}

func (s *suite) watch(t *testing.T, function string, e *rie.Emulator) {
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
		s.judge(t, function, e.Lines())
		s.invocations.Add(int64(strings.Count(e.Own(), "INVOKE START")))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.functions[function] = true
	})
}

// secrets are what no log line may hold: the credentials of the function's role, and what
// people and workloads planted in their calls.
func secrets(t *testing.T) []string {
	t.Helper()
	sim := awssim.New(awssim.Options{})
	t.Cleanup(sim.Close)
	all := []string{rehearse.PlantedContext, rehearse.PlantedPlaintext, rehearse.PlantedSecret, "PLANTED-"}
	for function := range rie.Functions() {
		_, secret := sim.Credentials(function) // they follow from the name alone
		all = append(all, secret)
	}
	return all
}

// judge fails where a line is not JSON with a level, a message, a time and an incident, or
// holds a secret. A metric is a line without them.
func (s *suite) judge(t *testing.T, function string, lines []string) {
	t.Helper()
	hidden := secrets(t)
	for _, line := range lines {
		s.lines.Add(1)
		for _, secret := range hidden {
			if strings.Contains(line, secret) {
				t.Errorf("%s logged the secret %q: %s", function, secret, line)
			}
		}
		fields := parsed(t, line)
		if _, metric := fields["_aws"]; metric {
			continue
		}
		for _, want := range []string{"level", "msg", "time"} {
			if text, ok := fields[want].(string); !ok || text == "" {
				t.Errorf("%s logged a line without %s: %s", function, want, line)
			}
		}
		if _, ok := fields["incident"]; !ok && fields["msg"] != notStarted {
			t.Errorf("%s logged a line without incident: %s", function, line)
		}
	}
}

func parsed(t *testing.T, line string) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Errorf("a log line is not JSON: %s", line)
	}
	return fields
}

// said returns the log lines with a message, once there are at least so many: a line may
// arrive after the answer.
func said(t *testing.T, e *rie.Emulator, message string, least int) []map[string]any {
	t.Helper()
	var found []map[string]any
	await(t, "log lines that say "+message, 10*time.Second, 5*time.Millisecond, func() bool {
		found = nil
		for _, line := range e.Lines() {
			if fields := parsed(t, line); fields["msg"] == message {
				found = append(found, fields)
			}
		}
		return len(found) >= least
	})
	return found
}

// answered sends an event and returns the IDs of the messages that come back.
func answered(t *testing.T, e *rie.Emulator, payload []byte) []string {
	t.Helper()
	answer, err := e.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	failed, err := answer.Failed()
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(e.Lines(), "\n"))
	}
	return failed
}

// await polls until done, and fails the test where limit passes first.
func await(t *testing.T, what string, limit, often time.Duration, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(often)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline.C:
			t.Fatalf("waiting for %s: not within %v", what, limit)
		case <-tick.C:
		}
	}
}

// sameIDs fails where other messages came back than should have.
func sameIDs(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("messages %q came back, want %q", got, want)
	}
}

// without returns env with edits: a variable set to "-" is taken away.
func without(env map[string]string, edits map[string]string) map[string]string {
	edited := maps.Clone(env)
	for name, value := range edits {
		if edited[name] = value; value == "-" {
			delete(edited, name)
		}
	}
	return edited
}
