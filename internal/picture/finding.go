package picture

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// findings draws what is not well at a node: fails with their evidence, then what could not
// be judged, once for each reason. What passes or does not apply needs no line.
func (p *Page) findings(findings, causes []check.Finding, gutter string) {
	for _, f := range findings {
		if f.Verdict == check.Fail {
			p.fail(f, markOf(f, causes), gutter)
		}
	}
	var reasons []string
	kept := make(map[string][]check.Finding)
	for _, f := range findings {
		if f.Verdict == check.Unknown {
			why := shorten(unread(f))
			if kept[why] == nil {
				reasons = append(reasons, why)
			}
			kept[why] = append(kept[why], f)
		}
	}
	for _, why := range reasons {
		p.Text(gutter+p.mark(unclear)+" ", gutter+p.blank(unclear)+" ", strings.Join(ids(kept[why]), ", ")+": "+why)
	}
}

// unread says why a check could not judge, and what would let it.
func unread(f check.Finding) string {
	why := f.Evidence.Seen
	if g := f.Evidence.Gap; g != nil {
		why += fmt.Sprintf(" (%s: %s)", g.Action, g.Cause)
	}
	if f.Evidence.Bug != "" {
		why += " (" + f.Evidence.Bug + ")"
	}
	return why
}

// ids returns the checks of findings, each once.
func ids(findings []check.Finding) []string {
	var out []string
	for _, f := range findings {
		if id := string(f.Check); len(out) == 0 || out[len(out)-1] != id {
			out = append(out, id)
		}
	}
	return out
}

// most is how many missing flows are drawn; the command that mends them holds them all.
const most = 12

// longest is how many characters of evidence are drawn.
const longest = 600

// shorten cuts evidence about hundreds of targets at a word.
func shorten(text string) string {
	letters := []rune(text)
	if len(letters) <= longest {
		return text
	}
	head := string(letters[:longest])
	return fmt.Sprintf("%s … and %d more characters", head[:max(strings.LastIndexByte(head, ' '), 0)], len(letters)-longest)
}

// fail opens a finding.
func (p *Page) fail(f check.Finding, m mark, gutter string) {
	p.runs(gutter+p.mark(m)+" ", gutter+p.blank(m)+" ", strong(string(f.Check)+":"), plain(f.Headline))
	inner := gutter + p.blank(m) + " "
	if f.Subject != "" {
		p.Field(inner, "on", string(f.Subject))
	}
	p.Field(inner, "expected", shorten(f.Evidence.Expected))
	p.Field(inner, "seen", shorten(f.Evidence.Seen))
	boxes := f.Missing.Boxes()
	for i, b := range boxes {
		if i == most && len(boxes) > most+1 {
			p.Field(inner, "missing", fmt.Sprintf("and %d more flows", len(boxes)-most))
			break
		}
		p.Field(inner, "missing", b.String())
	}
	if f.Group != "" && !strings.HasSuffix(string(f.Subject), string(f.Group)) {
		p.Field(inner, "group", string(f.Group))
	}
	if g := f.Evidence.Gap; g != nil {
		p.Field(inner, "not read", fmt.Sprintf("%s (%s)", g.Action, g.Cause))
	}
	if c, ok := check.Lookup(f.Check); ok {
		p.Field(inner, "see", c.Source)
	}
}
