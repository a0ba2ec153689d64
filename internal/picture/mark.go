package picture

import (
	"slices"

	"charm.land/lipgloss/v2"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// A mark is what is said of a node, a finding or a target at a glance. The zero mark claims
// nothing.
type mark uint8

const (
	silent  mark = iota // not applicable, or nobody looked
	good                // everything that was judged passes
	risky               // wrong, but no cause of what is observed
	unclear             // could not be judged
	failing             // fails, and is the cause or may be one
)

var symbols = [...]struct{ utf8, ascii, color string }{
	silent:  {"–", "- ", "8"},
	good:    {"✔", "ok", "2"},
	risky:   {"⚠", "! ", "3"},
	unclear: {"?", "? ", "3"},
	failing: {"✘", "X ", "1"},
}

func (p *Page) symbol(m mark) string {
	if p.ASCII {
		return symbols[m].ascii
	}
	return symbols[m].utf8
}

// mark returns a mark as it is drawn, in its colour.
func (p *Page) mark(m mark) string {
	style := lipgloss.NewStyle().Foreground(lipgloss.Color(symbols[m].color))
	return p.styled(style.Bold(m == failing), p.symbol(m))
}

// blank is as wide as a mark.
func (p *Page) blank(m mark) string {
	return "  "[:lipgloss.Width(p.symbol(m))]
}

// markOf returns the mark of a finding. A fail is a risk where it is a warning, or where
// others are known to be the cause.
func markOf(f check.Finding, causes []check.Finding) mark {
	switch f.Verdict {
	case check.Pass:
		return good
	case check.Unknown:
		return unclear
	case check.NotApplicable:
		return silent
	}
	if f.Warning || len(causes) > 0 && !slices.ContainsFunc(causes, func(c check.Finding) bool { return same(c, f) }) {
		return risky
	}
	return failing
}

// same reports whether two findings are one: a check says one thing of a resource.
func same(a, b check.Finding) bool {
	return a.Check == b.Check && a.Subject == b.Subject && a.Group == b.Group && a.Evidence.Seen == b.Evidence.Seen
}

// mark returns the worst mark of what was found at a node: a cause, then what could not be
// judged, then a risk.
func (n *node) mark(causes []check.Finding) mark {
	worst := silent
	for _, f := range n.findings {
		worst = max(worst, markOf(f, causes))
	}
	return worst
}
