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
	var hops []Hop
	for _, lb := range s.LoadBalancers {
		if len(lb.SecurityGroups) == 0 {
			continue
		}
		if h, ok := egressHop(s, lb); ok {
			hops = append(hops, h)
		}
	}
	return hops
}

func egressHop(s path.Snapshot, lb path.LoadBalancer) (Hop, bool) {
	h := Hop{
		Name:         "load balancer " + lb.Name + " to its targets",
		Purpose:      Both,
		LoadBalancer: lb.ARN,
		Groups:       slices.Clone(lb.SecurityGroups),
	}
	sends := false
	var required []flow.Box
	unseen := make(map[string]bool)
	for _, f := range Forwards(s) {
		if f.LoadBalancer.ARN != lb.ARN {
			continue
		}
		for _, t := range f.TargetGroup.Targets {
			n, _ := Interface(s, t.Interface)
			dst, ok := addrOf(t, n)
			if !ok || !serving(t) {
				continue
			}
			sends = true
			sources, missing := sourcesOf(s, f, zoneOf(t, n))
			required = append(required, toTarget(f.TargetGroup, t, sources, dst)...)
			for _, m := range missing {
				unseen[m] = true
			}
		}
	}
	if !sends {
		return Hop{}, false
	}
	h.Required = flow.Of(required...)
	h.EndsUnseen = slices.Sorted(maps.Keys(unseen))
	h.Allowed, h.RulesUnread = letOut(s, lb)
	return h, true
}

// toTarget returns the flows from sources to t on the ports that traffic and health
// checks use.
func toTarget(tg path.TargetGroup, t path.Target, sources []netip.Addr, dst netip.Addr) []flow.Box {
	ports := []uint16{portOf(tg, t)}
	if p, ok := healthCheckPort(tg, t); ok {
		ports = append(ports, p)
	}
	var boxes []flow.Box
	for _, src := range sources {
		for _, p := range ports {
			boxes = append(boxes, flow.Box{Protocol: flow.TCP, Src: flow.Host(src), Dst: flow.Host(dst), Ports: flow.Port(p)})
		}
	}
	return boxes
}

// letOut returns the flows that lb's groups let out from its nodes.
func letOut(s path.Snapshot, lb path.LoadBalancer) (flow.Set, []string) {
	var nodes []netip.Prefix
	for _, id := range lb.Nodes {
		if n, ok := Interface(s, id); ok {
			nodes = append(nodes, hostsOf(n)...)
		}
	}
	members := func(id path.SecurityGroupID) []netip.Prefix {
		return carriers(s, id, func(path.NetworkInterface) bool { return true })
	}
	return allowed(s, lb.SecurityGroups, egress, members, func(dst netip.Prefix, ports flow.PortRange) []flow.Box {
		boxes := make([]flow.Box, len(nodes))
		for i, src := range nodes {
			boxes[i] = flow.Box{Protocol: flow.TCP, Src: src, Dst: dst, Ports: ports}
		}
		return boxes
	})
}
