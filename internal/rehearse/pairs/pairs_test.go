package pairs_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/rehearse/pairs"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

var all = flag.Bool("all", false, "play every pair of faults, and not a few of them")

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

// some takes a few pairs of each phase, the same ones each time.
func some(a, b int) bool { return (a*29+b*31)%stride == 0 }

func every(int, int) bool { return true }

// TestEveryPairOfFaults plays a few pairs, and with -all every one; with -update too it writes
// the page.
func TestEveryPairOfFaults(t *testing.T) {
	t.Parallel()
	pick := some
	if *all {
		pick = every
	}
	var sheets []pairs.Sheet
	played, hands := 0, 0
	for _, p := range pairs.Phases() {
		sheet, err := pairs.Sweep(t.Context(), template(t), p, pick)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range sheet.Alone {
			for _, r := range o.Refused {
				t.Errorf("%s: AWS refused a command of a message: %s", sheet.Faults[i].Name, r)
			}
			if o.How == pairs.Unsaid {
				t.Errorf("%s: KMS does not work, and no message says what to do", sheet.Faults[i].Name)
			}
		}
		for _, c := range sheet.Pairs {
			played++
			hands += c.Outcome.Hands
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
	for _, sheet := range sheets {
		for key, letter := range pairs.Read(pairs.Page([]pairs.Sheet{sheet})) {
			if letter != "" && written[key] != letter {
				t.Errorf("%s: %s, and the page says %q: is it current? (make pairs)", key, letter, written[key])
			}
		}
	}
}

func TestThePageHasEveryFaultAndEveryPair(t *testing.T) {
	t.Parallel()
	written := pairs.Read(string(read(t, page)))
	var want []string
	for _, p := range pairs.Phases() {
		names := []string{}
		for _, s := range scenario.Singles(p) {
			want = append(want, s.Name)
			for _, before := range names {
				want = append(want, before+" + "+s.Name)
			}
			names = append(names, s.Name)
		}
	}
	for _, name := range want {
		if written[name] == "" {
			t.Errorf("the page says nothing of %s (make pairs)", name)
		}
		delete(written, name)
	}
	for name := range written {
		t.Errorf("the page tells of %s, which there is not (make pairs)", name)
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
