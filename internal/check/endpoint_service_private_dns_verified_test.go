package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServicePrivateDnsVerified(t *testing.T) {
	judges(t, endpointServicePrivateDnsVerified, onPathRows(map[string]row{
		"verified":             {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"Verified in capitals": {edit: pathtest.PrivateDnsState("Verified"), want: Pass},
		"pendingVerification":  {edit: pathtest.PrivateDnsState("pendingVerification"), want: Fail, headline: "private DNS name is not verified: pendingVerification"},
		"failed":               {edit: pathtest.PrivateDnsState("failed"), want: Fail, seen: "failed", subject: pathtest.ServiceARN},
		"no state":             {edit: pathtest.PrivateDnsState(""), want: Fail, seen: "not set"},
		"there is no name":     {edit: pathtest.PrivateDnsName(""), want: NotApplicable, seen: "endpoint-service.private-dns-name"},
		"another account's":    {edit: pathtest.All(pathtest.CrossAccount, pathtest.PrivateDnsState("failed")), want: Fail},
		"there is no service":  {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create":   {edit: pathtest.All(pathtest.FailedCreate, pathtest.PrivateDnsState("failed")), want: Fail},
	}))
}
