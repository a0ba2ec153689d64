//go:build e2e

package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A verdict is what validate.py prints.
type verdict struct {
	Counts     map[string]int
	Violations []struct {
		What    string
		Count   int
		Example string
	}
	Excuses    map[string]int
	Operations []string
	Codes      []string // of errors, with their services
	Unreadable []string // patterns that Python cannot read
}

// TestTheValidatorSeesWhatIsWrong has it judge right exchanges and spoiled ones.
func TestTheValidatorSeesWhatIsWrong(t *testing.T) {
	out := e2e.Run(t, quietly, e2e.Tool(t, "python"), "internal/e2e/wire/selftest.py")
	e2e.Report(t, "wire", "the validator passes and flags as it should: %s", strings.TrimSpace(out))
}

// quietly keeps Python's compiled files out of the working tree.
var quietly = []string{"PYTHONDONTWRITEBYTECODE=1"}

// judge validates the file of exchanges. It fails the test for each violation, and where not
// every exchange was looked at.
func judge(t *testing.T, file string, l *ledger) *verdict {
	t.Helper()
	v := &verdict{}
	out := e2e.Run(t, quietly, e2e.Tool(t, "python"), "internal/e2e/wire/validate.py", file)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("reading the verdict: %v\n%s", err, out)
	}
	for _, one := range v.Violations {
		t.Errorf("%d times, as in %s: %s", one.Count, one.Example, one.What)
	}
	if v.Counts["exchanges"] != l.lines || v.Counts["requests"] != l.lines || v.Counts["answers"]+v.Counts["answers lost"] != l.lines {
		t.Errorf("%d exchanges were recorded; judged were %v", l.lines, v.Counts)
	}
	for _, one := range v.Unreadable {
		t.Errorf("a pattern that Python cannot read was not checked: %s", one)
	}
	return v
}

// complete fails the test where an exception is needed no more, or an operation of the
// simulator was called by nobody.
func (v *verdict) complete(t *testing.T) {
	t.Helper()
	for name, n := range v.Excuses {
		if n == 0 {
			t.Errorf("the exception %s is needed by no exchange", name)
		}
	}
	sim := awssim.New(awssim.Options{})
	defer sim.Close()
	for _, operation := range sim.Operations() {
		if !slices.Contains(v.Operations, operation) {
			t.Errorf("nobody called %s, which the simulator answers", operation)
		}
	}
}

// report writes the counts down.
func (v *verdict) report(t *testing.T, l *ledger, further int) {
	t.Helper()
	violations, services := 0, []string{}
	for _, one := range v.Violations {
		violations += one.Count
	}
	for _, key := range slices.Sorted(maps.Keys(v.Counts)) {
		if service, ok := strings.CutPrefix(key, "service "); ok {
			services = append(services, fmt.Sprintf("%s %d", service, v.Counts[key]))
		}
	}
	c := v.Counts
	e2e.Report(t, "wire", "%d scenarios × %d modes and %d further runs: %d calls recorded at both ends, as many as the simulator's journal has (%s)",
		len(scenario.All()), len(modes), further, l.lines, strings.Join(services, ", "))
	e2e.Report(t, "wire", "all %d operations of the simulator: %d requests, %d answers (%d of them errors of %d codes, %d modelled), %d lost: %d violations of botocore's models",
		len(v.Operations), c["requests"], c["answers"], c["errors"], len(v.Codes), c["errors modelled"], c["answers lost"], violations)
	e2e.Report(t, "wire", "%d members: %d required, %d enums, %d lengths, %d ranges, %d patterns, %d unions, %d checksums; %d exceptions of AWS's own, needed %d times",
		c["members"], c["required"], c["enum"], c["length"], c["range"], c["pattern"], c["union"], c["checksums"], len(v.Excuses), total(v.Excuses))
	e2e.Report(t, "wire", "botocore serialized %d requests again and parsed %d answers; %d values are the same to the Go SDK",
		c["serialized again"], c["parsed by botocore"], c["compared"])
}

func total(counts map[string]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}
