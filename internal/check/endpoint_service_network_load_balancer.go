package check

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// endpointServiceNetworkLoadBalancer judges another account's service by its type alone:
// only network load balancers can be behind one of type Interface.
var endpointServiceNetworkLoadBalancer = Check{
	ID:      "endpoint-service.network-load-balancer",
	Title:   "The VPC endpoint service is of type Interface, in front of a Network Load Balancer",
	Fails:   "it is of another type, or no Network Load Balancer is behind it; gateway load balancers do not serve",
	Why:     "KMS connects through an interface endpoint, and only a Network Load Balancer serves those: no key store can be created on another kind of service, and no request gets through.",
	Console: "Amazon VPC console, Endpoint services, Create endpoint service: Load balancer type Network, and choose the load balancer of the proxy. Of an Interface service that lost its load balancer: Actions, Associate or disassociate load balancers.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.ServicePart},
	Applies: onPath,
	Run: ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		const expected = "type Interface, with a Network Load Balancer"
		const headline = "endpoint service has no Network Load Balancer"
		isInterface := slices.ContainsFunc(e.Types, func(t string) bool { return fold(t, "Interface") })
		seen := fmt.Sprintf("type %s, %s", orNone(e.Types), plural(len(e.LoadBalancers), "Network Load Balancer"))
		if n := len(e.GatewayLoadBalancers); n > 0 {
			seen += ", " + plural(n, "Gateway Load Balancer")
		}
		switch {
		case !isInterface:
			return fail(serviceARN(s), expected, seen, "endpoint service is not of type Interface")
		case !e.InFull():
			return unreadIn(s, serviceARN(s), notVisible(s, e, path.ServicePart, "ec2:DescribeVpcEndpointServiceConfigurations"))
		case len(e.LoadBalancers) == 0:
			return fail(serviceARN(s), expected, seen, headline)
		}
		return pass(serviceARN(s), expected, seen)
	}),
}
