package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceExists(t *testing.T) {
	owner := func(account string) pathtest.Edit {
		return pathtest.KeyStore(func(k *path.KeyStore) { k.ServiceOwner = account })
	}
	judges(t, endpointServiceExists, onPathRows(map[string]row{
		"it is there":                     {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"it was deleted":                  {edit: pathtest.NoService, want: Fail, headline: "VPC endpoint service does not exist", subject: pathtest.ServiceName},
		"the key store names no owner":    {edit: owner(""), want: Pass},
		"the key store names another":     {edit: owner(pathtest.OtherAccount), want: Fail, seen: pathtest.Account, headline: "belongs to another account"},
		"another account's, as it should": {edit: pathtest.CrossAccount, want: Pass},
		"another account's, not as it should": {
			edit: pathtest.All(pathtest.CrossAccount, owner(pathtest.Account)), want: Fail, seen: pathtest.OtherAccount,
		},
		"it may not be read":                {edit: pathtest.Blind(path.ServicePart), want: Unknown},
		"of a failed create, it is there":   {edit: pathtest.FailedCreate, want: Pass},
		"of a failed create, there is none": {edit: pathtest.All(pathtest.FailedCreate, pathtest.NoService), want: Fail, subject: pathtest.ServiceName},
	}))
}
