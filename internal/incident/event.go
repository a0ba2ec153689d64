package incident

import (
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// emit puts the incident, as it stands, into the outbox as a lifecycle event.
func (r *Record) emit(t lifecycle.Type, l Look, change func(*lifecycle.Event)) {
	e := r.event(t, l.Now)
	e.Account, e.Region, e.Mode = l.Snapshot.Account, l.Snapshot.Region, l.Rules.Mode.String()
	if change != nil {
		change(&e)
	}
	r.put(e)
}

func (r *Record) put(e lifecycle.Event) {
	r.Outbox = append(r.Outbox, Post{ID: r.nextPost(), Event: &e})
}

// event renders the open incident in the words of the public contract.
func (r *Record) event(t lifecycle.Type, now time.Time) lifecycle.Event {
	in := r.Incident
	in.Sequence++
	if in.Headline == "" {
		in.Headline = in.headline()
	}
	e := lifecycle.Event{
		Schema: lifecycle.Schema, Type: t, Incident: in.ID, Sequence: in.Sequence, Time: now,
		Severity: severity(t, in.State), State: in.State, Headline: in.Headline,
		Subject: r.subject(), Since: in.Since, Symptoms: symptoms(in.Symptoms),
		Digest: in.Plan.Digest, Causes: findings(in.Ranking.Causes), Risks: findings(in.Ranking.Risks),
		Unread: findings(in.Ranking.Unread), Plan: actions(in.Plan), Done: changes(in.Journal),
		Next: in.Next, NextLook: r.NextLook, Reason: in.Reason, Proof: in.Proof,
	}
	if in.State == lifecycle.Resolved || in.State == lifecycle.Closed {
		e.Causes = findings(in.Found)
	}
	if in.State == lifecycle.Unexplained {
		for _, f := range in.Ranking.RuledOut {
			e.RuledOut = append(e.RuledOut, string(f.Check))
		}
	}
	return e
}

func severity(t lifecycle.Type, s lifecycle.State) lifecycle.Severity {
	switch {
	case s == lifecycle.Resolved || s == lifecycle.Closed:
		return lifecycle.Info
	case t == lifecycle.FixApplied:
		return lifecycle.Info
	}
	return lifecycle.Critical
}

// headline is what is wrong, for a subject line of at most 60 characters.
func (in *Incident) headline() string {
	for _, f := range in.Ranking.Causes {
		if f.Headline != "" {
			return f.Headline
		}
	}
	for _, f := range in.Ranking.Unread {
		if f.Evidence.Gap != nil {
			return "part of the path could not be read"
		}
	}
	for i := len(in.Symptoms) - 1; i >= 0; i-- {
		if h := told(in.Symptoms[i]); h != "" {
			return h
		}
	}
	return "KMS cannot use the key store"
}

// told is a symptom for a subject line.
func told(s symptom.Symptom) string {
	switch s.ID {
	case "M1", "M2":
		return "KMS cannot reach the proxy"
	case "M3", "M4":
		return "the proxy does not answer in time"
	case "M5":
		return "the proxy refuses KMS's credential"
	case "M6":
		return "the proxy refuses the URI path"
	case "M7":
		return "no TLS connection to the proxy"
	case "M8":
		return "the proxy says it is unhealthy"
	case "M9":
		return "the proxy's answer makes no sense to KMS"
	case "M11":
		return "the proxy denies access"
	case "M12":
		return "the proxy cannot reach the key manager"
	case "M14":
		return "the external key is not found"
	}
	if s.Code != "" {
		return strings.TrimSuffix(s.Code, "Exception")
	}
	return ""
}

func (r *Record) subject() lifecycle.Subject {
	return lifecycle.Subject{
		Kind: string(r.Subject.Kind), ID: r.Subject.ID, Name: r.Facts.Name, KeyStoreID: r.Facts.KeyStoreID,
		ServiceName: r.Facts.ServiceName, Connectivity: r.Facts.Connectivity,
		State: r.Facts.State, ErrorCode: r.Facts.ErrorCode,
	}
}

func symptoms(all []symptom.Symptom) []lifecycle.Symptom {
	var out []lifecycle.Symptom
	for _, s := range all {
		out = append(out, lifecycle.Symptom{
			Kind: string(s.Kind), Operation: s.Operation, Code: s.Code, Text: s.Text,
			First: s.First, Last: s.Last, Count: s.Count,
		})
	}
	return out
}

func findings(all []check.Finding) []lifecycle.Finding {
	var out []lifecycle.Finding
	for _, f := range all {
		c, _ := check.Lookup(f.Check)
		one := lifecycle.Finding{
			Check: string(f.Check), Title: c.Title, Source: c.Source, ARN: string(f.Subject),
			Expected: f.Evidence.Expected, Seen: f.Evidence.Seen,
		}
		for _, b := range f.Missing.Boxes() {
			one.Missing = append(one.Missing, b.String())
		}
		if g := f.Evidence.Gap; g != nil && one.Seen == "" {
			one.Seen = gapSentence(*g)
		}
		out = append(out, one)
	}
	return out
}

func gapSentence(g path.Gap) string {
	s := "not read: " + g.Action
	if g.Cause == path.AccessDenied {
		s = "not read: the role lacks " + g.Action
	}
	if g.Message != "" {
		s += " (" + g.Message + ")"
	}
	return s
}

func actions(p plan.Plan) []lifecycle.Action {
	var out []lifecycle.Action
	for _, s := range p.Steps {
		out = append(out, lifecycle.Action{
			ID: s.ID, Kind: string(s.Action.Kind()), Class: s.Class.String(), Why: s.Why,
			Resource: string(s.Action.Resource()), Summary: s.Action.Summary(),
			Commands: shell(s.Action.Commands()), Undo: undo(s.Action),
		})
	}
	return out
}

func shell(commands [][]string) []string {
	var out []string
	for _, c := range commands {
		out = append(out, plan.Shell(c))
	}
	return out
}

// undo is the command that takes an action back, or why nothing does.
func undo(a plan.Action) string {
	inverse, why := a.Inverse()
	if inverse == nil {
		return why
	}
	if commands := shell(inverse.Commands()); len(commands) > 0 {
		return commands[0]
	}
	return inverse.Summary()
}

func changes(journal []Entry) []lifecycle.Change {
	var out []lifecycle.Change
	for _, e := range journal {
		c := lifecycle.Change{Action: e.Step.ID, Summary: e.Step.Action.Summary(), Status: string(e.Status), At: e.At, Detail: e.Detail}
		if e.Status == Applied {
			c.Undo = e.undo()
		}
		out = append(out, c)
	}
	return out
}

// undo names the very rules that were made, where they are known.
func (e Entry) undo() string {
	switch a := e.Step.Action.(type) {
	case plan.AuthorizeIngress:
		if len(e.RuleIDs) > 0 {
			return plan.Shell(append([]string{"aws", "ec2", "revoke-security-group-ingress", "--group-id", string(a.Group), "--security-group-rule-ids"}, e.RuleIDs...))
		}
	case plan.AuthorizeEgress:
		if len(e.RuleIDs) > 0 {
			return plan.Shell(append([]string{"aws", "ec2", "revoke-security-group-egress", "--group-id", string(a.Group), "--security-group-rule-ids"}, e.RuleIDs...))
		}
	}
	return undo(e.Step.Action)
}

func orSomebody(actor string) string {
	if actor == "" {
		return "Somebody"
	}
	return actor
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }
