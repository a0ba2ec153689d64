//go:build e2e

package runtime_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// notStarted is what a function says that cannot start.
const notStarted = "function not started: mend its environment and deploy again"

// required are the variables of template.yaml without which a function cannot start; the
// others have defaults.
func required() map[string][]string {
	return map[string][]string{
		diagnose:  {"ACCOUNT_ID", "AWS_REGION", "BUS_NAME", "OPT_IN_TAG_KEY", "OPT_IN_TAG_VALUE", "OWN_ROLES", "RECHECK_QUEUE_URL", "TABLE_NAME", "TOPIC_ARN"},
		remediate: {"ACCOUNT_ID", "AWS_REGION", "BUS_NAME", "OPT_IN_TAG_KEY", "OPT_IN_TAG_VALUE", "RECHECK_QUEUE_URL", "TABLE_NAME"},
		notify:    {"TABLE_NAME", "TOPIC_ARN"},
	}
}

// malformedValues are values that no function may start with, by variable.
func malformedValues() map[string][]string {
	return map[string][]string{
		"MODE":                    {"loud", "AUTO"},
		"CANARY_KEYS":             {"alias/canary", "arn:aws:kms:eu-central-1:111122223333:alias/canary"},
		"RECHECK_DELAYS":          {"soon", "15", "15s,,1m", "2h", "0s"},
		"MAX_WRITES_PER_INCIDENT": {"0", "-1", "ten", "1.5"},
		"MAX_ROUNDS_PER_DAY":      {"0", "many"},
		"REMINDER_INTERVAL":       {"4", "59s", "daily"},
		"RETENTION_DAYS":          {"0", "forever"},
		"LOG_LEVEL":               {"LOUD"},
	}
}

// environments starts each function without each variable, with malformed ones and with all
// wrong at once.
func (s *suite) environments(t *testing.T) {
	t.Parallel()
	d := s.deploy(t, newWorld(t, awssim.Options{}, network.Options{}).sim, nil, 0)
	for function, needed := range required() {
		env := d.Stack.Env(function)
		t.Run(function+" without all", func(t *testing.T) {
			t.Parallel()
			edits := map[string]string{}
			for _, name := range needed {
				edits[name] = "-"
			}
			s.notStarted(t, function, without(env, edits), needed)
		})
		t.Run(function+" with all malformed", func(t *testing.T) {
			t.Parallel()
			edits := map[string]string{}
			for name, values := range malformedValues() {
				if _, has := env[name]; has {
					edits[name] = values[0]
				}
			}
			if len(edits) < 2 {
				t.Fatalf("only %v are malformed", edits)
			}
			s.notStarted(t, function, without(env, edits), slices.Sorted(maps.Keys(edits)))
		})
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			for _, name := range slices.Sorted(maps.Keys(env)) {
				s.variable(t, function, name, env, slices.Contains(needed, name))
			}
		})
	}
}

// variable takes one variable away, empties it, and gives it each malformed value.
func (s *suite) variable(t *testing.T, function, name string, env map[string]string, needed bool) {
	t.Helper()
	if strings.HasPrefix(name, "AWS_") && !needed {
		return // Lambda sets it, and nobody can unset it
	}
	for _, value := range []string{"-", ""} {
		edited := without(env, map[string]string{name: value})
		if needed {
			s.notStarted(t, function, edited, []string{name})
		} else {
			s.startedAllTheSame(t, function, name, edited)
		}
	}
	for _, value := range malformedValues()[name] {
		s.notStarted(t, function, without(env, map[string]string{name: value}), []string{name})
	}
}

// notStarted holds that a function with a bad environment ends with status 1 and one log line
// that names every variable at fault and no other, and that the invocation fails.
func (s *suite) notStarted(t *testing.T, function string, env map[string]string, names []string) {
	t.Helper()
	s.cases.Add(1)
	e := s.start(t, function, env, 10*time.Second)
	answer, err := e.Invoke(t.Context(), delivery(t, someQueue, "{}"))
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusBadGateway {
		t.Errorf("%s with wrong %q: answered %d %s, want status 502", function, names, answer.Status, answer.Body)
	}
	await(t, function+" to exit with status 1", 10*time.Second, 5*time.Millisecond, func() bool {
		return len(e.Lines()) > 0 && strings.Contains(e.Own(), "exited: exit status 1")
	})
	lines := e.Lines()
	if len(lines) != 1 {
		t.Errorf("%s with wrong %q wrote %d lines, want 1: %q", function, names, len(lines), lines)
		return
	}
	line := parsed(t, lines[0])
	text, _ := line["error"].(string)
	var named []string
	for mistake := range strings.SplitSeq(text, "\n") {
		name, _, _ := strings.Cut(mistake, ":")
		named = append(named, name)
	}
	slices.Sort(named)
	if line["msg"] != notStarted || line["level"] != "ERROR" || !slices.Equal(slices.Compact(named), slices.Sorted(slices.Values(names))) {
		t.Errorf("%s: the line names %q, want %q: %s", function, named, names, lines[0])
	}
}

// startedAllTheSame holds that a function starts without a variable that has a default.
func (s *suite) startedAllTheSame(t *testing.T, function, name string, env map[string]string) {
	t.Helper()
	s.cases.Add(1)
	e := s.start(t, function, env, 10*time.Second)
	answer, err := e.Invoke(t.Context(), delivery(t, someQueue))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
	if failed, err := answer.Failed(); err != nil || len(failed) > 0 || len(e.Lines()) > 0 {
		t.Errorf("%s without %s: answered %d %s and wrote %q, want it to start in silence", function, name, answer.Status, answer.Body, e.Lines())
	}
}
