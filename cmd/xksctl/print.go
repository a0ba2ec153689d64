package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// print writes the report for a person: first the answer, then why, then what to type.
func (r report) print(w io.Writer, s path.Snapshot) {
	fmt.Fprintf(w, "%s\n", headline(r, s))
	if ks := s.KeyStore; ks != nil {
		fmt.Fprintf(w, "  %s (%s), %s, %s\n", ks.Name, ks.ID, ks.Connectivity, strings.TrimSpace(ks.ConnectionState+" "+ks.ConnectionErrorCode))
	}
	fmt.Fprintf(w, "  account %s, Region %s, %s; %d AWS calls in %d rounds, all of them reads%s\n",
		s.Account, s.Region, s.Taken.UTC().Format("2006-01-02 15:04:05 UTC"), r.Stats.Calls, r.Stats.Rounds, proofs(s))
	for _, one := range r.Symptoms {
		fmt.Fprintf(w, "\n! %s\n", one)
	}
	section(w, "\nWhy", "✘", r.Causes)
	title := "\nAlso wrong"
	if len(r.Causes) == 0 {
		title = "\nWrong"
	}
	section(w, title, "✘", r.Risks)
	section(w, "\nCould not be judged", "?", r.Unknown)
	if len(r.Passed) > 0 {
		fmt.Fprintf(w, "\nPassed\n")
		for _, id := range slices.Compact(slices.Clone(r.Passed)) {
			fmt.Fprintf(w, "✔ %s\n", id)
		}
	}
	inapplicable(w, r.Skipped)
	steps(w, r.Plan)
}

// proofs says which calls are no reads.
func proofs(s path.Snapshot) string {
	if s.Canary == nil {
		return ""
	}
	return " but the Encrypt with the canary key"
}

// inapplicable writes a reason once, with the checks that it keeps from being made.
func inapplicable(w io.Writer, findings []check.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w, "\nNot applicable")
	var reasons []string
	kept := map[string][]check.ID{}
	for _, f := range findings {
		why := f.Evidence.Seen
		if kept[why] == nil {
			reasons = append(reasons, why)
		}
		if !slices.Contains(kept[why], f.Check) {
			kept[why] = append(kept[why], f.Check)
		}
	}
	for _, why := range reasons {
		fmt.Fprintf(w, "- %s\n", why)
		for _, id := range kept[why] {
			fmt.Fprintf(w, "    %s\n", id)
		}
	}
}

func headline(r report, s path.Snapshot) string {
	switch {
	case r.Healthy && slices.Contains(r.Passed, "key-store.answers"):
		return "✔ " + s.Subject.ID + ": every check passes, and KMS encrypted with the canary key."
	case r.Healthy:
		return "✔ " + s.Subject.ID + ": every check passes. Only a request proves that the proxy answers."
	case len(r.Causes) > 0:
		return "✘ " + s.Subject.ID + ": " + r.Causes[0].Headline
	case len(r.Risks) > 0:
		return "✘ " + s.Subject.ID + ": " + r.Risks[0].Headline
	}
	return "? " + s.Subject.ID + ": nothing fails, but part of the path could not be judged"
}

func section(w io.Writer, title, mark string, findings []check.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w, title)
	for _, f := range findings {
		on := ""
		if f.Subject != "" {
			on = "  " + string(f.Subject)
		}
		fmt.Fprintf(w, "%s %s%s\n", mark, f.Check, on)
		evidence(w, f)
	}
}

func evidence(w io.Writer, f check.Finding) {
	if f.Verdict == check.Fail && f.Evidence.Expected != "" {
		fmt.Fprintf(w, "    expected: %s\n", f.Evidence.Expected)
	}
	if f.Evidence.Seen != "" {
		fmt.Fprintf(w, "    seen:     %s\n", f.Evidence.Seen)
	}
	if g := f.Evidence.Gap; g != nil {
		fmt.Fprintf(w, "    not read: %s (%s) %s\n", g.Action, g.Cause, g.Message)
	}
	for _, b := range f.Missing.Boxes() {
		fmt.Fprintf(w, "    missing:  %s\n", b)
	}
	if c, ok := check.Lookup(f.Check); ok && f.Verdict == check.Fail {
		fmt.Fprintf(w, "    see:      %s\n", c.Source)
	}
}

func steps(w io.Writer, p plan.Plan) {
	if len(p.Steps) == 0 {
		return
	}
	fmt.Fprintln(w, "\nWhat mends it, in this order")
	for i, s := range p.Steps {
		why := ""
		if s.Why != "" {
			why = ": " + s.Why
		}
		fmt.Fprintf(w, "%d. %s (%s%s)\n", i+1, s.Action.Summary(), s.Class, why)
		for _, c := range s.Action.Commands() {
			fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(plan.Shell(c), "\n", " "))
		}
	}
}
