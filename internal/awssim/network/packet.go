package network

import (
	"fmt"
	"net/netip"
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
	// load balancer that does not enforce its groups on it, and behind a middlebox.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html
	Unnamed bool
}

// Reply returns the packet that answers p.
func (p Packet) Reply() Packet { return Packet{Protocol: p.Protocol, Src: p.Dst, Dst: p.Src} }

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
