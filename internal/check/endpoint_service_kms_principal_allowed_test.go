package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceKmsPrincipalAllowed(t *testing.T) {
	judges(t, endpointServiceKmsPrincipalAllowed, onPathRows(map[string]row{
		"it is on the list": {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"an empty list": {
			edit: pathtest.RemovePrincipal, want: Fail, seen: "none", headline: "KMS is not an allowed principal", subject: pathtest.ServiceARN,
		},
		"others on the list": {
			edit: pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("Account", "arn:aws:iam::444455556666:root")), want: Fail, seen: "arn:aws:iam::444455556666:root",
		},
		"KMS of another Region": {
			edit: pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("Service", "cks.kms.us-east-1.amazonaws.com")), want: Fail,
		},
		"everybody is":                        {edit: pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("All", "*")), want: Pass},
		"everybody is, by the type alone":     {edit: pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("All", "")), want: Pass},
		"everybody is, by the asterisk alone": {edit: pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("", "*")), want: Pass},
		"among others":                        {edit: pathtest.Allow("Account", "arn:aws:iam::444455556666:root"), want: Pass},
		"the list may not be read":            {edit: pathtest.Blind(path.ServicePermissionsPart), want: Unknown, seen: "ec2:DescribeVpcEndpointServicePermissions"},
		"another account's":                   {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"there is no service":                 {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, empty":           {edit: pathtest.All(pathtest.FailedCreate, pathtest.RemovePrincipal), want: Fail},
	}))
}
