package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestKeyStoreExists(t *testing.T) {
	judges(t, keyStoreExists, map[string]row{
		"it is there":              {edit: pathtest.Unchanged, want: Pass, seen: "payments-hsm", subject: store},
		"a PUBLIC_ENDPOINT one":    {edit: pathtest.PublicEndpoint, want: Pass},
		"there is none":            {edit: pathtest.NoKeyStore, want: Fail, headline: "key store does not exist", subject: store},
		"it may not be read":       {edit: pathtest.Blind(path.KeyStorePart), want: Unknown, seen: "kms:DescribeCustomKeyStores"},
		"none exists yet":          {edit: pathtest.FailedCreate, want: NotApplicable, seen: "no key store exists yet"},
		"the account is looked at": {edit: aboutAccount, want: NotApplicable},
	})
}
