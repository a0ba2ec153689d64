package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Run asks every check of the catalogue about a snapshot, in order. Each check gives at
// least one finding: NotApplicable where it does not apply, Unknown with the gap where a
// part that it needs was not read (it is not run then), Unknown with Evidence.Bug where
// it panics, Unknown where it judged nothing. Run does not change the snapshot.
func Run(catalogue []Check, s path.Snapshot) []Finding {
	findings := make([]Finding, 0, 2*len(catalogue))
	for _, c := range catalogue {
		findings = append(findings, c.judge(s)...)
	}
	return findings
}

func (c Check) judge(s path.Snapshot) (findings []Finding) {
	subject := path.ARN(s.Subject.ID)
	defer func() {
		if bug := recover(); bug != nil {
			f := unknown(subject, "", "the check itself broke: this says nothing of the path")
			f.Evidence.Bug = fmt.Sprint(bug)
			findings = []Finding{f}
		}
		for i := range findings {
			findings[i].Check = c.ID
		}
	}()
	if c.Applies != nil {
		if why := c.Applies(s); why != "" {
			return one(notApplicable(subject, why))
		}
	}
	if gap, ok := s.Gap(c.Needs...); ok {
		return one(unreadIn(s, subject, gap))
	}
	if findings = c.Run(s); len(findings) == 0 {
		return one(unknown(subject, "", "the check judged nothing"))
	}
	return findings
}

// unreadIn is unread with what would let it be read, where IAM refused the read itself or one
// that has to come before it.
func unreadIn(s path.Snapshot, subject path.ARN, gap path.Gap) Finding {
	var refused []path.Gap
	for _, g := range s.Gaps {
		if g.Action == gap.Action {
			refused = append(refused, g)
		}
	}
	f := unread(subject, gap)
	if grant := Statement(refused...); grant != "" {
		f.Evidence.Expected = "the role that reads it has " + grant
	}
	return f
}
