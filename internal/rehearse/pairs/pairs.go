// Package pairs breaks every two things of the path at once and follows the product and the
// person whom it asks until nothing more is to be done: whether what was found first was
// right, whether the steps work in the order in which they are told, and what is left.
//
// What must come of a pair is not written down a thousand times: it follows from what comes
// of its two faults alone.
package pairs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A How is how a fault, or a pair of them, ends in mode auto.
type How string

const (
	Harmless How = "harmless" // KMS works all the while: what is wrong is told as a risk
	Itself   How = "itself"   // the product mended it, and KMS works
	Typed    How = "typed"    // KMS works after somebody typed what the messages say, word for word
	ByHand   How = "by-hand"  // KMS works after somebody did by hand what the messages say, and typed the rest
	Person   How = "person"   // KMS does not work: the last message says what is left to a person
	Unsaid   How = "unsaid"   // KMS does not work, and no message says what to do: never right of a fault of the path
)

// An Outcome is what came of a run.
type Outcome struct {
	Scenario string
	How      How
	Causes   []string // check IDs of the first diagnosis, best first
	Told     []string // check IDs told as cause, risk or not read, in any event
	Typed    []string // commands that the person typed
	Hands    int      // faults that the person mended by hand
	Refused  []string // of them, those that AWS refused, with its answer
	Again    []string // messages that somebody was told before, word for word, and that are no reminder
	State    string   // of the last event that was told
	Left     []string // summaries of the steps that the last event tells
	Events   []lifecycle.Event
}

// patience is how long the person waits for a message before looking whether the product is
// waiting for AWS: a connection takes five minutes, and health checks and DNS take some.
const patience = 15 * time.Minute

// rounds is how often the person is asked at most.
const rounds = 6

// Play runs a scenario in mode auto. A person types every command of every message, does by
// hand what a message asks for and no command can do, as the parts know it, and in the end
// repeats the call that failed.
func Play(ctx context.Context, template []byte, s scenario.Scenario, parts ...Part) (Outcome, error) {
	out := Outcome{Scenario: s.Name}
	works := false
	s.Play = func(stage *scenario.Stage) {
		p := &person{Stage: stage, out: &out, parts: slices.Clone(parts), creating: s.Phase == scenario.Creating}
		p.follow()
		works = p.works()
	}
	got, err := rehearse.Run(ctx, rehearse.Options{Scenario: s, Mode: "auto", Template: template, Stop: true})
	if err != nil {
		return out, fmt.Errorf("playing %s: %w", s.Name, err)
	}
	out.take(got, works)
	return out, nil
}

// A Part is one fault of a scenario.
type Part struct {
	scenario.Scenario
	Causes []string // check IDs that tell of it; none: whatever is told does
}

// A person does what the messages say.
type person struct {
	*scenario.Stage
	out      *Outcome
	last     string // the message that was read last
	parts    []Part // whose faults are not mended by hand yet
	creating bool
	created  bool
}

// follow reads message after message until there is nothing new to do.
func (p *person) follow() {
	for range rounds {
		p.Until(p.asked, patience)
		for range 3 {
			if state, _ := p.Told(); state == string(lifecycle.Waiting) || state == string(lifecycle.Open) {
				p.Until(p.asked, patience)
			}
		}
		if p.repeats() {
			continue
		}
		if !p.asked() {
			return
		}
		p.last = p.message()
		for _, lines := range p.Steps() {
			p.step(lines)
		}
		p.use()
	}
}

// repeats makes the call that failed again where the product asks for that, since all that it
// could know of is mended, and reports whether it failed once more. KMS names one fault a call.
func (p *person) repeats() bool {
	if state, _ := p.Told(); !p.creating || p.created || lifecycle.State(state) != lifecycle.Resolved {
		return false
	}
	return !p.create()
}

func (p *person) create() bool {
	p.created = p.created || p.Person.Create("payments-hsm") == nil
	return p.created
}

// asked says whether the last message asks for something, and is another than the one before.
func (p *person) asked() bool {
	switch state, _ := p.Told(); lifecycle.State(state) {
	case lifecycle.NeedsPerson, lifecycle.Escalated, lifecycle.Unexplained:
		return p.message() != p.last
	}
	return false
}

func (p *person) message() string {
	state, commands := p.Told()
	return state + strings.Join(commands, "\n") + fmt.Sprint(len(p.Steps()))
}

// step does one step of a message. Where it has a placeholder, or no command at all, somebody
// must do by hand what only the customer knows; where nobody can, the step is left.
func (p *person) step(lines []string) {
	if len(lines) == 0 || len(p.Causes()) == 0 || slices.ContainsFunc(lines, placeholder) || !slices.ContainsFunc(lines, changes) {
		if !p.mend() && slices.ContainsFunc(lines, placeholder) {
			return
		}
	}
	for _, line := range lines {
		switch {
		case placeholder(line):
		case !strings.HasPrefix(line, "aws "):
			p.Advance(3 * time.Minute) // a look, as at DNS or until a state is reached, takes a while
		default:
			p.out.Typed = append(p.out.Typed, line)
			if err := p.Type(line); err != nil && changes(line) {
				p.out.Refused = append(p.out.Refused, fmt.Sprintf("%s: %v", line, err))
			}
		}
	}
}

// mend mends by hand what was told and can be mended so, and reports whether anything was.
// Where no cause is told, a step is what KMS's own message or code asks for, which speaks of
// the proxy alone.
func (p *person) mend() bool {
	did, told := false, p.Causes()
	p.parts = slices.DeleteFunc(p.parts, func(s Part) bool {
		known := len(s.Causes) == 0 || len(told) == 0 && strings.HasPrefix(s.Causes[0], "proxy.") || slices.ContainsFunc(s.Causes, func(id string) bool { return slices.Contains(told, id) })
		if s.Mend == nil || !known {
			return false
		}
		p.World(func(w *network.World) { s.Mend(w, p.Ref) })
		did, p.out.Hands = true, p.out.Hands+1
		return true
	})
	return did
}

func placeholder(line string) bool { return strings.Contains(line, "<") }

// changes says whether a line is a command that changes something. What only looks may be
// refused: that something is not there is an answer.
func changes(line string) bool {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "aws" {
		return false
	}
	return !strings.HasPrefix(words[2], "describe-") && !strings.HasPrefix(words[2], "list-") && !strings.HasPrefix(words[2], "get-")
}

// use has the customer go on: what the product proves a repair by.
func (p *person) use() {
	p.Advance(2 * time.Minute)
	if p.Ref.Workload != nil {
		_ = p.Workload.Decrypt(p.Ref.Workload.ID)
	}
}

// works repeats the call that failed: it says whether KMS works now.
func (p *person) works() bool {
	if p.creating {
		return p.create()
	}
	ok := false
	p.World(func(w *network.World) { ok = w.Works(p.Ref.Workload.ID) == nil })
	return ok
}

// again returns what somebody was told a second time.
func again(events []lifecycle.Event) []string {
	told := map[string]bool{}
	var twice []string
	for _, e := range events {
		if _, ok := notice.For(e); !ok || e.Type == lifecycle.IncidentReminder {
			continue
		}
		what := fmt.Sprintf("%s of %s, %s:", e.Type, e.Incident, e.State)
		for _, list := range [][]lifecycle.Finding{e.Causes, e.Risks, e.Unread} {
			for _, f := range list {
				what += fmt.Sprintf(" %s (%s)", f.Check, f.Seen)
			}
		}
		for _, a := range e.Plan {
			what += "; " + a.Summary
		}
		if told[what] {
			twice = append(twice, what)
		}
		told[what] = true
	}
	return twice
}

// take reads what was told.
func (o *Outcome) take(got *rehearse.Result, works bool) {
	o.Causes, o.State, o.Again, o.Events = got.Causes, got.State, again(got.Events), got.Events
	for _, e := range got.Events {
		for _, list := range [][]lifecycle.Finding{e.Causes, e.Risks, e.Unread} {
			for _, f := range list {
				if !slices.Contains(o.Told, f.Check) {
					o.Told = append(o.Told, f.Check)
				}
			}
		}
		if _, told := notice.For(e); told {
			o.Left = nil
			for _, a := range e.Plan {
				o.Left = append(o.Left, a.Summary)
			}
		}
	}
	switch {
	case works && o.Hands > 0:
		o.How = ByHand
	case works && len(o.Typed) > 0:
		o.How = Typed
	case works && len(got.Writes) > 0:
		o.How = Itself
	case works:
		o.How = Harmless
	case len(o.Left) > 0:
		o.How = Person
	default:
		o.How = Unsaid
	}
}
