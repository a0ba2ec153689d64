package reach

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

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
	v := viewOf(s)
	var hops []Hop
	for _, f := range Forwards(s) {
		a := approach{v.sender(f), make(map[entrance]admission)}
		for _, t := range f.TargetGroup.Targets {
			n, ok := v.interfaces[t.Interface]
			if !ok || !serving(t) || len(n.SecurityGroups) == 0 {
				continue
			}
			hops = append(hops, a.hop(t, n, Traffic, portOf(f.TargetGroup, t)))
			if port, ok := healthCheckPort(f.TargetGroup, t); ok {
				hops = append(hops, a.hop(t, n, HealthChecks, port))
			}
		}
	}
	return hops
}

// An approach is what targets of one target group have in common.
type approach struct {
	sender
	admitted map[entrance]admission
}

// An entrance is all that decides what must and what may come in to a target, but for its address.
type entrance struct {
	groups  string
	zone    string
	purpose Purpose
	port    uint16
	six     bool // the address is of IPv6
}

// An admission is what must and what may come in, as if to one target.
type admission struct {
	required, allowed flow.Set
	unread            []string
}

func (a approach) hop(t path.Target, n *path.NetworkInterface, p Purpose, port uint16) Hop {
	h := Hop{
		Name:         "load balancer to target " + t.ID + ":" + strconv.Itoa(int(portOf(a.TargetGroup, t))),
		Purpose:      p,
		LoadBalancer: a.LoadBalancer.ARN,
		TargetGroup:  a.TargetGroup.ARN,
		Interface:    n.ID,
		Groups:       slices.Clone(n.SecurityGroups),
	}
	dst, ok := addrOf(t, n)
	if !ok {
		h.EndsUnseen = []string{"target " + t.ID}
		return h
	}
	h.EndsUnseen = slices.Clone(a.to(zoneOf(t, n)).unseen)
	in := a.admission(n.SecurityGroups, zoneOf(t, n), p, port, dst)
	h.Required, h.Allowed, h.RulesUnread = in.required.To(flow.Host(dst)), in.allowed.To(flow.Host(dst)), slices.Clone(in.unread)
	return h
}

// admission returns what groups must and do let in on port from the nodes that send to zone. It
// is worked out once, and holds for every target that is like this one.
func (a approach) admission(groups []path.SecurityGroupID, zone string, p Purpose, port uint16, dst netip.Addr) admission {
	key := entrance{joined(groups), zone, p, port, plain(dst).Is6()}
	in, known := a.admitted[key]
	if !known {
		from := a.to(zone).addrs
		in.required = flow.Of(toTarget(from, dst, []uint16{port})...)
		var open []opening
		open, in.unread = a.openings(groups, ingress, a.referenced(from, p), needOf(from, port))
		in.allowed = flow.Of(inbound(open, dst)...)
		a.admitted[key] = in
	}
	return in
}

// joined is what groups are, in their order, as the key of a map.
func joined(groups []path.SecurityGroupID) string {
	if len(groups) == 1 {
		return string(groups[0])
	}
	var all strings.Builder
	for _, id := range groups {
		all.WriteString(string(id))
		all.WriteByte(' ')
	}
	return all.String()
}

// referenced returns which of the addresses from a target group's reference admits for
// purpose p: those of interfaces that carry the group, but of a load balancer's nodes for
// traffic only where the load balancer enforces its groups on PrivateLink traffic.
func (v *view) referenced(from []netip.Addr, p Purpose) peers {
	return func(of *path.SecurityGroup, r path.Rule) ([]netip.Prefix, string) {
		var hosts []netip.Prefix
		for _, a := range from {
			if slices.ContainsFunc(v.holders(a), func(n *path.NetworkInterface) bool {
				lb, isNode := v.nodeOf[n.ID]
				return slices.Contains(n.SecurityGroups, r.Group) && meant(of, r, n) && (!isNode || p == HealthChecks || Enforces(*lb))
			}) {
				hosts = append(hosts, flow.Host(a))
			}
		}
		return hosts, ""
	}
}

// Enforces reports whether lb applies its security groups' inbound rules to traffic that
// comes over PrivateLink. On is AWS's default; without groups there is nothing to apply.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func Enforces(lb path.LoadBalancer) bool {
	return len(lb.SecurityGroups) > 0 && !fold(lb.Enforcement, "off")
}

// serving reports whether a target needs to be reached at all: one that is leaving does
// not, nor does one that the load balancer never uses.
func serving(t path.Target) bool { return !fold(t.State, "draining") && !fold(t.State, "unused") }

// zoneOf returns the zone in which the load balancer counts the target. AWS leaves it
// out for an address within the VPC. The interface is nil where there is none.
func zoneOf(t path.Target, n *path.NetworkInterface) string {
	if t.Zone != "" || n == nil {
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
	if tg.HealthCheck.Port == "traffic-port" {
		return portOf(tg, t), true
	}
	if p, err := strconv.ParseUint(tg.HealthCheck.Port, 10, 16); err == nil {
		return uint16(p), true
	}
	return portOf(tg, t), true
}

func addrOf(t path.Target, n *path.NetworkInterface) (netip.Addr, bool) {
	if t.Addr.IsValid() {
		return t.Addr, true
	}
	if n != nil && len(n.Addrs) > 0 && n.Addrs[0].IsValid() {
		return n.Addrs[0], true
	}
	return netip.Addr{}, false
}
