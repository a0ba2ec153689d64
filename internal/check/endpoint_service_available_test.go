package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceAvailable(t *testing.T) {
	state := func(name string) pathtest.Edit {
		return pathtest.Service(func(e *path.EndpointService) { e.State = name })
	}
	judges(t, endpointServiceAvailable, onPathRows(map[string]row{
		"Available":                   {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"available in lower case":     {edit: state("available"), want: Pass},
		"Pending":                     {edit: state("Pending"), want: Fail, headline: "VPC endpoint service is Pending", subject: pathtest.ServiceARN},
		"Deleting":                    {edit: state("Deleting"), want: Fail, seen: "Deleting"},
		"Failed":                      {edit: state("Failed"), want: Fail},
		"another account's":           {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"there is none":               {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, Pending": {edit: pathtest.All(state("Pending"), pathtest.FailedCreate), want: Fail},
	}))
}
