package pairs

import (
	"fmt"
	"slices"
)

// consequences are checks that fail because another thing is broken: they may stand beside
// the causes of any fault.
var consequences = []string{"target-group.healthy", "load-balancer.zone-without-healthy-target"}

// Judge holds what came of a pair against what came of its faults alone, and returns what is
// wrong, each as a sentence.
//
//   - What was found first is a cause of one of the two, and every other cause is told of one.
//     Nothing is found only where KMS speaks of what is behind the proxy, and of one of the two.
//   - Where each alone ends with KMS working, both together do; and where one alone does not,
//     the last message says what is left.
//   - No command of any message is refused, but after a step that nobody here can do, and no message is told twice.
//   - No fault goes away by the other: where the pair takes less than one alone, that was told.
//   - While KMS does not work neither fault goes untold, but for one that the other hides: as
//     long as that stands, nothing shows the part that is wrong.
func Judge(a, b, both Outcome, hidden bool) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	expected := slices.Concat(a.Causes, b.Causes, a.Told, b.Told, consequences)
	for i, id := range both.Causes {
		if !slices.Contains(expected, id) {
			say("cause %d is %s, which neither fault explains", i+1, id)
		}
	}
	if len(both.Causes) > 0 && len(a.Causes)+len(b.Causes) > 0 && !slices.Contains(slices.Concat(a.explains(), b.explains()), both.Causes[0]) {
		say("found first is %s, want a cause of either alone: %v or %v", both.Causes[0], a.explains(), b.explains())
	}
	if len(both.Causes) == 0 && len(a.Causes) > 0 && len(b.Causes) > 0 {
		say("nothing was found, want a cause of either alone: %v or %v", a.Causes, b.Causes)
	}
	if a.mended() && b.mended() && !both.mended() {
		say("it ends %s (%s), though each alone is mended", both.How, both.State)
	}
	if !both.mended() && both.How == Unsaid && a.How != Unsaid && b.How != Unsaid {
		say("KMS does not work, and no message says what to do")
	}
	for _, r := range both.Refused {
		if hidden {
			break // a step before it is one that nobody here can do
		}
		say("AWS refused a command of a message: %s", r)
	}
	for _, m := range both.Again {
		say("told again: %s", m)
	}
	for _, one := range []Outcome{a, b} {
		untold := len(one.Causes) > 0 && !slices.ContainsFunc(one.Causes, func(id string) bool { return slices.Contains(both.Told, id) })
		if untold && effort(both.How) < effort(one.How) {
			say("it ends %s without a word of %s, which alone ends %s", both.How, one.Scenario, one.How)
		}
		if untold && !hidden && !both.mended() {
			say("nothing was told of %s (%v)", one.Scenario, one.Causes)
		}
	}
	return wrong
}

// effort orders how a run ends by what it takes.
func effort(h How) int {
	return slices.Index([]How{Harmless, Itself, Typed, ByHand, Person, Unsaid}, h)
}

// explains returns the causes, and of a fault that hurts nothing while it is alone what was
// told as a risk.
func (o Outcome) explains() []string {
	if o.How == Harmless && len(o.Causes) == 0 {
		return o.Told
	}
	return o.Causes
}

// mended says whether KMS works in the end.
func (o Outcome) mended() bool { return o.How != Person && o.How != Unsaid }

// hides says whether one fault may keep the other from being seen: nobody here can mend it, so
// that the path behind it carries nothing to the end.
func hides(one Outcome) bool { return one.How == Person }
