package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Make returns what would mend the causes, in the order in which it must be done. It is a
// pure function: the same causes, in whatever order, give the same plan.
func Make(causes []check.Finding, s path.Snapshot, p Policy) Plan {
	m := maker{Snapshot: s, policy: p, index: indexOf(s)}
	var steps []Step
	planned := make(map[string]bool)
	for _, r := range remedies() {
		found := of(r.check, causes)
		if len(found) == 0 && !r.always || r.last && len(steps) > 0 {
			continue
		}
		for _, step := range r.steps(m, found) {
			now := step.Action.Precondition(m.about(step.Action))
			if errors.Is(now, ErrAlreadyHolds) || again(step.Action, planned) {
				continue
			}
			step = m.theirs(r.check, step)
			if disconnects(step) && slices.ContainsFunc(steps, disconnects) {
				continue // typed word for word, it would cut off what the first one has connected
			}
			step.Check = r.check
			steps = append(steps, m.judge(step, now, steps))
		}
	}
	if !slices.ContainsFunc(steps, sends) {
		steps = append(steps, m.unseen()...)
	}
	for i := range steps {
		steps[i].ID = fmt.Sprintf("%d-%s", i+1, steps[i].Action.Kind())
	}
	return Plan{Digest: Digest(causes), Steps: steps}
}

// sends says whether a step is the whole request to the owner.
func sends(step Step) bool {
	i, ok := step.Action.(Instruct)
	return ok && strings.HasPrefix(i.Text, "send this to ")
}

// A maker plans the steps for the findings of one check.
type maker struct {
	path.Snapshot
	policy Policy
	index
}

// of returns the fails of one check in a fixed order.
func of(id check.ID, causes []check.Finding) []check.Finding {
	var found []check.Finding
	for _, f := range causes {
		if f.Check == id && f.Verdict == check.Fail {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b check.Finding) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Missing.String(), b.Missing.String()), cmp.Compare(a.Evidence.Seen, b.Evidence.Seen))
	})
	return found
}

// again says whether an action is planned already, and plans it.
func again(a Action, planned map[string]bool) bool {
	body, err := EncodeAction(a)
	if err != nil {
		return false
	}
	seen := planned[string(body)]
	planned[string(body)] = true
	return seen
}

// judge lowers a class that a remedy was too generous with: what does not hold on the very
// snapshot that it was planned on is for a person, and so is a reconnect while something is
// left to be mended. Now is what the step's precondition says of that snapshot.
func (m maker) judge(step Step, now error, before []Step) Step {
	if step.Class == Manual {
		return step
	}
	if now != nil {
		step.Class, step.Why = Manual, now.Error()
		return step
	}
	if step.Action.Kind().Connection() && len(before) > 0 {
		step.Class, step.Why = Manual, "what a new connection needs is to be mended first"
	}
	return step
}

// instruct returns a step for a person.
func instruct(on path.ARN, text string, commands ...[]string) Step {
	return Step{Class: Manual, Action: Instruct{On: on, Text: text, Type: commands}}
}

// approval returns a step that a person decides on.
func approval(why string, a Action) Step { return Step{Class: Approval, Why: why, Action: a} }

// automatic returns a step that the product takes by itself, if the resource is opted in.
func (m maker) automatic(a Action) Step {
	if why := m.optedOut(a); why != "" {
		return approval(why, a)
	}
	return Step{Class: Automatic, Action: a}
}

// optedOut returns why the product must not write to what a changes, or "".
func (m maker) optedOut(a Action) string {
	key, value := m.policy.OptInKey, m.policy.OptInValue
	switch {
	case key == "":
		return "no opt-in tag is configured"
	case OptedIn(m.about(a), a, key, value) == nil:
		return ""
	case a.Kind().Connection():
		return fmt.Sprintf("the key store's endpoint service does not carry the opt-in tag %s=%s", key, value)
	}
	return fmt.Sprintf("the resource does not carry the opt-in tag %s=%s", key, value)
}
