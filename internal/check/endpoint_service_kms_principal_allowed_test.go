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
		"another account's, both allowed":     {edit: pathtest.Through, want: Pass, seen: "arn:aws:iam::111122223333:root"},
		"another account's, KMS alone": {
			edit: pathtest.All(pathtest.Through, pathtest.RemovePrincipal, pathtest.Allow("Service", pathtest.Principal)), want: Fail, headline: "lacks this account",
		},
		"another account's, this account alone": {
			edit: pathtest.All(pathtest.Through, pathtest.RemovePrincipal, pathtest.Allow("Account", "arn:aws:iam::111122223333:root")), want: Fail, headline: "KMS is not an allowed principal",
		},
		"another account's, a role of this one": {
			edit: pathtest.All(pathtest.Through, pathtest.RemovePrincipal, pathtest.Allow("Service", pathtest.Principal), pathtest.Allow("Role", "arn:aws:iam::111122223333:role/kms-admin")), want: Pass,
		},
		"another account's, a third account": {
			edit: pathtest.All(pathtest.Through, pathtest.RemovePrincipal, pathtest.Allow("Service", pathtest.Principal), pathtest.Allow("Account", "arn:aws:iam::777788889999:root")), want: Fail,
		},
		"another account's, and everybody": {edit: pathtest.All(pathtest.Through, pathtest.RemovePrincipal, pathtest.Allow("All", "*")), want: Pass},
		"there is no service":              {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, empty":        {edit: pathtest.All(pathtest.FailedCreate, pathtest.RemovePrincipal), want: Fail},
	}))
}
