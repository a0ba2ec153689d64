package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// IANA protocol numbers.
const (
	ICMP   = 1
	TCP    = 6
	UDP    = 17
	ICMPv6 = 58
)

// A Packet is the first packet of a flow.
type Packet struct {
	Protocol int
	Src, Dst netip.AddrPort
	// Unnamed means that the receiver's security group rules know the sender by its address
	// alone, not by the groups that it carries. So it is with PrivateLink traffic through a
	// load balancer that does not enforce its groups on it.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html
	Unnamed bool
}

// reply returns the packet that answers p.
func (p Packet) reply() Packet { return Packet{Protocol: p.Protocol, Src: p.Dst, Dst: p.Src} }

// Send walks a packet from an interface to its destination, and the reply back, and returns
// an error that says what dropped it; nil means that it got there and the reply came back.
//
// Security groups are stateful, so only the request is held against them; network ACLs are
// stateless and stand at subnet borders, so both directions are; each side's route table
// must know the way.
func (w *World) Send(from *Interface, p Packet) error {
	if err := w.leaves(from, p); err != nil {
		return err
	}
	near := w.Subnets[from.Subnet]
	to := w.InterfaceAt(from.VPC, p.Dst.Addr())
	if err := w.routed(near, p.Dst.Addr()); err != nil {
		return err
	}
	if to == nil {
		return w.outside(near, p)
	}
	far := w.Subnets[to.Subnet]
	if err := w.crosses(near, far, p); err != nil {
		return err
	}
	if err := w.enters(to, p); err != nil {
		return err
	}
	if err := w.routed(far, p.Src.Addr()); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	if err := w.crosses(far, near, p.reply()); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	return nil
}

// leaves holds a packet against the sender's outbound rules.
func (w *World) leaves(from *Interface, p Packet) error {
	if len(from.Groups) == 0 || w.admitted(from, true, p, p.Dst.Addr(), false) {
		return nil
	}
	return fmt.Errorf("security groups %v of %s let no %s out", from.Groups, from.ID, p)
}

// enters holds a packet against the receiver's inbound rules.
func (w *World) enters(to *Interface, p Packet) error {
	if len(to.Groups) == 0 || w.admitted(to, false, p, p.Src.Addr(), p.Unnamed) {
		return nil
	}
	return fmt.Errorf("security groups %v of %s let no %s in", to.Groups, to.ID, p)
}

// admitted reports whether any rule of any group of an interface admits a packet whose other
// end is at peer.
func (w *World) admitted(i *Interface, egress bool, p Packet, peer netip.Addr, unnamed bool) bool {
	for _, id := range i.Groups {
		g := w.SecurityGroups[id]
		if g == nil {
			continue
		}
		for _, r := range w.EffectiveRules(g) {
			if r.Egress == egress && r.covers(p) && w.names(r, i.VPC, peer, unnamed) {
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
		i := w.InterfaceAt(vpc, peer)
		return !unnamed && i != nil && slices.Contains(i.Groups, r.Group)
	case r.PrefixList != "":
		return w.listed(r.PrefixList, peer)
	}
	return r.CIDR.IsValid() && r.CIDR.Contains(peer)
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
	if !w.ACLs[near.ACL].allows(true, p, p.Dst.Addr()) {
		return fmt.Errorf("network ACL %s of %s lets no %s out", near.ACL, near.ID, p)
	}
	if !w.ACLs[far.ACL].allows(false, p, p.Src.Addr()) {
		return fmt.Errorf("network ACL %s of %s lets no %s in", far.ACL, far.ID, p)
	}
	return nil
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

// routed reports whether a subnet's route table knows a way to an address.
func (w *World) routed(s *Subnet, addr netip.Addr) error {
	r, table := w.routeFor(s, addr)
	switch {
	case r == nil:
		return fmt.Errorf("route table %s of %s has no route to %s", table, s.ID, addr)
	case r.Blackhole:
		return fmt.Errorf("route of %s in %s to %s is a blackhole", s.ID, table, addr)
	}
	return nil
}

// routeFor returns the most specific route from a subnet to an address, and its table's ID.
func (w *World) routeFor(s *Subnet, addr netip.Addr) (*Route, string) {
	rt := w.RouteTableOf(s)
	if rt == nil {
		return nil, "none"
	}
	var best *Route
	bits := -1
	for i := range rt.Routes {
		r := &rt.Routes[i]
		for _, p := range w.destinations(*r) {
			if p.Contains(addr) && p.Bits() > bits {
				best, bits = r, p.Bits()
			}
		}
	}
	return best, rt.ID
}

func (w *World) destinations(r Route) []netip.Prefix {
	if r.PrefixList == "" {
		return []netip.Prefix{r.CIDR}
	}
	var ps []netip.Prefix
	if pl := w.PrefixLists[r.PrefixList]; pl != nil {
		for _, e := range pl.Entries {
			ps = append(ps, e.CIDR)
		}
	}
	return ps
}

// outside sends a packet that leaves the VPC, or that nothing in it receives.
func (w *World) outside(near *Subnet, p Packet) error {
	if w.VPCs[near.VPC].Contains(p.Dst.Addr()) {
		return fmt.Errorf("no interface has %s", p.Dst.Addr())
	}
	acl := w.ACLs[near.ACL]
	if !acl.allows(true, p, p.Dst.Addr()) {
		return fmt.Errorf("network ACL %s of %s lets no %s out", near.ACL, near.ID, p)
	}
	if back := p.reply(); !acl.allows(false, back, back.Src.Addr()) {
		return fmt.Errorf("reply: network ACL %s of %s lets no %s in", near.ACL, near.ID, back)
	}
	return nil
}

// String returns the packet as "tcp 10.0.1.7:40000 → 10.0.2.9:443".
func (p Packet) String() string {
	return ProtocolName(p.Protocol) + " " + p.Src.String() + " → " + p.Dst.String()
}

// ProtocolNumber returns the IANA number of a security group's protocol; -1 is all.
func ProtocolNumber(name string) (int, error) {
	switch name {
	case "tcp":
		return TCP, nil
	case "udp":
		return UDP, nil
	case "icmp":
		return ICMP, nil
	case "icmpv6":
		return ICMPv6, nil
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < -1 || n > 255 {
		return 0, fmt.Errorf("no protocol %q", name)
	}
	return n, nil
}

// ProtocolName returns a protocol as EC2 writes it in a rule: its name where it has one of
// four, else its number.
func ProtocolName(n int) string {
	switch n {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case ICMP:
		return "icmp"
	case ICMPv6:
		return "icmpv6"
	}
	return strconv.Itoa(n)
}
