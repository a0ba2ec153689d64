package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceAcceptanceNotRequired(t *testing.T) {
	judges(t, endpointServiceAcceptanceNotRequired, onPathRows(map[string]row{
		"not required":                    {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"required":                        {edit: pathtest.RequireAcceptance, want: Fail, headline: "endpoint service requires acceptance", subject: pathtest.ServiceARN},
		"another account's, not required": {edit: pathtest.CrossAccount, want: Pass},
		"another account's tells it, too": {edit: pathtest.All(pathtest.CrossAccount, pathtest.RequireAcceptance), want: Fail},
		"there is no service":             {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, required":    {edit: pathtest.All(pathtest.FailedCreate, pathtest.RequireAcceptance), want: Fail},
	}))
}
