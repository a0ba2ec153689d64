package symptom

import (
	"cmp"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// Rank sets findings against symptoms. A fail that explains a symptom is a cause, the
// most specific first; any other is a risk, and so is every warning. Of the checks that
// could explain, Unread holds what could not be judged and RuledOut what passed, in the
// same order. A finding that is a symptom over again (the FAILED state beside its
// connection error, the canary beside its failure) is in none of them.
func Rank(symptoms []Symptom, findings []check.Finding) Ranking {
	order := explained(symptoms)
	var r Ranking
	for _, f := range findings {
		_, explains := order[f.Check]
		switch {
		case repeats(symptoms, f.Check):
		case f.Verdict == check.Fail && explains && !f.Warning:
			r.Causes = append(r.Causes, f)
		case f.Verdict == check.Fail:
			r.Risks = append(r.Risks, f)
		case f.Verdict == check.Unknown && explains:
			r.Unread = append(r.Unread, f)
		case f.Verdict == check.Pass && explains:
			r.RuledOut = append(r.RuledOut, f)
		}
	}
	for _, list := range [][]check.Finding{r.Causes, r.Unread, r.RuledOut} {
		slices.SortStableFunc(list, func(a, b check.Finding) int { return cmp.Compare(order[a.Check], order[b.Check]) })
	}
	return r
}

// explained returns, for every check that can explain one of symptoms, its place among
// all: the lower the more specific, whichever symptom it explains.
func explained(symptoms []Symptom) map[check.ID]int {
	order := make(map[check.ID]int)
	for _, s := range symptoms {
		for _, id := range Explains(s) {
			order[id] = slices.Index(specific(), id)
		}
	}
	return order
}

// repeats reports whether a check only says what one of symptoms says already.
func repeats(symptoms []Symptom, id check.ID) bool {
	return slices.ContainsFunc(symptoms, func(s Symptom) bool {
		switch s.Kind {
		case ConnectionError, StillConnecting:
			return id == connectionState
		case CanaryFailed:
			return id == keyStoreAnswers
		}
		return false
	})
}
