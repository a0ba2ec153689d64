package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/picture"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// print writes the report for a person: first the answer, then where on the path, then why and
// what to type.
func (r report) print(w io.Writer, s path.Snapshot, o picture.Options) error {
	p := picture.NewPage(o)
	verdict, text := headline(r, s)
	p.Marked(verdict, text)
	if ks := s.KeyStore; ks != nil {
		state := strings.TrimSpace(ks.ConnectionState + " " + ks.ConnectionErrorCode)
		p.Text("  ", "  ", fmt.Sprintf("%s (%s), %s, %s", ks.Name, ks.ID, ks.Connectivity, state))
	}
	p.Text("  ", "  ", fmt.Sprintf("account %s, Region %s, %s; %s", s.Account, s.Region, s.Taken.UTC().Format("2006-01-02 15:04:05 UTC"), r.cost(s)))
	if r.from != "" {
		p.Text("  ", "  ", fmt.Sprintf("as it was then: %s was read, and AWS was asked nothing%s", r.from, map[bool]string{true: "; names and addresses are redacted"}[r.redacted]))
	}
	for _, one := range r.Symptoms {
		p.Text("\n! ", "  ", one)
	}
	p.Draw(s, r.findings, r.Causes)
	r.list(p)
	steps(p, r.Plan)
	if _, err := io.WriteString(w, p.String()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// cost says what it took to know this.
func (r report) cost(s path.Snapshot) string {
	text := fmt.Sprintf("%d AWS calls in %d rounds, all of them reads", r.Stats.Calls, r.Stats.Rounds)
	if s.Canary != nil {
		text += " but the Encrypt with the canary key"
	}
	return text
}

func headline(r report, s path.Snapshot) (verdict, text string) {
	switch id := s.Subject.ID + ": "; {
	case r.Healthy && slices.Contains(r.Passed, "key-store.answers"):
		return "pass", id + "every check passes, and KMS encrypted with the canary key."
	case r.Healthy:
		return "pass", id + "every check passes. Only a request proves that the proxy answers."
	case len(r.Causes) > 0:
		return "fail", id + r.Causes[0].Headline
	case len(r.Risks) > 0:
		return "fail", id + worst(r.Risks).Headline
	default:
		return "unknown", id + "nothing fails, but part of the path could not be judged"
	}
}

// worst is the first fail that is no warning, if there is one.
func worst(risks []check.Finding) check.Finding {
	for _, f := range risks {
		if !f.Warning {
			return f
		}
	}
	return risks[0]
}

// list names the checks by what they came to; the picture above holds their evidence.
func (r report) list(p *picture.Page) {
	fails(p, "Why", "fail", r.Causes)
	if len(r.Causes) > 0 {
		fails(p, "Also wrong", "risk", r.Risks)
	} else {
		fails(p, "Wrong", "fail", r.Risks)
	}
	names(p, "Could not be judged", "unknown", checks(r.Unknown))
	names(p, "Passed", "pass", slices.Compact(slices.Clone(r.Passed)))
	inapplicable(p, r.Skipped)
}

func fails(p *picture.Page, title, verdict string, findings []check.Finding) {
	if len(findings) == 0 {
		return
	}
	p.Heading(title)
	for _, f := range findings {
		how := verdict
		if f.Warning {
			how = "risk"
		}
		p.Marked(how, string(f.Check)+": "+f.Headline)
	}
}

func names(p *picture.Page, title, verdict string, ids []check.ID) {
	if len(ids) == 0 {
		return
	}
	p.Heading(title)
	p.Marked(verdict, words(ids))
}

func words(ids []check.ID) string {
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = string(id)
	}
	return strings.Join(text, ", ")
}

// checks are those of findings, each once.
func checks(findings []check.Finding) []check.ID {
	var ids []check.ID
	for _, f := range findings {
		if !slices.Contains(ids, f.Check) {
			ids = append(ids, f.Check)
		}
	}
	return ids
}

// inapplicable writes a reason once, with the checks that it keeps from being made.
func inapplicable(p *picture.Page, findings []check.Finding) {
	if len(findings) == 0 {
		return
	}
	p.Heading("Not applicable")
	var reasons []string
	kept := map[string][]check.Finding{}
	for _, f := range findings {
		why := f.Evidence.Seen
		if kept[why] == nil {
			reasons = append(reasons, why)
		}
		kept[why] = append(kept[why], f)
	}
	for _, why := range reasons {
		p.Marked("none", why)
		p.Text("    ", "    ", words(checks(kept[why])))
	}
}

func steps(page *picture.Page, p plan.Plan) {
	if len(p.Steps) == 0 {
		return
	}
	page.Heading("What mends it, in this order")
	for i, s := range p.Steps {
		why := ""
		if s.Why != "" {
			why = ": " + s.Why
		}
		page.Text(fmt.Sprintf("%d. ", i+1), "   ", fmt.Sprintf("%s (%s%s)", s.Action.Summary(), s.Class, why))
		for _, c := range s.Action.Commands() {
			page.Command("   ", plan.Shell(c))
		}
	}
}
