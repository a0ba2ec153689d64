package network

import (
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// Reason codes of a target's health.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
const (
	initialChecking = "Elb.InitialHealthChecking"
	failedChecks    = "Target.FailedHealthChecks"
	timedOut        = "Target.Timeout"
	mismatch        = "Target.ResponseCodeMismatch"
	deregistering   = "Target.DeregistrationInProgress"
	notInUse        = "Target.NotInUse"
	invalidState    = "Target.InvalidState"
)

// Register registers a target and begins to check its health; a target that is registered
// already, with the same ID and port, is returned as it is.
func (w *World) Register(tg *TargetGroup, id string, port int, zone string) *Target {
	for _, t := range tg.Targets {
		if t.ID == id && t.Port == port && t.State != "draining" {
			return t
		}
	}
	w.drop(tg, id, port)
	t := &Target{ID: id, Port: port, Zone: zone, State: "initial", Reason: initialChecking}
	tg.Targets = append(tg.Targets, t)
	w.checkLater(tg, t)
	return t
}

// Deregister drains a target, and takes it away after the group's deregistration delay.
func (w *World) Deregister(tg *TargetGroup, t *Target) {
	t.State, t.Reason = "draining", deregistering
	delay := w.Timing.Deregister
	if s, err := strconv.Atoi(tg.Attributes["deregistration_delay.timeout_seconds"]); err == nil {
		delay = time.Duration(s) * time.Second
	}
	w.Clock.After(delay, "end of draining "+t.ID, func() {
		tg.Targets = slices.DeleteFunc(tg.Targets, func(o *Target) bool { return o == t })
	})
}

func (w *World) drop(tg *TargetGroup, id string, port int) {
	tg.Targets = slices.DeleteFunc(tg.Targets, func(t *Target) bool { return t.ID == id && t.Port == port })
}

// SettleHealth makes the present truth of each target of a group its health at once, as if
// the checks had run for a long time.
func (w *World) SettleHealth(tg *TargetGroup) {
	for _, t := range tg.Targets {
		if t.State == "draining" {
			continue
		}
		t.passes, t.fails, t.State, t.Reason = 0, 0, "healthy", ""
		if reason := w.probe(tg, t, everyTurn); reason != "" {
			t.State, t.Reason = "unhealthy", reason
		}
	}
}

// Health returns a target's state, and why it is not healthy.
func (w *World) Health(tg *TargetGroup, t *Target) (state, reason string) {
	if t.State != "draining" {
		if why := w.unused(tg, t); why != "" {
			return "unused", why
		}
		if tg.Check.Disabled {
			return "unavailable", "Target.HealthCheckDisabled"
		}
	}
	return t.State, t.Reason
}

// unused returns why a target gets neither traffic nor health checks; empty where it does.
func (w *World) unused(tg *TargetGroup, t *Target) string {
	if i := w.Instances[t.ID]; i != nil && i.State != "running" {
		return invalidState
	}
	zone := w.ZoneOf(tg, t)
	for _, lb := range w.BalancersOf(tg) {
		in := slices.ContainsFunc(lb.Zones, func(z BalancerZone) bool { return z.Name == zone })
		if in || zone == "all" || SpansZones(lb, tg) && len(lb.Zones) > 0 {
			return ""
		}
	}
	return notInUse
}

// checkLater schedules a target's next health check, for as long as it is registered.
func (w *World) checkLater(tg *TargetGroup, t *Target) {
	w.Clock.After(tg.Check.Interval, "health check of "+t.ID, func() {
		if !slices.Contains(tg.Targets, t) || t.State == "draining" {
			return
		}
		if w.unused(tg, t) == "" && !tg.Check.Disabled {
			w.check(tg, t)
		}
		w.checkLater(tg, t)
	})
}

// check makes one health check and counts it. A new target serves after its first pass.
func (w *World) check(tg *TargetGroup, t *Target) {
	reason := w.probe(tg, t, t.passes+t.fails)
	if reason == "" {
		t.passes, t.fails = t.passes+1, 0
		if t.State == "initial" || t.passes >= tg.Check.Healthy {
			t.State, t.Reason = "healthy", ""
		}
		return
	}
	t.passes, t.fails = 0, t.fails+1
	if t.fails >= tg.Check.Unhealthy {
		t.State, t.Reason = "unhealthy", reason
	}
}

// everyTurn is no turn: the ports of all turns are tried.
const everyTurn = -1

// probe asks every node that may send to a target to check it, and returns the reason code
// of the first that fails. Health checks obey a load balancer's outbound rules, not its
// inbound ones, and come from its nodes' addresses. They take the ports of the ephemeral range
// by turns, so that a reply which only some of them get fails some of the checks.
func (w *World) probe(tg *TargetGroup, t *Target, turn int) (reason string) {
	for _, lb := range w.BalancersOf(tg) {
		for _, z := range lb.Zones {
			at := w.ZoneOf(tg, t)
			if at != z.Name && at != "all" && !SpansZones(lb, tg) {
				continue
			}
			if reason := w.probeFrom(w.Interfaces[z.Node], tg, t, turn); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// probeFrom checks a target from every address of a node.
func (w *World) probeFrom(node *Interface, tg *TargetGroup, t *Target, turn int) string {
	addrs := w.TargetAddrs(t)
	if node == nil || len(addrs) == 0 {
		return failedChecks
	}
	for _, to := range addrs {
		ports := w.EphemeralPorts(w.Subnets[node.Subnet], to)
		if turn != everyTurn {
			ports = []uint16{ports[turn%len(ports)]}
		}
		for _, from := range node.Addrs {
			for _, port := range ports {
				p := Packet{Protocol: TCP, Src: netip.AddrPortFrom(from, port), Dst: netip.AddrPortFrom(to, uint16(CheckPort(tg, t)))}
				if reason := w.checkWith(node, tg, p); reason != "" {
					return reason
				}
			}
		}
	}
	return ""
}

// checkWith makes a health check with one packet.
func (w *World) checkWith(node *Interface, tg *TargetGroup, p Packet) string {
	proxy := w.Proxies[p.Dst.Addr()]
	http := tg.Check.Protocol == "HTTP" || tg.Check.Protocol == "HTTPS"
	switch err := w.Send(node, p); {
	case err != nil && http:
		return timedOut
	case err != nil, !proxy.Listens(int(p.Dst.Port())), http && tg.ProxyProtocolV2:
		return failedChecks
	case http && proxy.HealthSaysNo:
		return mismatch
	}
	return ""
}

// CheckPort returns the port on which a target's health is checked.
func CheckPort(tg *TargetGroup, t *Target) int {
	if port, err := strconv.Atoi(tg.Check.Port); err == nil {
		return port
	}
	return t.Port
}

// HealthDescription returns AWS's words for a reason code.
func HealthDescription(reason string) string {
	switch reason {
	case initialChecking:
		return "Initial health checks in progress"
	case failedChecks:
		return "Health checks failed"
	case timedOut:
		return "Request timed out"
	case mismatch:
		return "Health checks failed with these codes: [503]"
	case deregistering:
		return "Target deregistration is in progress"
	case notInUse:
		return "Target group is not configured to receive traffic from the load balancer"
	case invalidState:
		return "Target is in the stopped state"
	}
	return ""
}

// FindTarget returns the registered target with an ID and port (any port where zero), or nil.
func (tg *TargetGroup) FindTarget(id string, port int) *Target {
	for _, t := range tg.Targets {
		if t.ID == id && (port == 0 || t.Port == port) {
			return t
		}
	}
	return nil
}
