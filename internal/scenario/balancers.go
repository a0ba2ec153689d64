package scenario

// balancers are the faults of the load balancer and its targets.
func balancers() []Scenario {
	listener, registered := "load-balancer.listener-443", "target-group.registered"
	forwards := "load-balancer.listener-forwards"
	return []Scenario{
		told(Running, "listener-deleted", Scenario{Title: "The listener on 443 was deleted.", Break: ListenerDeleted, Mend: ListenerCreated}, waits(listener)),
		told(Connecting, "listener-deleted", Scenario{Title: "A key store is connected while no listener stands on 443.", Break: ListenerDeleted, Mend: ListenerCreated}, waits(listener)),
		told(Running, "target-group-empty", Scenario{Title: "Every target was deregistered.", Break: TargetGroupEmpty, Mend: TargetsRegistered}, waits(registered, forwards)),
		told(Connecting, "target-group-empty", Scenario{Title: "A key store is connected while no target is registered.", Break: TargetGroupEmpty, Mend: TargetsRegistered}, waits(registered, forwards)),
		told(Running, "proxies-down", Scenario{Title: "The proxies' processes are down: no network change can mend that.", Break: ProxiesDown, Mend: ProxiesStarted}, waits(healthy)),
		told(Connecting, "proxies-down", Scenario{Title: "A key store is connected while the proxies' processes are down.", Break: ProxiesDown, Mend: ProxiesStarted}, waits(healthy)),
	}
}
