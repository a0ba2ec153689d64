package reach

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// LoadBalancerEgress returns, for every load balancer that has security groups and sends
// to a target, a hop: what the groups must let out from its nodes to the targets' traffic
// and health-check ports. Health checks obey outbound rules as traffic does.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func LoadBalancerEgress(s path.Snapshot) []Hop {
	v := viewOf(s)
	ways := Forwards(s)
	var hops []Hop
	for _, lb := range s.LoadBalancers {
		if len(lb.SecurityGroups) == 0 {
			continue
		}
		if h, ok := v.egressHop(lb, ways); ok {
			hops = append(hops, h)
		}
	}
	return hops
}

func (v *view) egressHop(lb path.LoadBalancer, ways []Forward) (Hop, bool) {
	h := Hop{
		Name:         "load balancer " + lb.Name + " to its targets",
		Purpose:      Both,
		LoadBalancer: lb.ARN,
		Groups:       slices.Clone(lb.SecurityGroups),
	}
	var required []flow.Box
	var dsts []netip.Addr
	var ports []uint16
	unseen := make(map[string]bool)
	for _, f := range ways {
		if f.LoadBalancer.ARN != lb.ARN {
			continue
		}
		s := v.sender(f)
		for _, t := range f.TargetGroup.Targets {
			n := v.interfaces[t.Interface]
			dst, ok := addrOf(t, n)
			if !ok || !serving(t) {
				continue
			}
			from, on := s.to(zoneOf(t, n)), portsOf(f.TargetGroup, t)
			dsts, ports = append(dsts, plain(dst)), append(ports, on...)
			required = append(required, toTarget(from.addrs, dst, on)...)
			for _, m := range from.unseen {
				unseen[m] = true
			}
		}
	}
	if len(dsts) == 0 {
		return Hop{}, false
	}
	h.Required = flow.Of(required...)
	h.EndsUnseen = slices.Sorted(maps.Keys(unseen))
	h.Allowed, h.RulesUnread = v.letOut(lb, needOf(dsts, ports...))
	return h, true
}

// portsOf returns the ports that traffic and health checks of t go to.
func portsOf(tg path.TargetGroup, t path.Target) []uint16 {
	traffic := portOf(tg, t)
	if p, ok := healthCheckPort(tg, t); ok && p != traffic {
		return []uint16{traffic, p}
	}
	return []uint16{traffic}
}

// toTarget returns the flows from sources to a target.
func toTarget(sources []netip.Addr, dst netip.Addr, ports []uint16) []flow.Box {
	boxes := make([]flow.Box, 0, len(sources)*len(ports))
	for _, src := range sources {
		for _, p := range ports {
			boxes = append(boxes, flow.Box{Protocol: flow.TCP, Src: flow.Host(src), Dst: flow.Host(dst), Ports: flow.Port(p)})
		}
	}
	return boxes
}

// letOut returns the flows of n that lb's groups let out from its nodes.
func (v *view) letOut(lb path.LoadBalancer, n need) (flow.Set, []string) {
	open, unread := v.openings(lb.SecurityGroups, egress, v.membersAmong(n.ends), n)
	var boxes []flow.Box
	for _, id := range lb.Nodes {
		node, ok := v.interfaces[id]
		if !ok {
			continue
		}
		for _, a := range node.Addrs {
			for _, o := range open {
				boxes = append(boxes, flow.Box{Protocol: flow.TCP, Src: flow.Host(a), Dst: o.end, Ports: o.ports})
			}
		}
	}
	return flow.Of(boxes...), unread
}
