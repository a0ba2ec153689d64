package soak

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// An addition is a rule of a security group or an entry of a network ACL that lets through
// what is missing, as a plan would have it.
type addition struct {
	group, acl string // one of them
	egress     bool
	peer       netip.Prefix // the other end
	ports      flow.PortRange
}

// opens reports whether the addition alone lets a packet through that goes past an interface
// with groups (or a network ACL) to or from a peer.
func (a addition) opens(groups []string, acl string, egress bool, peer netip.Addr, port uint16) bool {
	here := a.acl != "" && a.acl == acl || a.group != "" && slices.Contains(groups, a.group)
	return here && a.egress == egress && a.peer.Contains(peer) && a.ports.From <= port && port <= a.ports.To
}

// additions returns what the missing sets of all hops ask for, each once.
func (t *trial) additions() []addition {
	all := map[string]addition{}
	add := func(a addition) { all[fmt.Sprint(a)] = a }
	for _, h := range t.out {
		group := reach.NonNodes(t.snapshot).GroupFor(h.Groups)
		for _, b := range h.missing {
			add(addition{group: string(group), egress: true, peer: b.Dst, ports: b.Ports})
		}
	}
	others := reach.NonTargets(t.snapshot)
	for _, h := range t.in {
		for _, b := range h.missing {
			add(addition{group: string(others.GroupFor(h.Groups)), peer: b.Src, ports: b.Ports})
		}
	}
	for key, c := range t.borders {
		for _, b := range c.missing {
			peer := b.Src
			if key.egress {
				peer = b.Dst
			}
			for addr := peer.Addr(); peer.Contains(addr); addr = addr.Next() {
				add(addition{acl: string(key.acl), egress: key.egress, peer: host(addr), ports: b.Ports})
			}
		}
	}
	var list []addition
	for _, key := range network.IDs(all) {
		list = append(list, all[key])
	}
	return list
}

// apply makes an addition true of the world. An entry is numbered below all that are there.
func (t *trial) apply(a addition) {
	if a.group != "" {
		g := t.SecurityGroups[a.group]
		t.Authorize(g, a.egress, network.Rule{Protocol: "tcp", FromPort: int(a.ports.From), ToPort: int(a.ports.To), CIDR: a.peer})
		t.Settle(g)
		return
	}
	acl := t.ACLs[a.acl]
	number := 1
	for _, e := range acl.Entries {
		if e.Number < 100 {
			number = max(number, e.Number+1)
		}
	}
	acl.Entries = append(acl.Entries, network.ACLEntry{
		Number: number, Egress: a.egress, Protocol: network.TCP, Allow: true, CIDR: a.peer, FromPort: int(a.ports.From), ToPort: int(a.ports.To),
	})
}

// A bystander is a packet at one place of the world, and whether it passes there.
type bystander struct {
	groups []string
	acl    string
	egress bool
	p      network.Packet
	passes func() bool
	before bool
}

// bystanders returns packets that may or may not be near what is missing.
func (t *trial) bystanders() []bystander {
	var all []bystander
	add := func(b bystander) {
		b.before = b.passes()
		all = append(all, b)
	}
	for range 12 {
		l := t.legs[t.dice.IntN(len(t.legs))]
		p := t.packet(l, 40000)
		p.Src = netip.AddrPortFrom(t.beside(p.Src.Addr()), p.Src.Port())
		p.Dst = netip.AddrPortFrom(p.Dst.Addr(), t.besidePort(p.Dst.Port()))
		if l.to != nil && len(l.to.Groups) > 0 {
			add(bystander{groups: l.to.Groups, p: p, passes: func() bool { return t.Enters(l.to, p) == nil }})
			far := t.Subnets[l.to.Subnet]
			add(bystander{acl: far.ACL, p: p, passes: func() bool { return t.EntersSubnet(far, p) == nil }})
		}
		q := t.packet(l, 40000)
		q.Dst = netip.AddrPortFrom(t.beside(q.Dst.Addr()), t.besidePort(q.Dst.Port()))
		if len(t.lb.Groups) > 0 {
			add(bystander{groups: t.lb.Groups, egress: true, p: q, passes: func() bool { return t.Leaves(l.node, q) == nil }})
		}
		near := t.Subnets[l.node.Subnet]
		add(bystander{acl: near.ACL, egress: true, p: q, passes: func() bool { return t.LeavesSubnet(near, q) == nil }})
	}
	return all
}

func (t *trial) beside(a netip.Addr) netip.Addr {
	switch t.dice.IntN(4) {
	case 0:
		return a.Next()
	case 1:
		return a.Prev()
	case 2:
		return netip.MustParseAddr(addresses[t.dice.IntN(len(addresses))])
	}
	return a
}

func (t *trial) besidePort(port uint16) uint16 {
	switch t.dice.IntN(4) {
	case 0:
		return port + 1
	case 1:
		return port - 1
	case 2:
		return uint16(t.dice.IntN(1 << 16))
	}
	return port
}

// mend adds all that is missing but one, which leaves just that one shut; then that one, which
// leaves nothing shut that rules and entries can open; and nothing else has opened.
func (t *trial) mend() {
	if len(t.legs) == 0 {
		return
	}
	additions := t.additions()
	if len(additions) == 0 {
		return
	}
	bystanders := t.bystanders()
	last := t.dice.IntN(len(additions))
	for i, a := range additions {
		if i != last {
			t.apply(a)
		}
	}
	t.stillShut(additions, last)
	t.apply(additions[last])
	after := newTrial(t.scene, t.dice.Uint64())
	if left := after.additions(); len(left) > 0 {
		t.fault("after all that was missing was added, more is: %+v", left)
	}
	after.hops()
	after.whole()
	t.packets, t.faults = t.packets+after.packets, append(t.faults, after.faults...)
	for _, b := range bystanders {
		t.packets++
		peer := b.p.Src.Addr()
		if b.egress {
			peer = b.p.Dst.Addr()
		}
		opened := slices.ContainsFunc(additions, func(a addition) bool { return a.opens(b.groups, b.acl, b.egress, peer, b.p.Dst.Port()) })
		if b.passes() != (b.before || opened) {
			t.fault("%v passed %t before what was missing was added, and passes %t after it", b.p, b.before, b.passes())
		}
	}
}

// stillShut tries that what is not added yet is still missing, unless another addition opens
// it on the side: a target may carry a group to which another target's rule was added.
func (t *trial) stillShut(additions []addition, last int) {
	a := additions[last]
	t.packets++
	if now := newTrial(t.scene, 0).additions(); !t.covered(a, additions) && (len(now) != 1 || now[0] != a) {
		t.fault("with all but %+v added %+v is missing", a, now)
	}
}

// covered reports whether others of additions may open what one of them opens.
func (t *trial) covered(a addition, additions []addition) bool {
	return slices.ContainsFunc(additions, func(b addition) bool {
		overlap := b != a && b.acl == a.acl && b.egress == a.egress && b.peer.Overlaps(a.peer) && b.ports.From <= a.ports.To && a.ports.From <= b.ports.To
		return overlap && (b.group == a.group || slices.ContainsFunc(t.in, func(h passage) bool {
			return slices.Contains(h.Groups, path.SecurityGroupID(a.group)) && slices.Contains(h.Groups, path.SecurityGroupID(b.group))
		}))
	})
}
