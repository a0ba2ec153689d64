package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceTwoZones(t *testing.T) {
	zones := func(names, ids []string) pathtest.Edit {
		return pathtest.Service(func(e *path.EndpointService) { e.Zones, e.ZoneIDs = names, ids })
	}
	one := zones([]string{"us-west-2a"}, []string{"usw2-az1"})
	judges(t, endpointServiceTwoZones, onPathRows(map[string]row{
		"two":                     {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"two, known by their IDs": {edit: zones(nil, []string{"usw2-az1", "usw2-az2"}), want: Pass},
		"one":                     {edit: one, want: Fail, seen: "us-west-2a", headline: "endpoint service is in fewer than two zones"},
		"one, named twice":        {edit: zones([]string{"us-west-2a", "us-west-2a"}, nil), want: Fail},
		"none":                    {edit: zones(nil, nil), want: Fail, seen: "none"},
		"the load balancer has two, which is not enough": {edit: one, want: Fail},
		"another account's, two in common":               {edit: pathtest.CrossAccount, want: Pass},
		"another account's, one in common":               {edit: pathtest.All(pathtest.CrossAccount, one), want: Unknown, seen: "only its owner sees"},
		"there is no service":                            {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, one":                        {edit: pathtest.All(pathtest.FailedCreate, one), want: Fail},
	}))
}
