package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

func bytesOf(t *testing.T, e lifecycle.Event) int {
	t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return len(body)
}

func parsed(t *testing.T, name string) lifecycle.Event {
	t.Helper()
	e, err := lifecycle.Parse(sample(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func flows(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("tcp 10.0.%d.%d/32 → 10.1.0.1/32 :443", i/256, i%256)
	}
	return all
}

func TestFitLeavesAnEventThatFitsAsItIs(t *testing.T) {
	t.Parallel()
	e := parsed(t, "fix-applied")
	if diff := cmp.Diff(e, lifecycle.Fit(e, bytesOf(t, e))); diff != "" {
		t.Errorf("(-event +fitted):\n%s", diff)
	}
}

// However large the evidence is, the page gets through, still a valid event, and says that
// parts are missing.
func TestFitKeepsWhatAPageNeeds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 100_000)
	tests := map[string]struct {
		edit    func(*lifecycle.Event)
		limit   int
		command bool // whether the plan's command is still there
	}{
		"one byte too large": {func(e *lifecycle.Event) { e.Causes[0].Missing = flows(60) }, -1, true},
		"thousands of flows": {func(e *lifecycle.Event) { e.Causes[0].Missing = flows(20_000) }, 240_000, true},
		"hundreds of findings": {func(e *lifecycle.Event) {
			for range 1000 {
				e.Risks = append(e.Risks, e.Causes[0])
			}
		}, 240_000, true},
		"a command of megabytes": {func(e *lifecycle.Event) { e.Plan[0].Commands[0] += long }, 240_000, false},
		"sentences of megabytes": {func(e *lifecycle.Event) { e.Next, e.Reason, e.Headline, e.Causes[0].Seen = long, long, long, long }, 240_000, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := parsed(t, "diagnosis-completed")
			tt.edit(&e)
			before := bytesOf(t, e)
			limit := tt.limit
			if limit < 0 {
				limit = before - 1
			}
			got := lifecycle.Fit(e, limit)
			if n := bytesOf(t, got); n > limit {
				t.Errorf("%d bytes, limit %d", n, limit)
			}
			if err := got.Validate(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(got.Next, "parts of its evidence are left out") {
				t.Error("does not say that parts are left out")
			}
			if got.Digest != e.Digest || got.Sequence != e.Sequence || got.Automatic != e.Automatic || got.Subject != e.Subject {
				t.Error("what identifies the event is gone")
			}
			if has := len(got.Plan) > 0 && len(got.Plan[0].Commands) > 0; has != tt.command {
				t.Errorf("the plan has its command: %v, want %v", has, tt.command)
			}
			if bytesOf(t, e) != before {
				t.Error("the event itself was changed")
			}
		})
	}
}

func TestFitCountsTheFlowsThatItLeavesOut(t *testing.T) {
	t.Parallel()
	e := parsed(t, "diagnosis-completed")
	e.Causes[0].Missing = flows(5000)
	got := lifecycle.Fit(e, 100_000).Causes[0].Missing
	if len(got) != 21 || got[20] != "and 4980 more" {
		t.Errorf("%d entries, the last %q; want 20 and the count of the rest", len(got), got[len(got)-1])
	}
}

func TestFitNeverCutsACommandThatUndoes(t *testing.T) {
	t.Parallel()
	e := parsed(t, "fix-applied")
	e.Done[0].Undo = "aws ec2 revoke " + strings.Repeat("sgr-0f1e2d3c4b5a69788 ", 20_000)
	if got := lifecycle.Fit(e, 240_000).Done[0].Undo; strings.HasPrefix(got, "aws ") {
		t.Errorf("half a command: %.60q", got)
	}
}
