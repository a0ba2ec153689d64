package pairs_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/rehearse/pairs"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

var (
	all  = flag.Bool("all", false, "play every pair of faults, and not a few of them")
	only = flag.String("only", "", "play the pairs whose name, as \"running/a + running/b\", contains this, and print what came of them")
)

var page = filepath.Join("..", "..", "..", "docs", "pairs.md")

func read(t testing.TB, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func template(t testing.TB) []byte { return read(t, "../../../template.yaml") }

// some takes a few pairs of each phase, the same ones each time, and some faults or all alone.
func some(a, b int) bool {
	if a == b {
		return a%alone == 0
	}
	return (a*29+b*31)%stride == 0
}

func every(int, int) bool { return true }

// TestEveryPairOfFaults plays a few pairs and compares what came of them with the page; with -all
// it plays every one, and with -update too it writes the page.
func TestEveryPairOfFaults(t *testing.T) {
	t.Parallel()
	pick := some
	if *all {
		pick = every
	}
	var sheets []pairs.Sheet
	played, hands := 0, 0
	for _, p := range pairs.Phases() {
		if *only != "" {
			faults := scenario.Singles(p)
			pick = func(a, b int) bool { return strings.Contains(faults[a].Name+" + "+faults[b].Name, *only) }
		}
		sheet, err := pairs.Sweep(t.Context(), template(t), p, pick)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range sheet.Alone {
			for _, r := range o.Refused {
				t.Errorf("%s: AWS refused a command of a message: %s", sheet.Faults[i].Name, r)
			}
			for _, m := range o.Again {
				t.Errorf("%s: told again: %s", sheet.Faults[i].Name, m)
			}
			if o.How == pairs.Unsaid {
				t.Errorf("%s: KMS does not work, and no message says what to do", sheet.Faults[i].Name)
			}
		}
		for _, c := range sheet.Pairs {
			played++
			hands += c.Outcome.Hands
			if *only != "" {
				story(t, c.Outcome)
			}
			for _, wrong := range c.Wrong {
				t.Errorf("%s: %s", c.Outcome.Scenario, wrong)
			}
		}
		sheets = append(sheets, sheet)
	}
	t.Logf("%d pairs, %d faults mended by hand in them", played, hands)
	if *all {
		golden.Equal(t, page, []byte(pairs.Page(sheets)))
		return
	}
	written := pairs.Read(string(read(t, page)))
	for name, letter := range pairs.Read(pairs.Page(sheets)) {
		if letter != "" && letter != written[name] {
			t.Errorf("%s: came out %s, and docs/pairs.md says %q: make pairs", name, letter, written[name])
		}
	}
}

// TestThePageHasEveryFaultAndEveryPair holds docs/pairs.md against the faults that there are.
func TestThePageHasEveryFaultAndEveryPair(t *testing.T) {
	t.Parallel()
	written := pairs.Read(string(read(t, page)))
	want := 0
	has := func(name string) {
		want++
		if written[name] == "" || written[name] == "?" {
			t.Errorf("%s: docs/pairs.md says %q: make pairs", name, written[name])
		}
	}
	for _, p := range pairs.Phases() {
		faults := scenario.Singles(p)
		for b := range faults {
			has(faults[b].Name)
			for a := range b {
				has(faults[a].Name + " + " + faults[b].Name)
			}
		}
	}
	if len(written) != want {
		t.Errorf("docs/pairs.md has %d faults and pairs, and there are %d: make pairs", len(written), want)
	}
}

// story prints what was told in a run, for whoever looks into one.
func story(t *testing.T, o pairs.Outcome) {
	t.Logf("%s ends %s (%s), typed %d commands", o.Scenario, o.How, o.State, len(o.Typed))
	for _, e := range o.Events {
		if e.Quiet {
			continue
		}
		t.Logf("%s %s, %s: %s %s", e.Time.Format(time.TimeOnly), e.Type, e.State, e.Next, e.Reason)
		for what, list := range map[string][]lifecycle.Finding{"cause": e.Causes, "risk": e.Risks, "unread": e.Unread} {
			for _, f := range list {
				t.Logf("    %s %s on %s: %s", what, f.Check, f.ARN, f.Seen)
			}
		}
		for _, a := range e.Plan {
			t.Logf("    step %s", a.Summary)
			for _, c := range a.Commands {
				t.Logf("        %s", c)
			}
		}
	}
}

// TestAPageIsReadAsItWasWritten writes a page of made-up outcomes.
func TestAPageIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	faults := scenario.Singles(scenario.Creating)[:3]
	sheet := pairs.Sheet{
		Phase: scenario.Creating, Faults: faults,
		Alone: []pairs.Outcome{{How: pairs.Itself}, {How: pairs.Typed}, {How: pairs.Person}},
		Pairs: []pairs.Cell{{A: 0, B: 1, Outcome: pairs.Outcome{How: pairs.Typed}}, {A: 0, B: 2, Apart: true}, {A: 1, B: 2, Outcome: pairs.Outcome{How: pairs.Person}}},
	}
	want := map[string]string{
		faults[0].Name: "A", faults[1].Name: "T", faults[2].Name: "P",
		faults[0].Name + " + " + faults[1].Name: "T", faults[0].Name + " + " + faults[2].Name: "x", faults[1].Name + " + " + faults[2].Name: "P",
	}
	got := pairs.Read(pairs.Page([]pairs.Sheet{sheet}))
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestAPairThatGoesWrongIsNoticed spoils outcomes of pairs that are right.
func TestAPairThatGoesWrongIsNoticed(t *testing.T) {
	t.Parallel()
	alone := func(name string, how pairs.How, cause string) pairs.Outcome {
		return pairs.Outcome{Scenario: name, How: how, Causes: []string{cause}, Told: []string{cause}}
	}
	a, b := alone("a", pairs.Itself, "target.security-group-admits"), alone("b", pairs.Typed, "load-balancer.privatelink-enforcement")
	right := pairs.Outcome{How: pairs.Typed, Causes: slices.Concat(a.Causes, b.Causes), Told: slices.Concat(a.Causes, b.Causes)}
	if wrong := pairs.Judge(a, b, right, false); len(wrong) != 0 {
		t.Fatalf("a right outcome is judged %q", wrong)
	}
	for title, spoil := range map[string]func(*pairs.Outcome){
		"another cause comes first":   func(o *pairs.Outcome) { o.Causes = append([]string{"target-group.healthy"}, o.Causes...) },
		"a cause of neither is among": func(o *pairs.Outcome) { o.Causes = append(o.Causes, "endpoint-service.exists") },
		"nothing is found":            func(o *pairs.Outcome) { o.Causes = nil },
		"KMS does not work":           func(o *pairs.Outcome) { o.How = pairs.Person },
		"nobody is told what to do":   func(o *pairs.Outcome) { o.How = pairs.Unsaid },
		"one fault is never told":     func(o *pairs.Outcome) { o.Told, o.How = o.Told[:1], pairs.Person },
		"a command is refused":        func(o *pairs.Outcome) { o.Refused = []string{"aws ec2 x: no"} },
		"a message comes twice":       func(o *pairs.Outcome) { o.Again = []string{"Diagnosis Completed, waiting"} },
	} {
		o := right
		o.Causes, o.Told = slices.Clone(right.Causes), slices.Clone(right.Told)
		spoil(&o)
		if wrong := pairs.Judge(a, b, o, false); len(wrong) == 0 {
			t.Errorf("%s: not noticed", title)
		}
	}
	hidden := right
	hidden.Told = b.Told
	if wrong := pairs.Judge(a, b, hidden, true); len(wrong) != 0 {
		t.Errorf("a fault that the other hides is judged %q", wrong)
	}
}
