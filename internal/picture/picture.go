// Package picture draws the path from AWS KMS to the external key store proxy for a terminal,
// hop by hop, with what the checks found at each: a healthy hop is one line, a failing one is
// open with its evidence. It decides nothing and asks nothing about the terminal: Options say
// what it can show.
package picture

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Draw adds the picture of a snapshot's path to a page. Findings are all that the checks say
// of the snapshot; causes are those of them that explain what was observed. Each finding is
// at one place of the picture.
func (p *Page) Draw(s path.Snapshot, findings, causes []check.Finding) {
	nodes := nodesOf(s)
	put(nodes, findings)
	p.Heading("The path")
	p.Text(p.blank(silent)+" ", "", "AWS KMS")
	var beside []*node
	var along []*node
	for _, n := range nodes {
		switch {
		case n.place.beside() && len(n.findings) > 0:
			beside = append(beside, n)
		case !n.place.beside():
			along = append(along, n)
		}
	}
	p.drawAll(together(along), causes, true)
	if len(beside) > 0 {
		p.Heading("Beside it")
		p.drawAll(together(beside), causes, false)
	}
}

// put gives each finding to the one node that it is about: the first of its place whose
// resource it names, else the first of its place.
func put(nodes []*node, findings []check.Finding) {
	for _, f := range findings {
		place := PlaceOf(f.Check)
		var of *node
		for _, n := range nodes {
			if n.place != place {
				continue
			}
			if of == nil {
				of = n
			}
			if n.about(f.Subject) {
				of = n
				break
			}
		}
		of.findings = append(of.findings, f)
	}
}

// together joins neighbours that nothing can be said of for one and the same reason.
func together(nodes []*node) []*node {
	var out []*node
	for _, n := range nodes {
		why := n.inapplicable()
		if len(out) > 0 && why != "" && why == out[len(out)-1].inapplicable() {
			last := *out[len(out)-1]
			if !slices.Contains(strings.Split(last.label, ", "), n.label) {
				last.label += ", " + n.label
			}
			last.findings = slices.Concat(last.findings, n.findings)
			last.name, last.facts, last.targets = "", nil, nil
			out[len(out)-1] = &last
			continue
		}
		out = append(out, n)
	}
	return out
}

func (p *Page) drawAll(nodes []*node, causes []check.Finding, connected bool) {
	for i, n := range nodes {
		joint, below := "├ ", "│ "
		switch {
		case !connected:
			joint, below = "", ""
		case i == len(nodes)-1:
			joint, below = "└ ", "  "
		}
		p.drawNode(n, causes, joint, below)
	}
}

// unprobed is said of a proxy that no check asked.
const unprobed = "not probed"

// labelWidth is the longest label of a hop and a gap.
const labelWidth = 18

func (p *Page) drawNode(n *node, causes []check.Finding, joint, below string) {
	facts := n.facts
	if why := n.inapplicable(); why != "" {
		facts = []string{why}
		if len(n.targets) > 0 {
			facts = append(slices.Clone(n.facts), why)
		}
	}
	if n.place == Proxy && len(n.findings) > 0 {
		facts = slices.DeleteFunc(slices.Clone(facts), func(s string) bool { return s == unprobed })
	}
	text := strings.Join(slices.DeleteFunc(slices.Concat([]string{n.name}, facts), func(s string) bool { return s == "" }), ", ")
	mark := p.mark(n.mark(causes))
	gutter := p.blank(n.mark(causes)) + " " + p.faint(p.spell(below))
	first := mark + " " + p.faint(p.spell(joint))
	switch {
	case text == "":
		p.runs(first, gutter, strong(n.label))
	case p.narrow() || len(n.label) >= labelWidth:
		p.runs(first, gutter, strong(n.label))
		p.Text(gutter+"  ", gutter+"  ", text)
	default:
		label := p.styled(lipgloss.NewStyle().Bold(true), n.label)
		p.Text(first+label+strings.Repeat(" ", labelWidth-len(n.label)), gutter+strings.Repeat(" ", labelWidth), text)
	}
	if n.open(causes) {
		for _, t := range fold(n.targets) {
			p.Text(gutter+p.mark(t.mark)+" ", gutter+p.blank(t.mark)+" ", t.text)
		}
	}
	p.findings(n.findings, causes, gutter)
}

// inapplicable returns the reason why none of a node's checks has anything to judge, where
// that is one and the same, or "".
func (n *node) inapplicable() string {
	why := ""
	for _, f := range n.findings {
		if f.Verdict != check.NotApplicable || why != "" && why != f.Evidence.Seen {
			return ""
		}
		why = f.Evidence.Seen
	}
	return why
}

// open reports whether a node is drawn with its targets: something at it fails, or one of
// them does not serve.
func (n *node) open(causes []check.Finding) bool {
	m := n.mark(causes)
	return m == failing || m == risky || slices.ContainsFunc(n.targets, func(t target) bool { return t.mark != good })
}
