package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerTwoZones(t *testing.T) {
	zones := func(z ...path.Zone) pathtest.Edit {
		return pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones = z })
	}
	a, b := path.Zone{Name: pathtest.ZoneA, Subnet: pathtest.SubnetA}, path.Zone{Name: pathtest.ZoneB, Subnet: pathtest.SubnetB}
	judges(t, loadBalancerTwoZones, loadBalancerRows(map[string]row{
		"two":                 {edit: pathtest.Unchanged, want: Pass, subject: pathtest.LoadBalancerARN},
		"three":               {edit: zones(a, b, path.Zone{Name: "us-west-2c", Subnet: "subnet-c"}), want: Pass},
		"one":                 {edit: zones(b), want: Fail, seen: "subnets: subnet-b (us-west-2b)", headline: "load balancer is in fewer than two zones", subject: pathtest.LoadBalancerARN},
		"two subnets in one":  {edit: zones(a, path.Zone{Name: pathtest.ZoneA, Subnet: "subnet-c"}), want: Fail},
		"none":                {edit: zones(), want: Fail, seen: "subnets: none"},
		"the service has two": {edit: pathtest.All(zones(a), pathtest.Service(func(e *path.EndpointService) { e.Zones = []string{pathtest.ZoneA, pathtest.ZoneB} })), want: Fail},
		"of a failed create":  {edit: pathtest.All(zones(a), pathtest.FailedCreate), want: Fail},
	}))
}
