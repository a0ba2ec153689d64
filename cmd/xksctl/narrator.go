package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// A narrator tells a rehearsal to a terminal, a line a thing that happened. Reads are
// counted and not told.
type narrator struct {
	out   io.Writer
	reads int
}

func (n *narrator) line(at time.Time, who, format string, args ...any) {
	fmt.Fprintf(n.out, "%s  %-10s %s\n", at.UTC().Format("15:04:05"), who, fmt.Sprintf(format, args...))
}

// Noted tells what the scenario says.
func (n *narrator) Noted(at time.Time, text string) { n.line(at, "", "— %s", text) }

// Happened tells what people and workloads do.
func (n *narrator) Happened(at time.Time, what string, err error) {
	if err == nil {
		n.line(at, "customer", "%s ✔", what)
		return
	}
	n.line(at, "customer", "%s ✘", what)
	for _, part := range wrap(last(err.Error()), 86) {
		fmt.Fprintf(n.out, "%22s%s\n", "", part)
	}
}

// last is the innermost part of an SDK error: what AWS said.
func last(s string) string {
	for _, mark := range []string{"api error ", "exception: ", "Exception: "} {
		if i := strings.LastIndex(s, mark); i >= 0 {
			start := i + len(mark)
			if mark == "Exception: " {
				start = strings.LastIndex(s[:i], " ") + 1
			}
			return s[start:]
		}
	}
	return s
}

// Called tells a write to a customer's resource, and counts all else.
func (n *narrator) Called(c engine.Record) {
	if !rehearse.IsCustomerWrite(c) {
		n.reads++
		return
	}
	outcome := "✔"
	if c.Err != "" {
		outcome = "✘ " + c.Err
	}
	n.line(c.Time, "remediate", "%s %s %s", c.Action, strings.Join(c.Resources, " "), outcome)
}

// Put tells a lifecycle event.
func (n *narrator) Put(e lifecycle.Event) {
	if n.reads > 0 {
		n.line(e.Time, "diagnose", "looked, in %d AWS calls since the last event", n.reads)
		n.reads = 0
	}
	if e.Quiet {
		n.line(e.Time, "bus", "%s (quiet): %s", e.Type, e.Next)
		return
	}
	n.line(e.Time, "bus", "%s: %s", e.Type, e.Headline)
	if e.Proof != nil {
		for _, part := range wrap(e.Proof.Text, 86) {
			fmt.Fprintf(n.out, "%22s%s\n", "", part)
		}
	}
	if e.Type != lifecycle.DiagnosisCompleted {
		return
	}
	for _, f := range e.Causes {
		fmt.Fprintf(n.out, "%22s✘ %s %s\n", "", f.Check, f.ARN)
		for _, m := range f.Missing {
			fmt.Fprintf(n.out, "%22s  missing: %s\n", "", m)
		}
	}
	for _, p := range e.Plan {
		fmt.Fprintf(n.out, "%22s→ %s (%s)\n", "", p.Summary, p.Class)
	}
}

// Heard shows a message as on-call reads it.
func (n *narrator) Heard(m sns.Message) {
	n.line(m.Time, "notify", "publishes to SNS:")
	fmt.Fprintf(n.out, "\n    ┌ %s\n    │\n", m.Subject)
	for line := range strings.SplitSeq(strings.TrimRight(m.Body, "\n"), "\n") {
		fmt.Fprintf(n.out, "    │ %s\n", line)
	}
	fmt.Fprint(n.out, "    └\n\n")
}

// wrap breaks text at blanks into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
