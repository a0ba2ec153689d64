//go:build e2e

package patterns

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

// The rules of template.yaml that have a pattern.
const (
	callFailed    = "KeyStoreCallFailedRule"
	changed       = "KeyStoreChangedRule"
	cryptographic = "CryptographicCallFailedRule"
	alarmed       = "AlarmRule"
	ordered       = "ActionRule"
	noticed       = "NoticeRule"
)

// A sample is one event. Want is what reasoning says of it: the rules that match, sorted.
// An unjudged one is compared between the two matchers alone.
type sample struct {
	name     string
	event    string
	want     []string
	unjudged bool
}

// TestEveryRuleMatchesAsInEventRuler asks three: reasoning, AWS's engine and the simulator.
func TestEveryRuleMatchesAsInEventRuler(t *testing.T) {
	stack := deploy(t)
	sources := make(map[string]string)
	for _, r := range stack.Rules {
		if r.Pattern != nil {
			sources[r.LogicalID] = r.PatternSource
		}
	}
	if len(sources) != 6 {
		t.Fatalf("%d rules have a pattern, and this test knows of 6", len(sources))
	}
	groups := []struct {
		what string
		all  []sample
	}{
		{"hand-picked", handPicked()},
		{"calls", calls(t, stack)},
		{"other services", otherServices()},
		{"alarms", alarms()},
		{"lifecycle and schedule", lifecycleEvents()},
		{"samples", stored(t)},
		{"deletions and insertions", variants(t, sources)},
		{"mutants", mutants(t)},
	}
	engine := startRuler(t)
	total := tally{}
	for _, g := range groups {
		n := compare(t, engine, stack, sources, g.all)
		if n.matched == 0 || n.missed == 0 {
			t.Errorf("%s: %d matches and %d misses: it proves nothing", g.what, n.matched, n.missed)
		}
		e2e.Report(t, "patterns", "template.yaml, %s: %d events, %d pairs, %d of them matches, %d also by reasoning, disagreements %d",
			g.what, n.events, n.matched+n.missed, n.matched, n.judged, n.wrong)
		total.add(n)
	}
	e2e.Report(t, "patterns", "template.yaml: %d rules, %d events, %d (event, rule) pairs, %d matches, disagreements %d",
		len(sources), total.events, total.matched+total.missed, total.matched, total.wrong)
	if total.events < 500 {
		t.Errorf("only %d events", total.events)
	}
}

func deploy(t *testing.T) *template.Stack {
	t.Helper()
	stack, err := template.Read(xksremediator.Template(), template.Options{StackName: "xks-remediator", Region: region, Account: account})
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

// A tally counts (event, rule) pairs; judged counts events that reasoning speaks of.
type tally struct{ events, matched, missed, judged, wrong int }

func (n *tally) add(other tally) {
	n.events += other.events
	n.matched += other.matched
	n.missed += other.missed
	n.judged += other.judged
	n.wrong += other.wrong
}

func compare(t *testing.T, engine *ruler, stack *template.Stack, sources map[string]string, all []sample) tally {
	t.Helper()
	events := make([]string, len(all))
	for i, s := range all {
		events[i] = s.event
	}
	answers := engine.askInParts(t, sources, events)
	n := tally{events: len(all)}
	for i, s := range all {
		ours := matching(stack, s.event)
		n.matched += len(answers[i])
		n.missed += len(sources) - len(answers[i])
		wrong := !slices.Equal(ours, answers[i])
		if !s.unjudged {
			n.judged++
			wrong = wrong || !slices.Equal(ours, s.want)
		}
		if !wrong {
			continue
		}
		if n.wrong++; n.wrong <= 10 {
			t.Errorf("%s: Event Ruler says %v, the simulator %v, reasoning %v (unjudged: %v)\n%s", s.name, answers[i], ours, s.want, s.unjudged, s.event)
		}
	}
	if n.wrong > 10 {
		t.Errorf("and %d more disagreements", n.wrong-10)
	}
	return n
}

// matching names the rules whose pattern the simulator finds in an event, on whatever bus.
func matching(stack *template.Stack, event string) []string {
	var names []string
	for _, r := range stack.Rules {
		if r.Pattern != nil && r.Pattern.Match([]byte(event)) {
			names = append(names, r.LogicalID)
		}
	}
	slices.Sort(names)
	return names
}

// text writes an event as JSON.
func text(event any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(event); err != nil {
		panic("an event of a test is no JSON: " + err.Error())
	}
	return strings.TrimSpace(out.String())
}

// stored are the samples in events/, with the rules that take them.
func stored(t *testing.T) []sample {
	t.Helper()
	// A recheck is sent to its queue and never to a bus; on the product's it would be told.
	want := map[string][]string{"recheck": {noticed}, "tick": nil, "disconnect-by-person": {changed},
		"decrypt-failed": {cryptographic}, "generate-data-key-by-service": {cryptographic}}
	var all []sample
	for _, name := range storedNames(t) {
		base := strings.TrimSuffix(filepath.Base(name), ".json")
		event, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s := sample{name: name, event: string(event)}
		kind, _, _ := strings.Cut(base, "-")
		switch known, ok := want[base]; {
		case filepath.Base(filepath.Dir(name)) == "lifecycle":
			s.want = lifecycleRules(event)
		case ok:
			s.want = known
		default:
			s.want = map[string][]string{"alarm": {alarmed}, "connect": {changed}, "update": {changed}, "create": {callFailed}}[kind]
		}
		all = append(all, s)
	}
	return all
}

func storedNames(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(e2e.Root(), "events", "*", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("reading events/: %d found, %v", len(names), err)
	}
	return names
}

func lifecycleRules(event []byte) []string {
	if bytes.Contains(event, []byte(`"Diagnosis Completed"`)) && bytes.Contains(event, []byte(`"automatic": true`)) {
		return []string{ordered, noticed}
	}
	return []string{noticed}
}
