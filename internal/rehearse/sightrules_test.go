package rehearse_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

const visibility check.ID = "diagnosis.visibility"

// compare holds a look with reads spoiled against the undisturbed one, and returns each rule
// that it breaks.
func (l *look) compare(got *look, spoiled []read) []string {
	c := &comparison{base: l, got: got, spoiled: spoiled}
	c.gaps()
	for _, one := range check.Catalogue() {
		if one.ID == visibility {
			c.told(one.ID)
		} else {
			c.check(one)
		}
	}
	c.causes()
	c.plan("the incident's plan", l.assessed.Plan, got.assessed.Plan)
	c.plan("the plan for every fail", l.remedies, got.remedies)
	return c.wrong
}

// A comparison is two looks at the same world.
type comparison struct {
	base, got *look
	spoiled   []read
	wrong     []string
}

func (c *comparison) broken(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// spoils says whether one of the spoiled reads needs an action.
func (c *comparison) spoils(action string) bool {
	return slices.ContainsFunc(c.spoiled, func(r read) bool { return r.action == action })
}

// gaps holds the snapshots against each other: a read that came to nothing is a gap of its
// own cause, or made no difference at all.
func (c *comparison) gaps() {
	for _, g := range c.got.snapshot.Gaps {
		if !slices.Contains(c.base.snapshot.Gaps, g) && !c.spoils(g.Action) {
			c.broken("gap of %s names %s, which was answered", g.Part, g.Action)
		}
	}
	for _, r := range c.spoiled {
		direct := slices.ContainsFunc(c.got.snapshot.Gaps, func(g path.Gap) bool { return g.Action == r.action && g.Cause == r.cause() })
		called := slices.ContainsFunc(c.got.calls, func(call engine.Record) bool { return call.Operation == r.operation }) || r.how == timedOut
		if !direct && called && len(c.spoiled) == 1 && !sameWorld(c.base.snapshot, c.got.snapshot) {
			c.broken("no gap says %s of %s, and the snapshot is another: %v", r.cause(), r.action, c.got.snapshot.Gaps)
		}
	}
}

// sameWorld says whether two snapshots hold the same, whatever they cost.
func sameWorld(a, b path.Snapshot) bool {
	a.Stats, b.Stats = path.Stats{}, path.Stats{}
	return asJSON(a) == asJSON(b)
}

// of returns what a look found of one check, as text.
func (l *look) of(id check.ID) (findings []check.Finding, texts []string) {
	for _, f := range l.findings {
		if f.Check == id {
			findings, texts = append(findings, f), append(texts, asJSON(f))
		}
	}
	return findings, texts
}

// finds says whether a look has a verdict of a check.
func (l *look) finds(id check.ID, v check.Verdict) bool {
	return slices.ContainsFunc(l.findings, func(f check.Finding) bool { return f.Check == id && f.Verdict == v })
}

// check holds one check's findings: the same, or unknown for a gap that the read explains.
func (c *comparison) check(one check.Check) {
	_, before := c.base.of(one.ID)
	now, texts := c.got.of(one.ID)
	if len(now) == 0 {
		c.broken("%s says nothing", one.ID)
		return
	}
	if len(before) == 1 && len(now) == 1 && now[0].Verdict == check.NotApplicable && c.base.finds(one.ID, check.NotApplicable) {
		return // for whatever reason
	}
	blinded := false
	for i, f := range now {
		if slices.Contains(before, texts[i]) {
			continue
		}
		switch gap := f.Evidence.Gap; {
		case f.Verdict != check.Unknown:
			c.broken("%s: a false %s of %s: expected %q, seen %q", one.ID, f.Verdict, f.Subject, f.Evidence.Expected, f.Evidence.Seen)
		case gap == nil:
			c.broken("%s: unknown, and no gap says why: seen %q", one.ID, f.Evidence.Seen)
		case !c.spoils(gap.Action):
			c.broken("%s: unknown for %s, which was answered", one.ID, gap.Action)
		case c.spoiled[0].how == refused && !strings.Contains(f.Evidence.Expected, gap.Action):
			c.broken("%s: unknown, and no statement to add: expected %q", one.ID, f.Evidence.Expected)
		default:
			blinded = true
		}
	}
	lost := slices.ContainsFunc(before, func(text string) bool { return !slices.Contains(texts, text) })
	if lost && !blinded {
		c.broken("%s: lost a finding and is not unknown: had %v, has %v", one.ID, before, texts)
	}
	if blinded {
		c.justified(one)
	}
}

// justified says which of two rules a check breaks that is unknown without need: the runner
// blinded it for a part that it does not need, or the reader left out what it had read.
func (c *comparison) justified(one check.Check) {
	var needed []path.Part
	for _, p := range one.Needs {
		if _, gap := c.got.snapshot.Gap(p); gap {
			needed = append(needed, p)
		}
	}
	if seen := c.got.snapshot.Service; seen != nil && !seen.InFull() && slices.Contains(one.Needs, path.ServicePart) {
		return // read as a consumer, for want of the owner's role
	}
	switch {
	case len(needed) == 0:
		c.broken("%s: the check is unknown though it needs no part that was not read", one.ID)
	case !slices.ContainsFunc(needed, c.hidden):
		c.broken("%s: the reader left out %v, every read of which was answered as before", one.ID, needed)
	}
}

// hidden says whether a part cannot have been read in full: a spoiled read fills it, or one
// that fills it was made less often than before. Where it is not known which reads fill it,
// as it is not whole where only some reads are spoiled, nothing is said against it.
func (c *comparison) hidden(p path.Part) bool {
	for _, g := range c.got.snapshot.Gaps {
		if g.Part == p && c.spoils(g.Action) && g.Cause != path.Unreadable {
			return true
		}
	}
	for _, action := range c.base.fills[p] {
		if made(c.got.calls, action) < made(c.base.calls, action) {
			return true
		}
	}
	return len(c.base.fills[p]) == 0 || sampling()
}

// learn takes note of which parts a refused read fills: those that are gaps for the refusal
// itself, and not for want of another part.
func (l *look) learn(got *look, r read) {
	for _, g := range got.snapshot.Gaps {
		if g.Action == r.action && g.Cause == path.AccessDenied && !slices.Contains(l.fills[g.Part], r.action) {
			l.fills[g.Part] = append(l.fills[g.Part], r.action)
		}
	}
}

// answered says whether a call was neither refused nor throttled: an Encrypt that fails has
// its answer in the error.
func answered(c engine.Record) bool {
	switch c.Err {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", throttling(c.Service).Code:
		return false
	}
	return true
}

// made counts the calls of an action that were answered.
func made(calls []engine.Record, action string) int {
	n := 0
	for _, c := range calls {
		if c.Action == action && answered(c) {
			n++
		}
	}
	return n
}

// told holds diagnosis.visibility: it names the statement to add for each refused read.
func (c *comparison) told(id check.ID) {
	now, _ := c.got.of(id)
	for _, r := range c.spoiled {
		if _, blind := gapOf(c.got.snapshot, r); !blind {
			continue
		}
		named := slices.ContainsFunc(now, func(f check.Finding) bool {
			if r.how != refused {
				return f.Verdict == check.Unknown && f.Evidence.Gap != nil && f.Evidence.Gap.Action == r.action
			}
			return f.Verdict == check.Fail && strings.Contains(f.Evidence.Expected, `"Action":"`+r.action+`"`)
		})
		if !named {
			c.broken("%s does not tell of %s: %s", id, r.action, asJSON(now))
		}
	}
}

func gapOf(s path.Snapshot, r read) (path.Gap, bool) {
	i := slices.IndexFunc(s.Gaps, func(g path.Gap) bool { return g.Action == r.action && g.Cause == r.cause() })
	if i < 0 {
		return path.Gap{}, false
	}
	return s.Gaps[i], true
}

// causes holds the ranking: what is ranked as a cause was wrong before too, and the first
// stays first unless its check cannot judge any more.
func (c *comparison) causes() {
	var fails []string
	for _, f := range c.base.findings {
		if f.Verdict == check.Fail {
			fails = append(fails, asJSON(f))
		}
	}
	before, now := c.base.assessed.Causes, c.got.assessed.Causes
	for _, f := range now {
		if !slices.Contains(fails, asJSON(f)) {
			c.broken("%s is ranked as a cause, and did not fail before", f.Check)
		}
	}
	if len(before) == 0 {
		return
	}
	if len(now) > 0 && asJSON(now[0]) == asJSON(before[0]) {
		return
	}
	left := slices.ContainsFunc(c.got.findings, func(f check.Finding) bool { return f.Check == before[0].Check && f.Verdict == check.Unknown })
	if !left {
		c.broken("%s was the first cause, and is neither that nor unread: causes are %s", before[0].Check, asJSON(now))
	}
}

// plan holds a plan: no change that was not there, and none that needs less of a person. An
// instruction may be another, of a check that failed before or is unknown now, or where a
// cause is unread: a person is told to look where the product cannot.
func (c *comparison) plan(name string, before, now plan.Plan) {
	class := map[string]plan.Class{}
	for _, s := range before.Steps {
		class[step(s)] = s.Class
	}
	for _, s := range now.Steps {
		if s.Check == visibility {
			continue // what to grant is new by nature
		}
		failed := c.base.finds(s.Check, check.Fail) || c.got.finds(s.Check, check.Unknown) || c.lostCause()
		was, planned := class[step(s)]
		switch {
		case !planned && s.Action.Kind() == plan.KindInstruct && s.Class == plan.Manual && failed:
		case !planned:
			c.broken("%s has a new step: %s: %s", name, s.ID, s.Action.Summary())
		case s.Class > was:
			c.broken("%s: %s is %s, and was %s", name, s.ID, s.Class, was)
		}
	}
}

// lostCause says whether a cause of the undisturbed look cannot be judged any more.
func (c *comparison) lostCause() bool {
	return slices.ContainsFunc(c.base.assessed.Causes, func(f check.Finding) bool { return c.got.finds(f.Check, check.Unknown) })
}

// step is what a step does, whichever check calls for it. The interfaces that a rule's group
// was seen on are no part of it.
func step(s plan.Step) string {
	return fmt.Sprintf("%s of %s: %s", s.Action.Kind(), s.Action.Resource(), s.Action.Summary())
}
