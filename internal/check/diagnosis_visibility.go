package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// diagnosisVisibility fails for reads that IAM refused: only there is something to grant.
// Any other gap is unknown and says why.
var diagnosisVisibility = Check{
	ID:      "diagnosis.visibility",
	Title:   "The remediator could read every part of the path",
	Fails:   "a read was denied: which IAM action is missing",
	Why:     "Nothing on the path fails. But every check that needs what was not read answers unknown, so that the cause may stay hidden.",
	Console: "IAM console, Roles: choose the role that reads (the diagnose function's, or your own with xksctl), Permissions tab, Add permissions, Create inline policy, JSON, and paste the statement.",
	Source:  "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html",
	Run: func(s path.Snapshot) []Finding {
		if len(s.Gaps) == 0 {
			return one(pass(path.ARN(s.Subject.ID), "every part of the path is read", "every part was read"))
		}
		findings := make([]Finding, len(s.Gaps))
		for i, g := range s.Gaps {
			findings[i] = judgeGap(s, g)
		}
		return findings
	},
}

func judgeGap(s path.Snapshot, g path.Gap) Finding {
	subject := g.On
	if subject == "" {
		subject = path.ARN(s.Subject.ID)
	}
	if g.Cause != path.AccessDenied {
		return unread(subject, g)
	}
	seen := fmt.Sprintf("%s denied, so %s was not read: %s", g.Action, g.Part, g.Message)
	f := fail(subject, Statement(g), seen, "lacks "+g.Action)
	f.Evidence.Gap = &g
	return f
}
