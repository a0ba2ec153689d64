package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceNetworkLoadBalancer(t *testing.T) {
	types := func(names ...string) pathtest.Edit {
		return pathtest.Service(func(e *path.EndpointService) { e.Types = names })
	}
	noLoadBalancer := pathtest.Service(func(e *path.EndpointService) { e.LoadBalancers = nil })
	gateway := pathtest.Service(func(e *path.EndpointService) {
		e.Types, e.LoadBalancers = []string{"GatewayLoadBalancer"}, nil
		e.GatewayLoadBalancers = []path.ARN{"arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/gwy/g/1"}
	})
	judges(t, endpointServiceNetworkLoadBalancer, onPathRows(map[string]row{
		"type Interface with one":              {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN},
		"interface in lower case":              {edit: types("interface"), want: Pass},
		"a gateway load balancer":              {edit: gateway, want: Fail, seen: "1 Gateway Load Balancer", headline: "not of type Interface"},
		"type Gateway":                         {edit: types("Gateway"), want: Fail, headline: "not of type Interface"},
		"no type":                              {edit: types(), want: Fail},
		"no load balancer":                     {edit: noLoadBalancer, want: Fail, seen: "0 Network Load Balancers", headline: "no Network Load Balancer"},
		"another account's":                    {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees this"},
		"another account's, read in full":      {edit: pathtest.Through, want: Pass},
		"another account's, of another type":   {edit: pathtest.All(types("Gateway"), pathtest.CrossAccount), want: Fail},
		"there is no service":                  {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create, no load balancer": {edit: pathtest.All(noLoadBalancer, pathtest.FailedCreate), want: Fail},
	}))
}

func TestEndpointServiceSaysWhichLoadBalancersItHas(t *testing.T) {
	t.Parallel()
	f := Run([]Check{endpointServiceNetworkLoadBalancer}, pathtest.Healthy())[0]
	if want := "type Interface, 1 Network Load Balancer"; f.Evidence.Seen != want {
		t.Errorf("seen %q, want %q", f.Evidence.Seen, want)
	}
}
