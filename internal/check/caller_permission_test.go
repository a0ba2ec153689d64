package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestCallerPermission(t *testing.T) {
	const alice = "arn:aws:iam::111122223333:user/Alice"
	denied := pathtest.Denied(alice, "CreateCustomKeyStore", "ec2:DescribeVpcEndpointServices", "is not authorized to perform")
	judges(t, callerPermission, map[string]row{
		"no call was denied": {edit: pathtest.Unchanged, want: NotApplicable, seen: "no call was denied"},
		"a call was denied": {
			edit: denied, want: Fail, seen: alice + " was denied ec2:DescribeVpcEndpointServices in CreateCustomKeyStore",
			headline: "caller lacks ec2:DescribeVpcEndpointServices", subject: path.ARN(alice),
		},
		"the call's own action is named once": {
			edit: pathtest.Denied(alice, "ConnectCustomKeyStore", "kms:ConnectCustomKeyStore", "not authorized"), want: Fail,
			seen: alice + " was denied kms:ConnectCustomKeyStore: not authorized",
		},
		"a call about no key store": {edit: pathtest.All(aboutAccount, denied), want: Fail},
	})
}

func TestCallerPermissionNamesTheStatementToAdd(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Denied("arn:aws:iam::111122223333:user/Alice", "ConnectCustomKeyStore", "kms:ConnectCustomKeyStore", "no"))
	got := Run([]Check{callerPermission}, s)[0].Evidence.Expected
	if want := `{"Effect":"Allow","Action":"kms:ConnectCustomKeyStore","Resource":"*"}`; got != want {
		t.Errorf("expected %s, want %s", got, want)
	}
}
