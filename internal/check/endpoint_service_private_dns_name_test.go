package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServicePrivateDnsName(t *testing.T) {
	const private = "private DNS name is not under a public domain"
	judges(t, endpointServicePrivateDnsName, onPathRows(map[string]row{
		"a subdomain of a public domain": {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"none":                           {edit: pathtest.PrivateDnsName(""), want: Fail, headline: "endpoint service has no private DNS name"},
		"a public domain itself":         {edit: pathtest.PrivateDnsName("example.com"), want: Pass},
		"a bare label":                   {edit: pathtest.PrivateDnsName("myproxy"), want: Fail, headline: private},
		"a name under .internal":         {edit: pathtest.PrivateDnsName("myproxy.xks.internal"), want: Fail, headline: private},
		"a name under .LOCAL":            {edit: pathtest.PrivateDnsName("myproxy.LOCAL"), want: Fail, headline: private},
		"a name with an empty label":     {edit: pathtest.PrivateDnsName("myproxy..example.com"), want: Fail, headline: private},
		"a label that is only called so": {edit: pathtest.PrivateDnsName("internal.example.com"), want: Pass},
		"another account's":              {edit: pathtest.CrossAccount, want: Pass},
		"there is no service":            {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, none":       {edit: pathtest.All(pathtest.FailedCreate, pathtest.PrivateDnsName("")), want: Fail},
	}))
}
