package soak

import (
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/flow"
)

// A leg is one way from a node's address to a target for one purpose, as the load balancer
// goes it.
type leg struct {
	node     *network.Interface
	src, dst netip.Addr
	target   *network.Target
	to       *network.Interface // nil: nobody of the snapshot has dst
	port     uint16
	health   bool
}

// legs returns every way that the load balancer of a scene goes: from the nodes of a target's
// zone, or of all zones, to each target in use. At says who has an address.
func (s *scene) legs(at func(netip.Addr) *network.Interface) []leg {
	var all []leg
	for _, target := range s.tg.Targets {
		if state, _ := s.Health(s.tg, target); state == "draining" || state == "unused" {
			continue
		}
		zone := s.ZoneOf(s.tg, target)
		for _, z := range s.lb.Zones {
			if zone != "all" && zone != z.Name && !network.SpansZones(s.lb, s.tg) {
				continue
			}
			node := s.Interfaces[z.Node]
			for _, src := range node.Addrs {
				for _, dst := range s.TargetAddrs(target) {
					one := leg{node: node, src: src, dst: dst, target: target, to: at(dst), port: uint16(target.Port)}
					all = append(all, one)
					if !s.tg.Check.Disabled {
						one.port, one.health = uint16(network.CheckPort(s.tg, target)), true
						all = append(all, one)
					}
				}
			}
		}
	}
	return all
}

// packet returns the leg's request from an ephemeral port. Traffic is unnamed where the load
// balancer does not enforce its groups on it.
func (s *scene) packet(l leg, from uint16) network.Packet {
	return network.Packet{
		Protocol: network.TCP, Src: netip.AddrPortFrom(l.src, from), Dst: netip.AddrPortFrom(l.dst, l.port),
		Unnamed: !l.health && s.lb.Enforce != "on",
	}
}

// request and reply are the leg's flows. A reply goes to any ephemeral port.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports
func (l leg) request() flow.Box {
	return flow.Box{Protocol: flow.TCP, Src: host(l.src), Dst: host(l.dst), Ports: flow.PortRange{From: l.port, To: l.port}}
}

func (l leg) reply() flow.Box {
	return flow.Box{Protocol: flow.TCP, Src: host(l.dst), Dst: host(l.src), Ports: flow.PortRange{From: 1024, To: 65535}}
}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// has reports whether a set holds a packet, one box at a time: the algebra of sets is what is
// on trial.
func has(boxes []flow.Box, p network.Packet) bool {
	return slices.ContainsFunc(boxes, func(b flow.Box) bool {
		port := p.Dst.Port()
		return int(b.Protocol) == p.Protocol && b.Src.Contains(p.Src.Addr()) && b.Dst.Contains(p.Dst.Addr()) && b.Ports.From <= port && port <= b.Ports.To
	})
}
