package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// callerPermission is a notice, not an outage: somebody was refused a call on a key store.
// The actions on key stores have no resource-level permission.
var callerPermission = Check{
	ID:      "caller.permission",
	Title:   "The caller may make the key-store call",
	Fails:   "a key-store call was denied: which principal lacks which action",
	Why:     "Only the caller's own call fails. Requests for keys of the key store go on.",
	Console: "IAM console, Roles (or Users): choose the principal, Permissions tab, Add permissions, Create inline policy, JSON, and paste the statement, if the principal is meant to do this.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/authorize-xks-key-store.html",
	Applies: func(s path.Snapshot) string {
		if s.Denied == nil {
			return "no call was denied"
		}
		return ""
	},
	Run: func(s path.Snapshot) []Finding {
		d := s.Denied
		seen := fmt.Sprintf("%s was denied %s: %s", d.Principal, d.Action, d.Message)
		if !strings.HasSuffix(d.Action, ":"+d.Operation) { // a create needs actions of EC2 too
			seen = fmt.Sprintf("%s was denied %s in %s: %s", d.Principal, d.Action, d.Operation, d.Message)
		}
		return one(fail(path.ARN(d.Principal), statement(d.Action), seen, "caller lacks "+d.Action))
	},
}
