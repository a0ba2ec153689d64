package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceAllowListNarrow(t *testing.T) {
	everybody := pathtest.Allow("All", "*")
	judges(t, endpointServiceAllowListNarrow, onPathRows(map[string]row{
		"KMS alone":                  {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN, seen: pathtest.Principal},
		"an account beside it":       {edit: pathtest.Allow("Account", "arn:aws:iam::444455556666:root"), want: Pass},
		"everybody beside it":        {edit: everybody, want: Fail, warning: true, seen: "*; acceptance required: No", headline: "anybody may connect"},
		"everybody in its place":     {edit: pathtest.All(pathtest.RemovePrincipal, everybody), want: Fail, warning: true},
		"everybody, by its type":     {edit: pathtest.Allow("all", "everyone"), want: Fail, warning: true},
		"everybody, once accepted":   {edit: pathtest.All(everybody, pathtest.RequireAcceptance), want: Pass, seen: "*"},
		"nobody":                     {edit: pathtest.RemovePrincipal, want: Pass, seen: "none"},
		"another account's":          {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"there is no service":        {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create":         {edit: pathtest.All(pathtest.FailedCreate, everybody), want: Fail, warning: true},
		"the list could not be read": {edit: pathtest.Blind(path.ServicePermissionsPart), want: Unknown},
	}))
}
