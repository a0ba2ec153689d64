package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// act decides what to do about causes, or about a reconnect that is due.
func (r *Record) act(a Assessment) decision {
	in, now := r.Incident, a.Look.Now
	todo := in.todo(a)
	switch {
	case a.Look.Rules.Mode != plan.Auto:
		return r.person("Nothing is changed in " + a.Look.Rules.Mode.String() + " mode: type the commands, or change the mode.")
	case len(todo) > 0 && in.ordered(a.Plan) && now.Sub(in.HandedAt) < handover:
		return decision{state: in.State, next: in.Next}
	case len(todo) > 0 && in.ordered(a.Plan):
		return decision{state: lifecycle.Escalated, idle: true, reason: "The automatic fix was ordered 15 minutes ago and has not been made. See the remediate function's log and its dead-letter queue."}
	case len(todo) > 0:
		if err := r.within(a.Look.Rules, now); err != nil {
			return decision{state: lifecycle.Escalated, idle: true, reason: sentence(err.Error()) + " What is left to do is for a person."}
		}
		return r.underway(a)
	case a.Settling && !in.beyondWaiting(a.Plan):
		return decision{state: lifecycle.Waiting, next: "AWS needs time until the change shows."}
	}
	return r.person("What is left to do is for a person; the product does not do it by itself.")
}

// ordered says whether this very plan was handed over and no round of it ended since.
func (in *Incident) ordered(p plan.Plan) bool {
	return in.Handed == handKey(p) && in.FinishedAt.Before(in.HandedAt)
}

// underway hands the plan over. A first fix is news; a next step, and the reconnect after
// the causes are mended, are a wait.
func (r *Record) underway(a Assessment) decision {
	d := decision{state: lifecycle.Open, hand: true, next: "The automatic actions are being applied; a look follows."}
	if len(a.Causes) == 0 {
		d.next = "The causes are mended. The product reconnects the key store, which takes some minutes."
	}
	if len(a.Causes) == 0 || r.Incident.State == lifecycle.Waiting {
		d.state = lifecycle.Waiting
	}
	return d
}

func (r *Record) person(next string) decision {
	return decision{state: lifecycle.NeedsPerson, idle: true, next: next}
}

// beyondWaiting says whether a plan holds something that no waiting mends. What the product
// has just changed may still show as failing, and target health lags behind every fix.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func (in *Incident) beyondWaiting(p plan.Plan) bool {
	changed := map[check.ID]bool{consequence: true}
	for _, e := range in.Journal {
		changed[e.Step.Check] = changed[e.Step.Check] || e.Status == Applied
	}
	for _, s := range p.Steps {
		if s.Class != plan.Automatic && !changed[s.Check] {
			return true
		}
	}
	return false
}

// reconnects says whether a plan holds the commands that connect a FAILED key store anew, as
// an action of its own or at the end of what its error code asks for.
func reconnects(p plan.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Check == connectionState && len(s.Action.Commands()) > 0 })
}

// calm is the state in which an incident waits for its resolution: what a person was
// told stays so until it is resolved.
func (in *Incident) calm() lifecycle.State {
	if calls(in.State) {
		return in.State
	}
	return lifecycle.Waiting
}

// todo returns the automatic steps that this incident has not done yet. One that was done
// and is due again is not repeated: a person is told.
func (in *Incident) todo(a Assessment) []plan.Step {
	var todo []plan.Step
	for _, s := range a.Plan.Automatic() {
		if !in.did(s.Action) {
			todo = append(todo, s)
		}
	}
	return todo
}

// did says whether the journal holds the same action as applied, skipped or refused.
func (in *Incident) did(next plan.Action) bool {
	for _, e := range in.Journal {
		if e.Status == Intended || !repeats(e.Step.Action, next) {
			continue
		}
		if next.Kind().Connection() && e.At.Before(in.Failed.At) {
			continue // an earlier attempt: the key store has been FAILED anew since
		}
		return true
	}
	return false
}

// within returns ErrLimit with what was reached, or nil.
func (r *Record) within(rules Rules, now time.Time) error {
	if r.Incident.Writes >= rules.Writes {
		return fmt.Errorf("%w: %d writes in this incident", ErrLimit, r.Incident.Writes)
	}
	if n := since(r.Rounds, now.Add(-day)); n >= rules.Rounds {
		return fmt.Errorf("%w: %d rounds of fixes for this subject within a day", ErrLimit, n)
	}
	return nil
}

func since(all []time.Time, start time.Time) int {
	n := 0
	for _, t := range all {
		if t.After(start) {
			n++
		}
	}
	return n
}

// reconnectable says whether a plan for the FAILED key store would disconnect it by itself.
func (r *Record) reconnectable(a Assessment) bool {
	trial := a
	trial.Look.Now = r.Incident.Failed.At.Add(reread)
	context := r.reconnect(trial)
	if context == nil {
		return false
	}
	p := plan.Make(a.Ranking.Causes, a.Look.Snapshot, plan.Policy{
		OptInKey: a.Look.Rules.OptInKey, OptInValue: a.Look.Rules.OptInValue, Attempted: true, Reconnect: context,
	})
	return len(p.Automatic()) > 0
}

// handKey tells plans apart that the digest does not: the same causes with other steps.
func handKey(p plan.Plan) string {
	key := p.Digest
	for _, s := range p.Automatic() {
		key += "|" + s.ID
	}
	return key
}

// disconnectedByUs says whether this incident's own Disconnect was answered 200 and no
// Connect of ours was due after it: one that was skipped found that somebody else had
// connected the key store.
func (in *Incident) disconnectedByUs() bool {
	if in == nil {
		return false
	}
	ours := false
	for _, e := range in.Journal {
		switch {
		case e.Step.Action.Kind() == plan.KindDisconnectKeyStore && e.Status == Applied:
			ours = true
		case e.Step.Action.Kind() == plan.KindConnectKeyStore:
			ours = false
		}
	}
	return ours
}

// lost says whether a Connect or Disconnect of ours has no answer.
func (in *Incident) lost() bool {
	for _, e := range in.Journal {
		if e.Step.Action.Kind().Connection() && (e.Status == Lost || e.Status == Intended) {
			return true
		}
	}
	return false
}

// refused returns why AWS refused our Connect after our own Disconnect, or "".
func (in *Incident) refused() string {
	why, ours := "", false
	for _, e := range in.Journal {
		switch {
		case e.Step.Action.Kind() == plan.KindDisconnectKeyStore && e.Status == Applied:
			why, ours = "", true
		case e.Step.Action.Kind() == plan.KindConnectKeyStore:
			if why = ""; ours && e.Status == Failed {
				why = sentence(e.Step.Action.Summary() + ": " + e.Detail)
			}
		}
	}
	return why
}

// appliedAt returns when the newest action of a kind was applied.
func (in *Incident) appliedAt(k plan.Kind) time.Time {
	var at time.Time
	for _, e := range in.Journal {
		if e.Step.Action.Kind() == k && e.Status == Applied {
			at = e.At
		}
	}
	return at
}

// lastSymptom returns when something last failed, as an event or a reading told.
func (in *Incident) lastSymptom() time.Time { return lastOf(in.Symptoms) }

func lastOf(symptoms []symptom.Symptom) time.Time {
	var at time.Time
	for _, s := range symptoms {
		at = later(at, s.Last)
	}
	return at
}

// ofOneKey are rows of the message table that concern one external key, so that a canary
// with another key proves nothing.
var ofOneKey = map[string]bool{"M10": true, "M11": true, "M14": true, "M15": true, "M16": true}

// provedByCanary says whether an Encrypt with a canary key answers every symptom.
func (in *Incident) provedByCanary() bool {
	for _, s := range in.Symptoms {
		if ofOneKey[s.ID] || s.Kind == symptom.CreateFailed || s.Kind == symptom.UpdateFailed {
			return false
		}
	}
	return true
}

func unknowns(all []check.Finding) []check.Finding {
	var found []check.Finding
	for _, f := range all {
		if f.Verdict == check.Unknown {
			found = append(found, f)
		}
	}
	return found
}

// unread are the checks that could explain the symptoms, or stand in the way of a repair, and
// could not be judged.
func (a Assessment) unread() []check.Finding {
	return slices.Concat(a.Ranking.Unread, unknowns(a.Blockers))
}

// bears says whether what could not be judged is likely to be judged at one of the next looks.
// A person is told once it is not, and not told again while it comes and goes.
func (in *Incident) bears(unread []check.Finding, now time.Time) bool {
	longest := patience
	if slices.ContainsFunc(unread, func(f check.Finding) bool { return f.Evidence.Waits }) {
		longest = settles
	}
	return passing(unread) && (in.Blind.IsZero() || now.Sub(in.Blind) < longest)
}

// passing says whether every check is unjudged for a reason that goes by itself. Where all was
// read and the answer is still open, looking again does not close it.
func passing(unread []check.Finding) bool {
	return !slices.ContainsFunc(unread, func(f check.Finding) bool {
		g := f.Evidence.Gap
		return !f.Evidence.Waits && (g == nil || g.Cause != path.Throttled && g.Cause != path.TimedOut)
	})
}

// tried is what happens next while a passing reason is waited out.
func tried(unread []check.Finding) string {
	if slices.ContainsFunc(unread, func(f check.Finding) bool { return f.Evidence.Gap != nil }) {
		return "Some AWS reads gave no answer. They are tried again."
	}
	return "AWS does not know yet what the product asked: it takes some minutes. The product looks again."
}

func resolved(kind, text string, at time.Time) decision {
	next := "Nothing is left to do."
	if kind != "kms-answered" {
		next = "If a request fails again, a new incident is opened."
	}
	return decision{state: lifecycle.Resolved, next: next, proof: &lifecycle.Proof{Kind: kind, Text: text, At: at}}
}
