// Package flow is an algebra of sets of network flows: which protocol, from which
// source, to which destination address and port. It knows no AWS and does no input or
// output. required.Minus(allowed) is what a path lacks.
package flow

import (
	"fmt"
	"net/netip"
	"strconv"
)

// A Protocol is an IANA protocol number; 6 is TCP.
type Protocol uint8

// TCP is the one protocol of the path from KMS to an external key store proxy.
const TCP Protocol = 6

// String returns the name that AWS's consoles use.
func (p Protocol) String() string {
	if p == TCP {
		return "tcp"
	}
	return fmt.Sprint(uint8(p))
}

// A PortRange is a range of destination ports, inclusive at both ends.
type PortRange struct {
	From uint16 `json:"from"`
	To   uint16 `json:"to"`
}

// Port returns the range of one port.
func Port(p uint16) PortRange { return PortRange{p, p} }

// AllPorts is every port.
var AllPorts = PortRange{0, 65535}

// String returns "443" or "1024-65535".
func (r PortRange) String() string {
	from := strconv.Itoa(int(r.From))
	if r.From == r.To {
		return from
	}
	return from + "-" + strconv.Itoa(int(r.To))
}

// A Box is every flow of one protocol from Src to Dst whose destination port is in
// Ports. AWS's rules name the listening port only, so a source port has no place here.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
type Box struct {
	Protocol Protocol     `json:"protocol"`
	Src      netip.Prefix `json:"src"`
	Dst      netip.Prefix `json:"dst"`
	Ports    PortRange    `json:"ports"` // inclusive at both ends
}

// String returns "tcp 10.0.1.7/32 → 10.0.2.9/32 :443".
func (b Box) String() string {
	return fmt.Sprintf("%v %v → %v :%v", b.Protocol, b.Src, b.Dst, b.Ports)
}
