package scenario_test

import (
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// TestEveryCheckHasAScenario in which it is a cause or a risk.
func TestEveryCheckHasAScenario(t *testing.T) {
	t.Parallel()
	elsewhere := map[check.ID]string{
		"caller.permission":          "running/access-denied tells it as a notice",
		"diagnosis.visibility":       "a test of package rehearse refuses every read of every scenario",
		"key-store.answers":          "every scenario with a canary key reads it: what it finds is a symptom, and its causes are told",
		"key-store.connection-state": "every scenario of phase connecting reads it: FAILED is a symptom, and its causes are told",
		"key-store.exists":           "an incident of a key store that was deleted is closed, which a test of package incident shows",
	}
	told := map[check.ID]bool{}
	for _, s := range scenario.All() {
		for _, mode := range []string{"observe", "approve", "auto"} {
			for _, id := range slices.Concat(s.End(mode).Causes, s.End(mode).Risks) {
				told[check.ID(id)] = true
			}
		}
	}
	for _, c := range check.Catalogue() {
		if _, ok := elsewhere[c.ID]; ok == told[c.ID] {
			t.Errorf("%s: a scenario tells it: %t; the reason why none need: %t", c.ID, told[c.ID], ok)
		}
	}
}
