package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// LoadBalancerToTargets returns, for every target behind a listener on 443 whose network
// interface is in the snapshot, a hop for the traffic and one for the health checks: what
// the security groups of the interface must admit from the load balancer's nodes. A target
// outside the VPC has no such hop, nor has an interface without groups, which filters
// nothing.
//
// The source is always a node's private address: traffic over PrivateLink keeps no
// client address, whatever the target group's client IP preservation says. With
// enforcement off, or a load balancer without groups, only a rule that names addresses
// admits the traffic; health checks may also be admitted by a reference to the load
// balancer's group.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#target-security-groups
func LoadBalancerToTargets(s path.Snapshot) []Hop {
	var hops []Hop
	for _, f := range Forwards(s) {
		for _, t := range f.TargetGroup.Targets {
			n, ok := Interface(s, t.Interface)
			if !ok || !serving(t) || len(n.SecurityGroups) == 0 {
				continue
			}
			hops = append(hops, targetHop(s, f, t, n, Traffic, portOf(f.TargetGroup, t)))
			if port, ok := healthCheckPort(f.TargetGroup, t); ok {
				hops = append(hops, targetHop(s, f, t, n, HealthChecks, port))
			}
		}
	}
	return hops
}

func targetHop(s path.Snapshot, f Forward, t path.Target, n path.NetworkInterface, p Purpose, port uint16) Hop {
	h := Hop{
		Name:         fmt.Sprintf("load balancer to target %s:%d", t.ID, portOf(f.TargetGroup, t)),
		Purpose:      p,
		LoadBalancer: f.LoadBalancer.ARN,
		TargetGroup:  f.TargetGroup.ARN,
		Interface:    n.ID,
		Groups:       slices.Clone(n.SecurityGroups),
	}
	dst, ok := addrOf(t, n)
	if !ok {
		h.EndsUnseen = []string{"target " + t.ID}
		return h
	}
	sources, unseen := sourcesOf(s, f, zoneOf(t, n))
	h.EndsUnseen = unseen
	var required []flow.Box
	for _, src := range sources {
		required = append(required, flow.Box{Protocol: flow.TCP, Src: flow.Host(src), Dst: flow.Host(dst), Ports: flow.Port(port)})
	}
	h.Required = flow.Of(required...)
	h.Allowed, h.RulesUnread = allowed(s, n.SecurityGroups, ingress, referencedBy(s, p),
		func(src netip.Prefix, ports flow.PortRange) []flow.Box {
			return []flow.Box{{Protocol: flow.TCP, Src: src, Dst: flow.Host(dst), Ports: ports}}
		})
	return h
}

// referencedBy returns the addresses that a target group's reference admits for purpose
// p: those of all interfaces that carry the group, but of a load balancer's nodes for
// traffic only where the load balancer enforces its groups on PrivateLink traffic.
func referencedBy(s path.Snapshot, p Purpose) peers {
	return func(id path.SecurityGroupID) []netip.Prefix {
		return carriers(s, id, func(n path.NetworkInterface) bool {
			lb, isNode := loadBalancerOf(s, n.ID)
			return !isNode || p == HealthChecks || Enforces(lb)
		})
	}
}

// Enforces reports whether lb applies its security groups' inbound rules to traffic that
// comes over PrivateLink. On is AWS's default; without groups there is nothing to apply.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func Enforces(lb path.LoadBalancer) bool {
	return len(lb.SecurityGroups) > 0 && !fold(lb.Enforcement, "off")
}

func loadBalancerOf(s path.Snapshot, node path.InterfaceID) (path.LoadBalancer, bool) {
	for _, lb := range s.LoadBalancers {
		if slices.Contains(lb.Nodes, node) {
			return lb, true
		}
	}
	return path.LoadBalancer{}, false
}

// serving reports whether a target needs to be reached at all: one that is leaving does
// not, nor does one that the load balancer never uses.
func serving(t path.Target) bool { return !fold(t.State, "draining") && !fold(t.State, "unused") }

// zoneOf returns the zone in which the load balancer counts the target. AWS leaves it
// out for an address within the VPC.
func zoneOf(t path.Target, n path.NetworkInterface) string {
	if t.Zone != "" {
		return t.Zone
	}
	return n.Zone
}

func portOf(tg path.TargetGroup, t path.Target) uint16 {
	if t.Port != 0 {
		return uint16(t.Port)
	}
	return uint16(tg.Port)
}

// healthCheckPort returns the port that health checks of t go to, and false where there
// are none. "traffic-port" is the port on which the target takes its traffic.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func healthCheckPort(tg path.TargetGroup, t path.Target) (uint16, bool) {
	if !tg.HealthCheck.Enabled {
		return 0, false
	}
	if p, err := strconv.ParseUint(tg.HealthCheck.Port, 10, 16); err == nil {
		return uint16(p), true
	}
	return portOf(tg, t), true
}

func addrOf(t path.Target, n path.NetworkInterface) (netip.Addr, bool) {
	if t.Addr.IsValid() {
		return t.Addr, true
	}
	if len(n.Addrs) > 0 {
		return n.Addrs[0], true
	}
	return netip.Addr{}, false
}
