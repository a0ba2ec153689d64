package remediator

import (
	"context"

	"github.com/xks-remediator/xks-remediator/internal/apply"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
)

// writer is apply as remediate wants it.
type writer struct{ *apply.Applier }

func (w writer) Apply(ctx context.Context, a plan.Action, mark remediate.Mark) (remediate.Outcome, remediate.Made, error) {
	done, err := w.Applier.Apply(ctx, a, apply.Mark(mark))
	return outcome(err), remediate.Made{Detail: done.Detail, RuleIDs: done.RuleIDs}, err
}

// outcome says in remediate's words what an error of a write proves.
func outcome(err error) remediate.Outcome {
	switch apply.OutcomeOf(err) {
	case apply.Done:
		return remediate.Done
	case apply.Already:
		return remediate.Already
	case apply.Later:
		return remediate.Later
	case apply.Refused:
		return remediate.Refused
	}
	return remediate.Unclear
}

func (w writer) Mine(now path.Snapshot, a plan.Action, mark remediate.Mark) (remediate.Made, bool) {
	mine := apply.Mine(now, a, apply.Mark(mark))
	return remediate.Made{Detail: "an earlier run made it"}, mine
}

func (w writer) Passing(err error) bool { return apply.Passing(err) }
