package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// body is the text of a message: what became of it, since when and who must act; what is
// broken and why; what was done or what to type; what happens next; what is merely at risk
// apart; whose it is.
func body(e lifecycle.Event) string {
	var p page
	p.text("", full(capital(opening(e, who(e.Subject)))))
	p.text("", since(e)+" "+ask(e))
	sections := []func(*page, lifecycle.Event){
		reason, proof, broken, why, unread, ruledOut, done, underway, remedies, next, risks, regrets,
	}
	if e.Type == lifecycle.NoticeRaised {
		sections = []func(*page, lifecycle.Event){reason, broken, risks, why, unread, remedies, next, regrets}
	}
	for _, write := range sections {
		write(&p, e)
	}
	return fit(p.String(), "\n"+footer(e))
}

// fit puts text and footer together. Where they are too long for SNS the text is cut after
// a line, and says so.
func fit(text, footer string) string {
	const cut = "\n[Too long for SNS and cut here. The lifecycle event on the bus has all of it.]\n"
	if len(text)+len(footer) <= MaxBody {
		return text + footer
	}
	kept := text[:max(MaxBody-len(footer)-len(cut), 0)]
	return kept[:strings.LastIndexByte(kept, '\n')+1] + cut + footer
}

// reason says why an incident was escalated or closed, why a fix failed, what a notice is.
func reason(p *page, e lifecycle.Event) {
	if e.Reason == "" {
		return
	}
	p.line("")
	p.sentence("", e.Reason)
}

func proof(p *page, e lifecycle.Event) {
	if e.Proof == nil {
		return
	}
	p.heading("PROOF")
	text := clean(e.Proof.Text)
	if unproved(e) {
		const exact = "repaired; no request has proved it yet"
		p.text("  ", capital(exact)+".")
		if len(text) >= len(exact) && strings.EqualFold(text[:len(exact)], exact) {
			text = strings.TrimLeft(text[len(exact):], ". ")
		}
	}
	if text != "" {
		p.text("  ", full(text))
	}
	if !e.Proof.At.IsZero() {
		p.text("  ", "Seen at "+clock(e.Proof.At)+after(e)+".")
	}
}

// after says how long after the first symptom the proof was seen.
func after(e lifecycle.Event) string {
	if e.Since.IsZero() || !e.Proof.At.After(e.Since) {
		return ""
	}
	return ", " + lasted(e.Proof.At.Sub(e.Since)) + " after the first failure"
}

func over(e lifecycle.Event) bool {
	return e.State == lifecycle.Resolved || e.State == lifecycle.Closed
}

// broken says what is broken and since when.
func broken(p *page, e lifecycle.Event) {
	switch {
	case e.Type == lifecycle.NoticeRaised:
		p.heading("WHAT IT IS ABOUT")
	case over(e):
		p.heading("WHAT WAS BROKEN")
	default:
		p.heading("WHAT IS BROKEN")
	}
	p.text("  ", capital(article(e.Subject))+".")
	for _, s := range about(e) {
		p.text("  ", s)
	}
	for _, s := range e.Symptoms {
		showing(p, s, e)
	}
}

// about says what a person must know of the subject to read on.
func about(e lifecycle.Event) []string {
	var says []string
	s := e.Subject
	switch {
	case s.State == "":
	case s.State == "CONNECTED" && !over(e) && e.Type != lifecycle.NoticeRaised:
		says = append(says, "Its connection state is CONNECTED. It stays so when the path breaks: only requests fail.")
	case s.State == "FAILED" && s.ErrorCode != "":
		says = append(says, "Its connection state is FAILED, connection error code "+clean(s.ErrorCode)+": no key in it can be used.")
	default:
		says = append(says, "Its connection state is "+clean(s.State)+".")
	}
	switch {
	case public(s):
		says = append(says, "KMS reaches its proxy over the public internet (PUBLIC_ENDPOINT), so there is no VPC path to check and nothing that this product could mend.")
	case unborn(s) && s.Name != "" && !over(e):
		says = append(says, "The key store that was asked for, "+clean(s.Name)+", does not exist yet.")
	case s.Kind != lifecycle.SubjectService && s.ServiceName != "":
		says = append(says, "KMS reaches its proxy over VPC endpoint service "+clean(s.ServiceName)+".")
	}
	return says
}

func public(s lifecycle.Subject) bool { return s.Connectivity == lifecycle.ConnectivityPublic }

// unborn says whether the subject is there only because a create failed.
func unborn(s lifecycle.Subject) bool {
	return s.Kind == lifecycle.SubjectService && s.KeyStoreID == ""
}

// showing writes one symptom. What KMS said is quoted; what the product saw itself is said
// once.
func showing(p *page, s lifecycle.Symptom, e lifecycle.Event) {
	text, seen := clean(s.Text), spell(s, e.Time)
	what := failure(s)
	if over(e) {
		what = strings.Replace(what, "The key store is FAILED", "The key store was FAILED", 1)
	}
	switch {
	case text == "":
		p.item(what + seen + ".")
	case observed(s):
		p.item(strings.TrimRight(text, ".") + seen + ".")
	default:
		p.item(what + seen + ":")
		p.text("    ", `"`+text+`"`)
	}
}

// spell says when a symptom was seen, and how often where it is something that happens. A
// state that was read five times did not happen five times.
func spell(s lifecycle.Symptom, day time.Time) string {
	from, to := clockOn(day, s.First), clockOn(day, s.Last)
	switch {
	case s.First.IsZero():
		return ""
	case !s.Last.After(s.First):
		return ", at " + from
	case s.Count <= 1 || observed(s) || s.Kind == lifecycle.SymptomConnectionError:
		return fmt.Sprintf(", from %s to %s", from, to)
	}
	return fmt.Sprintf(", %d times from %s to %s", s.Count, from, to)
}

// observed says whether a symptom is in the product's own words.
func observed(s lifecycle.Symptom) bool {
	return s.Kind == lifecycle.SymptomNoHealthyTarget || s.Kind == lifecycle.SymptomStillConnecting
}

func next(p *page, e lifecycle.Event) {
	text := e.Next
	if text == "" && e.Type == lifecycle.IncidentResolved && e.Subject.Kind == lifecycle.SubjectService {
		text = "Repeat the call that failed."
	}
	look := !e.NextLook.IsZero() && !over(e)
	if text == "" && !look {
		return
	}
	p.heading("WHAT HAPPENS NEXT")
	if text != "" {
		p.sentence("  ", text)
	}
	if look {
		p.text("  ", "Next look: "+clockOn(e.Time, e.NextLook)+".")
	}
}

// footer says whose incident it is.
func footer(e lifecycle.Event) string {
	var p page
	store, id := clean(e.Subject.Name), clean(keyStoreID(e.Subject))
	switch {
	case store == "":
		store = id
	case id == "":
		store += " (asked for)"
	default:
		store += " (" + id + ")"
	}
	p.line("--")
	row := func(label, value string) {
		p.hang(fmt.Sprintf("%-11s", label), strings.Repeat(" ", 11), either(clean(value), None))
	}
	row("Key store", store)
	row("Account", e.Account)
	row("Region", e.Region)
	row("Incident", fmt.Sprintf("%s, event %d, %s", clean(e.Incident), e.Sequence, clock(e.Time)))
	row("Mode", e.Mode)
	row("State", string(e.State))
	row("Severity", string(e.Severity))
	return p.String()
}
