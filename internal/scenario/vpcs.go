package scenario

// vpcs are the faults of network ACLs and routes: none is the product's to mend by itself.
func vpcs() []Scenario {
	const (
		request = "target.network-acl-request"
		reply   = "target.network-acl-reply"
		route   = "target.route"
		outside = "target.on-premises-reachable"
	)
	return []Scenario{
		told(Running, "network-acl-denies-requests", Scenario{
			Title: "A network ACL denies 443 out of the load balancer's subnets, before it allows everything.", Break: NodesACLDeniesRequests(), Canary: true,
		}, waits(request)),
		told(Connecting, "network-acl-denies-requests", Scenario{
			Title: "A key store is connected while a network ACL denies 443 out of the load balancer's subnets.", Break: NodesACLDeniesRequests(),
		}, waits(request, healthy)),
		told(Running, "network-acl-without-requests", Scenario{
			Title: "The network ACL of the proxies' subnets has no rule for 443.", Break: TargetsACLWithoutRequests(), Canary: true,
		}, waits(request)),
		told(Running, "network-acl-denies-replies", Scenario{
			Title: "A network ACL denies the replies into the load balancer's subnets.", Break: NodesACLDeniesReplies(), Canary: true,
		}, waits(reply)),
		told(Running, "network-acl-with-narrow-replies", Scenario{
			Title: "The network ACL of the proxies' subnets lets replies out to 32768-60999 alone.", Break: TargetsACLWithNarrowReplies(),
		}, waits(reply)),
		told(Connecting, "network-acl-with-narrow-replies", Scenario{
			Title: "A key store is connected while replies leave the proxies' subnets to 32768-60999 alone.", Break: TargetsACLWithNarrowReplies(),
		}, waits(reply, healthy)),
		told(Running, "security-group-and-network-acl", Scenario{
			Title: "The proxies' security group loses 443, and their network ACL has no rule for it.", Break: Both(TargetGroupClosed(443), TargetsACLWithoutRequests()), Canary: true,
		}, waits(admits, request)).also("auto", End{Causes: []string{admits, request}, Writes: []string{ingressOp}, State: "needs-person"}),
		told(Running, "route-blackhole", Scenario{
			Title: "The routes to the proxies' subnets lead to an appliance that is gone.", Break: RoutesToTargetsDead, Canary: true,
		}, waits(route)),
		told(Connecting, "route-blackhole", Scenario{
			Title: "A key store is connected while the routes to the proxies' subnets lead to an appliance that is gone.", Break: RoutesToTargetsDead,
		}, waits(route, healthy)),
		told(Running, "on-premises-without-a-route", Scenario{
			Title: "The proxies are on premises, and no route leads there.", Break: ProxiesOnPremises, Moves: true, Canary: true,
		}, waits(outside)),
		told(Running, "peering-without-a-route-back", Scenario{
			Title: "The proxies are in a peered VPC, which has no route back.", Break: ProxiesPeered, Moves: true, Canary: true,
		}, waits(route)),
	}
}
