package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceNoPendingConnection(t *testing.T) {
	pending := pathtest.Connection("vpce-0bbbbbbbbbbbbbbbb", "777788889999", "pendingAcceptance")
	judges(t, endpointServiceNoPendingConnection, onPathRows(map[string]row{
		"all are accepted": {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"one waits, and only KMS may connect": {
			edit: pending, want: Fail, seen: "vpce-0bbbbbbbbbbbbbbbb of account 777788889999", headline: "connection from KMS waits for acceptance",
		},
		"the other spelling of the state": {edit: pathtest.Connection("vpce-1", "777788889999", "PendingAcceptance"), want: Fail},
		"one waits, and others may connect": {
			edit: pathtest.All(pending, pathtest.Allow("Account", "arn:aws:iam::444455556666:root")), want: Unknown, seen: "whose it is cannot be told",
		},
		"one waits, and anybody may connect": {edit: pathtest.All(pending, pathtest.Allow("All", "*")), want: Unknown},
		"one waits, and the list is empty":   {edit: pathtest.All(pending, pathtest.RemovePrincipal), want: Unknown},
		"one of this account waits":          {edit: pathtest.Connection("vpce-1", pathtest.Account, "pendingAcceptance"), want: Pass},
		"one was rejected":                   {edit: pathtest.Connection("vpce-1", "777788889999", "rejected"), want: Pass},
		"one is being set up":                {edit: pathtest.Connection("vpce-1", "777788889999", "pending"), want: Pass},
		"the connections may not be read":    {edit: pathtest.Blind(path.ConnectionsPart), want: Unknown},
		"another account's":                  {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"there is no service":                {edit: pathtest.NoService, want: NotApplicable},
	}))
}
