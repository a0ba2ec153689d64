package check

import "github.com/xks-remediator/xks-remediator/internal/path"

// targetOnPremisesReachable never passes: whether a packet that leaves the VPC arrives, only
// what answers it can say.
var targetOnPremisesReachable = Check{
	ID:      "target.on-premises-reachable",
	Title:   "Targets outside the VPC have a route over VPN, Direct Connect, a transit gateway or VPC peering",
	Fails:   "the route table of a node's subnet has no such route to a target, or a blackhole",
	Why:     "What the load balancer sends leaves the VPC nowhere, or into a gateway that is gone: requests time out and the targets turn unhealthy. Every request to those targets feels it.",
	Console: "Amazon VPC console, Route tables: choose the route table of the load balancer's subnets, Routes tab, Edit routes, Add route: the targets' address range, and the virtual private gateway, transit gateway or peering connection that leads there, Save changes.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#register-ip-addresses",
	Needs:   acrossSubnets(path.RouteTablesPart, path.PrefixListsPart, path.PeeringsPart),
	Applies: onPath,
	Run:     overRoutes(true, "no target in use is outside the VPCs that can be seen"),
}
