package notice

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

const (
	maxSubject = 99 // SNS: fewer than 100 characters
	maxName    = 32 // of the subject line, so that a long name leaves room for what is wrong
)

// subject is the subject line. SNS takes printable ASCII that starts with a letter, a
// digit or a punctuation mark.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func subject(e lifecycle.Event) string {
	name := shorten(ascii(who(e.Subject)), maxName)
	return shorten("[XKS] "+ascii(opening(e, name)), maxSubject)
}

// opening is what the message says in one line: who, what became of it, what is wrong.
func opening(e lifecycle.Event, name string) string {
	headline := strings.TrimRight(clean(e.Headline), ". ")
	if e.Subject.Kind == lifecycle.SubjectService && e.Type != lifecycle.NoticeRaised {
		return attempt(e) + " failed for " + name + aside(e) + ": " + headline
	}
	return name + " " + standing(e) + ": " + headline
}

// who is the subject by the name that on-call knows.
func who(s lifecycle.Subject) string {
	name := clean(s.Name)
	switch {
	case s.Kind == lifecycle.SubjectAccount:
		return "account " + clean(s.ID)
	case s.Kind == lifecycle.SubjectService, !strings.ContainsFunc(ascii(name), isWord):
		return clean(s.ID) // no name, or one that ASCII cannot show
	}
	return name
}

// attempt is the call that failed where no key store exists yet.
func attempt(e lifecycle.Event) string {
	if has(e, lifecycle.SymptomUpdateFailed) && !has(e, lifecycle.SymptomCreateFailed) {
		return "update"
	}
	return "create"
}

// aside is what became of a failed create, as a clause after its subject.
func aside(e lifecycle.Event) string {
	switch e.Type {
	case lifecycle.FixApplied:
		return ", fix applied"
	case lifecycle.FixFailed:
		return ", fix failed"
	case lifecycle.IncidentReminder:
		return ", reminder"
	case lifecycle.IncidentResolved:
		return ", resolved"
	case lifecycle.IncidentEscalated:
		return ", escalated"
	case lifecycle.IncidentClosed:
		return ", closed"
	}
	return ""
}

// standing is what became of a key store.
func standing(e lifecycle.Event) string {
	switch e.Type {
	case lifecycle.NoticeRaised:
		switch {
		case e.State == lifecycle.Resolved:
			return "resolved"
		case len(e.Risks) > 0:
			return "risk"
		}
		return "notice"
	case lifecycle.FixApplied:
		return "fix applied"
	case lifecycle.FixFailed:
		return "fix failed"
	case lifecycle.IncidentReminder:
		return "still " + failing(e)
	case lifecycle.IncidentResolved:
		if unproved(e) {
			return "resolved, unproved"
		}
		return "resolved"
	case lifecycle.IncidentClosed:
		return "closed"
	}
	return failing(e)
}

// failing is the state of a key store that is not well.
func failing(e lifecycle.Event) string {
	down := "down"
	if e.Severity != lifecycle.Critical {
		down = "failing"
	}
	if only(e, lifecycle.SymptomUpdateFailed) {
		down = "not updated"
	}
	switch e.State {
	case lifecycle.NeedsPerson:
		return down + ", needs a person"
	case lifecycle.Escalated:
		return down + ", escalated"
	case lifecycle.Unexplained:
		return down + ", unexplained"
	case lifecycle.Waiting:
		return down + ", waiting"
	}
	return down
}

// unproved says whether an event resolves by the cause being gone, without an answer of KMS.
func unproved(e lifecycle.Event) bool {
	return e.Proof != nil && e.Proof.Kind == lifecycle.ProofCauseGone
}

func has(e lifecycle.Event, kind string) bool {
	for _, s := range e.Symptoms {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

// only says whether an event has symptoms, and all are of one kind.
func only(e lifecycle.Event, kind string) bool {
	for _, s := range e.Symptoms {
		if s.Kind != kind {
			return false
		}
	}
	return len(e.Symptoms) > 0
}

// shorten returns s in at most limit bytes, cut after a word and ended by "..." where it is
// longer. S is ASCII.
func shorten(s string, limit int) string {
	const ellipsis = "..."
	if len(s) <= limit {
		return s
	}
	cut := s[:limit-len(ellipsis)]
	if at := strings.LastIndexByte(cut, ' '); at > limit/2 && s[len(cut)] != ' ' {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ,:;") + ellipsis
}
