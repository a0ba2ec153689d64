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
		"another account's, that is not shown": {
			edit: pathtest.All(pathtest.CrossAccount, pathtest.NoService), want: Fail, seen: "allow list does not name this account", headline: "is not visible to this account",
		},
		"another account's, read in full":   {edit: pathtest.Through, want: Pass},
		"it may not be read":                {edit: pathtest.Blind(path.ServicePart), want: Unknown},
		"of a failed create, it is there":   {edit: pathtest.FailedCreate, want: Pass},
		"of a failed create, there is none": {edit: pathtest.All(pathtest.FailedCreate, pathtest.NoService), want: Fail, subject: pathtest.ServiceName},
	}))
}

func TestEndpointServiceExistsSaysWhichWasExpected(t *testing.T) {
	t.Parallel()
	const name = "VPC endpoint service com.amazonaws.vpce.us-west-2.vpce-svc-0123456789abcdef0 in us-west-2"
	noName := func(s *path.Snapshot) { s.Requested = path.Requested{} }
	noOwner := pathtest.KeyStore(func(k *path.KeyStore) { k.ServiceOwner = "" })
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"the key store's":                   {pathtest.Unchanged, name + ", owned by account 111122223333"},
		"the key store's, of no owner":      {noOwner, name},
		"what a failed create asked for":    {pathtest.FailedCreate, name + ", owned by account 111122223333"},
		"what nobody named but the subject": {pathtest.All(pathtest.FailedCreate, noName), "VPC endpoint service " + string(pathtest.ServiceARN) + " in us-west-2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Run([]Check{endpointServiceExists}, pathtest.With(tt.edit))[0].Evidence.Expected; got != tt.want {
				t.Errorf("expected %q, want %q", got, tt.want)
			}
		})
	}
}
