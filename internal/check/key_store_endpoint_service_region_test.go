package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestKeyStoreEndpointServiceRegion(t *testing.T) {
	const elsewhere = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
	named := func(name string) pathtest.Edit {
		return pathtest.KeyStore(func(k *path.KeyStore) { k.ServiceName = name })
	}
	requested := func(name string) pathtest.Edit {
		return pathtest.All(pathtest.FailedCreate, func(s *path.Snapshot) { s.Requested.ServiceName = name })
	}
	judges(t, keyStoreEndpointServiceRegion, onPathRows(map[string]row{
		"the same Region":                      {edit: pathtest.Unchanged, want: Pass, subject: store, seen: pathtest.ServiceName},
		"another Region":                       {edit: named(elsewhere), want: Fail, seen: "of eu-west-1", headline: "another Region: eu-west-1"},
		"a Region whose name begins the same":  {edit: named("com.amazonaws.vpce.us-west-20.vpce-svc-1"), want: Fail, seen: "us-west-20"},
		"no name":                              {edit: named(""), want: Unknown, seen: "not set"},
		"a name that holds no Region":          {edit: named("com.amazonaws.vpce.vpce-svc-1"), want: Unknown, seen: "com.amazonaws.vpce.vpce-svc-1"},
		"the name of another kind of endpoint": {edit: named("com.amazonaws.us-west-2.kms"), want: Unknown},
		"whether or not it was found":          {edit: pathtest.All(named(elsewhere), pathtest.NoService), want: Fail},
		"of a failed create, the same":         {edit: pathtest.FailedCreate, want: Pass},
		"of a failed create, another":          {edit: requested(elsewhere), want: Fail, subject: path.ARN(pathtest.ServiceID), seen: "eu-west-1"},
		"of a failed create, not told":         {edit: requested(""), want: Unknown},
	}))
}
