package notice

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// why writes what explains the symptoms, best first, each with its evidence.
func why(p *page, e lifecycle.Event) {
	if len(e.Causes) == 0 {
		if e.State == lifecycle.Unexplained {
			p.heading("WHY")
			p.text("  ", mystery(e))
		}
		return
	}
	p.heading(past(e, "WHY", "WHY IT WAS"))
	findings(p, e.Causes)
}

// mystery says what can be said of a fault that no check explains.
func mystery(e lifecycle.Event) string {
	switch {
	case public(e.Subject):
		return "Not known: the fault is in the proxy, behind it, or on the way to it over the internet, where this product cannot look."
	case len(e.RuledOut) == 0:
		return "No check of the path can explain what is said above: look where it points, at the proxy, its configuration in the key store, or the key manager behind it."
	}
	return "Not known: every check that could explain it was made, and none fails. The fault is probably where this product cannot look: in the proxy, behind it, or in KMS."
}

func past(e lifecycle.Event, now, then string) string {
	if over(e) && e.Type != lifecycle.NoticeRaised {
		return then
	}
	return now
}

func unread(p *page, e lifecycle.Event) {
	if len(e.Unread) == 0 {
		return
	}
	p.heading("NOT JUDGED: THESE COULD EXPLAIN IT, BUT COULD NOT BE READ")
	findings(p, e.Unread)
}

func risks(p *page, e lifecycle.Event) {
	if len(e.Risks) == 0 {
		return
	}
	if e.Type == lifecycle.NoticeRaised {
		p.heading("RISKS: WRONG, BUT NOTHING FAILS YET")
	} else {
		p.heading("RISKS: ALSO WRONG, BUT THEY DO NOT EXPLAIN THIS")
	}
	findings(p, e.Risks)
}

func ruledOut(p *page, e lifecycle.Event) {
	if len(e.RuledOut) == 0 {
		return
	}
	p.heading("RULED OUT: THESE CHECKS PASS")
	for _, id := range e.RuledOut {
		p.item(id)
	}
}

func findings(p *page, all []lifecycle.Finding) {
	for i, f := range all {
		if i > 0 {
			p.line("")
		}
		p.hang(fmt.Sprintf("  %d. ", i+1), "     ", f.Check)
		p.field("Required", f.Title)
		p.field("Expected", f.Expected)
		p.field("Seen", f.Seen)
		for i, flow := range f.Missing {
			p.field(map[bool]string{true: "Missing"}[i == 0], flow)
		}
		p.field("Resource", f.ARN)
		p.field("Source", f.Source)
	}
}

// outcomes are a change's statuses in words.
var outcomes = map[string]string{
	lifecycle.StatusIntended: "begun, and not known to be finished",
	lifecycle.StatusApplied:  "done",
	lifecycle.StatusSkipped:  "not needed, it was so already",
	lifecycle.StatusFailed:   "failed",
	lifecycle.StatusUnknown:  "its answer was lost, so look whether it happened",
}

// done writes the journal, and for each change how to undo it.
func done(p *page, e lifecycle.Event) {
	if len(e.Done) == 0 {
		return
	}
	p.heading("WHAT WAS DONE")
	for _, c := range e.Done {
		p.item(fmt.Sprintf("%s, %s: %s.", clockOn(e.Time, c.At), either(outcomes[c.Status], clean(c.Status)), strings.TrimRight(clean(c.Summary), ".")))
		if c.Detail != "" {
			p.text("    ", full(capital(clean(c.Detail))))
		}
		undo(p, "    ", c.Undo)
	}
}

// undo writes the command that undoes something, or why nothing does.
func undo(p *page, indent, how string) {
	switch {
	case how == "":
	case isCommand(how):
		p.text(indent, "To undo it:")
		p.command(how)
	default:
		p.text(indent, "No undo: "+full(how))
	}
}

// underway writes the automatic actions that are on their way.
func underway(p *page, e lifecycle.Event) {
	steps := byProduct(e)
	if len(steps) == 0 {
		return
	}
	p.heading("WHAT THE PRODUCT DOES NOW, BY ITSELF")
	for _, a := range steps {
		p.item(full(capital(clean(a.Summary))))
	}
}

// remedies writes what a person has to do, with the commands to paste. What would undo them
// stands apart, so that nobody pastes both.
func remedies(p *page, e lifecycle.Event) {
	steps := byPerson(e)
	if len(steps) == 0 {
		return
	}
	p.heading("WHAT TO TYPE")
	if e.Account != "" && e.Region != "" {
		p.text("  ", "In account "+clean(e.Account)+", Region "+clean(e.Region)+".")
	}
	if e.State == lifecycle.Escalated {
		p.text("  ", "Only after you have read, above, why the product stopped.")
	}
	for i, a := range steps {
		p.hang(fmt.Sprintf("  %d. ", i+1), "     ", full(capital(clean(a.Summary))))
		p.text("     ", either(waits(a, e.Mode), again(a, e)))
		if !isCommand(a.Undo) && a.Class != lifecycle.ClassManual {
			undo(p, "     ", a.Undo)
		}
		for _, c := range a.Commands {
			p.command(c)
		}
	}
}

// regrets writes the commands that undo what a person was asked to type.
func regrets(p *page, e lifecycle.Event) {
	first := true
	for i, a := range byPerson(e) {
		if !isCommand(a.Undo) {
			continue
		}
		if first {
			p.heading("LATER, TO TAKE BACK WHAT YOU TYPED")
			first = false
		}
		p.text("  ", fmt.Sprintf("Of step %d:", i+1))
		p.command(a.Undo)
	}
}

// waits says why a step waits for a person.
func waits(a lifecycle.Action, mode string) string {
	why := clean(a.Why)
	switch {
	case why != "":
		return "Not done by itself: " + full(why)
	case a.Class == lifecycle.ClassManual:
		return "Only a person can do this."
	case mode != lifecycle.ModeAuto:
		return "Not done by itself: the mode is " + clean(mode) + "."
	case a.Class == lifecycle.ClassApproval:
		return "Waits for a person to decide."
	}
	return ""
}

// again says that a step which the product may take waits since it was taken before.
func again(a lifecycle.Action, e lifecycle.Event) string {
	if settled(a, e.Done) {
		return "The product did this before, and does not repeat it."
	}
	return ""
}

// byProduct returns the actions that the product is about to take.
func byProduct(e lifecycle.Event) []lifecycle.Action {
	var steps []lifecycle.Action
	for _, a := range open(e) {
		if e.Automatic && a.Class == lifecycle.ClassAutomatic {
			steps = append(steps, a)
		}
	}
	return steps
}

// byPerson returns the actions that a person is asked for.
func byPerson(e lifecycle.Event) []lifecycle.Action {
	var steps []lifecycle.Action
	for _, a := range open(e) {
		if !over(e) && (!e.Automatic || a.Class != lifecycle.ClassAutomatic) {
			steps = append(steps, a)
		}
	}
	return steps
}

// open returns the planned actions that are still to be done. While a change takes effect
// the plan is the one that led to it, so that what the journal says is done is left out;
// what a person is asked for is asked in full, since somebody may have undone a change.
func open(e lifecycle.Event) []lifecycle.Action {
	if e.State != lifecycle.Open && e.State != lifecycle.Waiting && e.Type != lifecycle.FixFailed {
		return e.Plan
	}
	var left []lifecycle.Action
	for _, a := range e.Plan {
		if !settled(a, e.Done) {
			left = append(left, a)
		}
	}
	return left
}

func settled(a lifecycle.Action, done []lifecycle.Change) bool {
	for _, c := range done {
		same := c.Action == a.ID && c.Summary == a.Summary
		if same && (c.Status == lifecycle.StatusApplied || c.Status == lifecycle.StatusSkipped) {
			return true
		}
	}
	return false
}
