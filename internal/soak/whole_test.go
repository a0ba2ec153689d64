package soak

import (
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// A verdict is what all hops together say of a packet.
type verdict int

const (
	open verdict = iota
	missing
	unclear
)

// whole holds what all hops together say against packets that are sent, of the load balancer
// and of KMS.
func (t *trial) whole() {
	everyway, noway := true, true
	for _, l := range t.legs {
		near := t.Subnets[l.node.Subnet]
		passes := true
		for _, port := range append(t.EphemeralPorts(near, l.dst), uint16(1024+t.dice.IntN(1<<16-1024))) {
			p := t.packet(l, port)
			said, dropped := t.says(l, p), t.Send(l.node, p)
			t.said[said]++
			switch {
			case said == unclear:
				everyway, noway = everyway && l.health, noway && l.health
				passes = false
			case said == missing:
				t.agree("the whole way", true, p, dropped)
				passes = false
			default:
				t.agree("the whole way", false, p, dropped)
			}
		}
		if !l.health {
			everyway, noway = everyway && passes, noway && !passes
		}
	}
	t.ask(everyway, noway)
}

// ask has KMS send packets: they get through where every way is open, and do not where none is.
func (t *trial) ask(everyway, noway bool) {
	through := true
	if reach.Enforces(t.snapshot.LoadBalancers[0]) {
		for _, z := range t.lb.Zones {
			node := t.Interfaces[z.Node]
			admitted, _ := reach.IngressFromAnywhere(t.snapshot, t.snapshot.LoadBalancers[0].SecurityGroups, node.Primary())
			p := network.Packet{Protocol: network.TCP, Src: netip.AddrPortFrom(t.KMSAddress, 49152), Dst: netip.AddrPortFrom(node.Primary(), 443)}
			through = through && has(admitted.Boxes(), p)
			t.agree("into the load balancer", !has(admitted.Boxes(), p), p, t.Enters(node, p))
		}
	}
	if len(t.legs) == 0 {
		return
	}
	t.packets++
	switch ok, why := t.Reaches(t.store.ID); {
	case everyway && through && !ok:
		t.fault("every hop is open, but KMS does not connect: %s", why)
	case (noway || !through) && ok:
		t.fault("no way is open, but KMS connects")
	}
}

// says puts together what the hops of a leg say of its request and of the reply.
func (t *trial) says(l leg, p network.Packet) verdict {
	near := t.Subnets[l.node.Subnet]
	back := p.Reply()
	gone, hidden := false, l.to == nil
	if len(t.lb.Groups) > 0 {
		gone = gone || has(t.out[0].missing, p)
	}
	vpc, inOne := "", l.to != nil && l.to.Subnet == near.ID
	if l.to != nil {
		vpc = l.to.VPC
		if h, ok := t.entranceOf(l); ok {
			gone = gone || has(h.missing, p)
		}
	}
	if !inOne {
		gone = gone || has(t.borders[border{path.NetworkACLID(near.ACL), true, false}].missing, p) ||
			has(t.borders[border{path.NetworkACLID(near.ACL), false, true}].missing, back)
	}
	if l.to != nil && !inOne {
		far := t.Subnets[l.to.Subnet]
		gone = gone || has(t.borders[border{path.NetworkACLID(far.ACL), false, false}].missing, p) ||
			has(t.borders[border{path.NetworkACLID(far.ACL), true, true}].missing, back)
	}
	gone = gone || has(t.roads[road{path.RouteTableID(t.RouteTableOf(near).ID), false, l.to == nil}].missing, p)
	unseen, _ := t.fate(near, l.dst, vpc)
	hidden = hidden || unseen != ""
	if l.to != nil {
		far := t.Subnets[l.to.Subnet]
		gone = gone || has(t.roads[road{path.RouteTableID(t.RouteTableOf(far).ID), true, false}].missing, back)
		unseen, _ = t.fate(far, l.src, l.node.VPC)
		hidden = hidden || unseen != ""
	}
	switch {
	case hidden:
		return unclear
	case gone:
		return missing
	}
	return open
}
