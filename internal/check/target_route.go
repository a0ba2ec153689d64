package check

import "github.com/xks-remediator/xks-remediator/internal/path"

var targetRoute = Check{
	ID:      "target.route",
	Title:   "The route tables lead from the load balancer's nodes to the targets and back",
	Fails:   "the route table of a node's subnet has no route to a target, or a blackhole; or that of a target's subnet none back",
	Why:     "What the load balancer sends, or what the proxy answers, has nowhere to go: requests time out and the targets turn unhealthy. Every request to those targets feels it.",
	Console: "Amazon VPC console, Route tables: choose the route table, Routes tab, Edit routes: remove the blackhole or give it a target that exists, or add the route that is missing, Save changes.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
	Needs:   acrossSubnets(path.RouteTablesPart, path.PrefixListsPart, path.PeeringsPart),
	Applies: onPath,
	Run:     overRoutes(false, "no target in use is in a VPC that can be seen"),
}
