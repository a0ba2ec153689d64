package network

import (
	"fmt"
	"net/netip"
	"slices"
)

// Leaves holds a packet against the sender's outbound rules, and returns why they drop it;
// nil where they let it out. An interface without groups filters nothing.
func (w *World) Leaves(from *Interface, p Packet) error {
	if len(from.Groups) == 0 || w.admitted(from, true, p, p.Dst.Addr(), false) {
		return nil
	}
	return fmt.Errorf("security groups %v of %s let no %s out", from.Groups, from.ID, p)
}

// Enters holds a packet against the receiver's inbound rules, as Leaves does for the sender.
func (w *World) Enters(to *Interface, p Packet) error {
	if len(to.Groups) == 0 || w.admitted(to, false, p, p.Src.Addr(), p.Unnamed) {
		return nil
	}
	return fmt.Errorf("security groups %v of %s let no %s in", to.Groups, to.ID, p)
}

// admitted reports whether any rule of any group of an interface admits a packet whose other
// end is at peer.
func (w *World) admitted(i *Interface, egress bool, p Packet, peer netip.Addr, unnamed bool) bool {
	now := w.Clock.Now()
	for _, id := range i.Groups {
		g := w.SecurityGroups[id]
		if g == nil {
			continue
		}
		for _, r := range g.rules {
			if r.Egress == egress && r.at(now, w.Timing.Rules) && r.covers(p) && w.names(r.Rule, i.VPC, peer, unnamed) {
				return true
			}
		}
	}
	return false
}

// covers reports whether a rule's protocol and ports cover a packet.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func (r Rule) covers(p Packet) bool {
	proto, err := ProtocolNumber(r.Protocol)
	switch {
	case err != nil:
		return false
	case proto == -1:
		return true
	case proto != p.Protocol:
		return false
	case proto != TCP && proto != UDP:
		return true
	}
	port := int(p.Dst.Port())
	return r.FromPort <= port && port <= r.ToPort
}

// names reports whether a rule's source or destination names an address.
func (w *World) names(r Rule, vpc string, peer netip.Addr, unnamed bool) bool {
	switch {
	case r.Group != "":
		return !unnamed && w.carries(r.Group, vpc, peer)
	case r.PrefixList != "":
		return w.listed(r.PrefixList, peer)
	}
	return r.CIDR.IsValid() && r.CIDR.Contains(peer)
}

// carries reports whether the interface at an address carries a group, in the group's own
// VPC: the rule's, or one that is peered with it now.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (w *World) carries(group, vpc string, addr netip.Addr) bool {
	g := w.SecurityGroups[group]
	if g == nil || g.VPC != vpc && !w.peered(vpc, g.VPC) {
		return false
	}
	i := w.InterfaceAt(g.VPC, addr)
	return i != nil && slices.Contains(i.Groups, group)
}

// listed reports whether a prefix list holds an address.
func (w *World) listed(id string, addr netip.Addr) bool {
	pl := w.PrefixLists[id]
	return pl != nil && slices.ContainsFunc(pl.Entries, func(e PrefixListEntry) bool { return e.CIDR.Contains(addr) })
}

// crosses holds a packet against the network ACLs between two subnets. Traffic inside one
// subnet meets none.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func (w *World) crosses(near, far *Subnet, p Packet) error {
	if near.ID == far.ID {
		return nil
	}
	if err := w.LeavesSubnet(near, p); err != nil {
		return err
	}
	return w.EntersSubnet(far, p)
}

// LeavesSubnet holds a packet that leaves a subnet against its network ACL, and returns why
// that drops it; nil where it lets it out.
func (w *World) LeavesSubnet(s *Subnet, p Packet) error {
	if w.ACLs[s.ACL].allows(true, p, p.Dst.Addr()) {
		return nil
	}
	return fmt.Errorf("network ACL %s of %s lets no %s out", s.ACL, s.ID, p)
}

// EntersSubnet does for a packet that comes into a subnet what LeavesSubnet does.
func (w *World) EntersSubnet(s *Subnet, p Packet) error {
	if w.ACLs[s.ACL].allows(false, p, p.Src.Addr()) {
		return nil
	}
	return fmt.Errorf("network ACL %s of %s lets no %s in", s.ACL, s.ID, p)
}

// allows reports what the lowest-numbered entry says that matches; none matching denies.
func (a *ACL) allows(egress bool, p Packet, peer netip.Addr) bool {
	if a == nil {
		return false
	}
	var first *ACLEntry
	for i := range a.Entries {
		e := &a.Entries[i]
		if e.Egress == egress && e.matches(p, peer) && (first == nil || e.Number < first.Number) {
			first = e
		}
	}
	return first != nil && first.Allow
}

func (e ACLEntry) matches(p Packet, peer netip.Addr) bool {
	if e.Protocol != -1 && e.Protocol != p.Protocol || !e.CIDR.Contains(peer) {
		return false
	}
	if e.Protocol != TCP && e.Protocol != UDP || e.FromPort == 0 && e.ToPort == 0 {
		return true
	}
	port := int(p.Dst.Port())
	return e.FromPort <= port && port <= e.ToPort
}

// firstEphemeral and lastEphemeral are the ends of the range from which Elastic Load
// Balancing sends, and someEphemeral lies within it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports
const (
	firstEphemeral = 1024
	someEphemeral  = 32768
	lastEphemeral  = 65535
)

// EphemeralPorts returns the ports that stand for all from which a node may send to an
// address: wherever one of the network ACLs on the way begins or ends to decide otherwise,
// the ports on both sides of that edge, and the ends of the range.
func (w *World) EphemeralPorts(near *Subnet, dst netip.Addr) []uint16 {
	ports := []uint16{firstEphemeral, someEphemeral, lastEphemeral}
	for _, acl := range w.listsToward(near, dst) {
		for _, e := range acl.Entries {
			if e.Protocol != TCP {
				continue
			}
			for _, port := range []int{e.FromPort - 1, e.FromPort, e.ToPort, e.ToPort + 1} {
				if firstEphemeral <= port && port <= lastEphemeral {
					ports = append(ports, uint16(port))
				}
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// listsToward returns the network ACLs that packets between a subnet and an address may meet:
// those of the subnet, of the address's own subnets and of all middleboxes.
func (w *World) listsToward(near *Subnet, dst netip.Addr) []*ACL {
	met := map[string]bool{near.ACL: true}
	for _, s := range w.Subnets {
		met[s.ACL] = met[s.ACL] || s.CIDR.Contains(dst)
	}
	for _, i := range w.Interfaces {
		if i.Forwards {
			met[w.Subnets[i.Subnet].ACL] = true
		}
	}
	var acls []*ACL
	for id, is := range met {
		if acl := w.ACLs[id]; is && acl != nil {
			acls = append(acls, acl)
		}
	}
	return acls
}
