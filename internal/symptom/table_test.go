package symptom_test

import (
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

func TestTheTableHoldsEachSymptomOnce(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	explaining := make(map[check.ID]bool)
	for _, s := range symptom.Table() {
		key := s.Key() + s.Text
		if seen[key] || s.Text == "" {
			t.Errorf("twice or without words: %+v", s)
		}
		seen[key] = true
		for _, id := range symptom.Explains(s) {
			explaining[id] = true
		}
	}
	for _, want := range slices.Concat(wantEverything, wantState) {
		if !explaining[want] {
			t.Errorf("nothing in the table is explained by %s", want)
		}
	}
}
