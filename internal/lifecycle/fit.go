package lifecycle

import (
	"encoding/json"
	"fmt"
)

// Fit returns e in at most limit bytes of JSON: e itself, or as much of it as a message
// needs, with a word in Next about what was left out. What identifies an event, its state,
// its reason and its proof always stay.
func Fit(e Event, limit int) Event {
	for _, shorten := range []func(Event) Event{
		func(e Event) Event { return e },
		func(e Event) Event { return trimmed(e, 50, 20) },
		func(e Event) Event { return trimmed(e, 10, 5) },
		func(e Event) Event { return bare(trimmed(e, 3, 3)) },
	} {
		if short := shorten(e); size(short) <= limit {
			return short
		}
	}
	return Event{
		Schema: e.Schema, Type: e.Type, Incident: e.Incident, Sequence: e.Sequence, Time: e.Time, Quiet: e.Quiet,
		Severity: e.Severity, State: e.State, Headline: cut(e.Headline), Account: e.Account, Region: e.Region,
		Mode: e.Mode, Subject: e.Subject, Since: e.Since, Digest: e.Digest, Automatic: e.Automatic,
		Next: cut(e.Next) + leftOut, NextLook: e.NextLook, Reason: cut(e.Reason), Proof: e.Proof,
	}
}

const leftOut = " (This event was too large for EventBridge, so parts of its evidence are left out.)"

func size(e Event) int {
	body, err := json.Marshal(e)
	if err != nil {
		panic("bug: an event that does not marshal: " + err.Error())
	}
	return len(body)
}

// trimmed keeps the first findings of each list, and of each the first missing flows.
func trimmed(e Event, findings, flows int) Event {
	shorten := func(all []Finding) []Finding {
		kept := make([]Finding, 0, min(len(all), findings))
		for _, f := range all[:min(len(all), findings)] {
			if more := len(f.Missing) - flows; more > 0 {
				f.Missing = append(f.Missing[:flows:flows], fmt.Sprintf("and %d more", more))
			}
			kept = append(kept, f)
		}
		return kept
	}
	e.Causes, e.Risks, e.Unread = shorten(e.Causes), shorten(e.Risks), shorten(e.Unread)
	e.Next += leftOut
	return e
}

// bare takes the commands out of the plan: with thousands of addresses they are what is
// large.
func bare(e Event) Event {
	plan := make([]Action, 0, len(e.Plan))
	for _, a := range e.Plan {
		a.Summary, a.Commands, a.Undo = cut(a.Summary), nil, ""
		plan = append(plan, a)
	}
	done := make([]Change, 0, len(e.Done))
	for _, c := range e.Done {
		c.Summary, c.Detail, c.Undo = cut(c.Summary), cut(c.Detail), whole(c.Undo)
		done = append(done, c)
	}
	e.Plan, e.Done = plan, done
	return e
}

// whole returns a command, or says that it is too long: half of one would do something else.
func whole(command string) string {
	if len(command) > 500 {
		return "the command is too long for this event"
	}
	return command
}

// cut returns the first 500 characters of s.
func cut(s string) string {
	const most = 500
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
