package diagnose

import (
	"fmt"
	"net/netip"
)

// A Resolver is the address of a DNS resolver, as 9.9.9.9 or 127.0.0.1:5353; the port is 53
// where it has none.
type Resolver struct{ netip.AddrPort }

// UnmarshalText reads an address with or without a port.
func (r *Resolver) UnmarshalText(text []byte) error {
	if addr, err := netip.ParseAddr(string(text)); err == nil {
		r.AddrPort = netip.AddrPortFrom(addr, 53)
		return nil
	}
	with, err := netip.ParseAddrPort(string(text))
	if err != nil {
		return fmt.Errorf("%q is not the address of a DNS resolver, as 9.9.9.9 or 127.0.0.1:5353", text)
	}
	r.AddrPort = with
	return nil
}

// Addresses returns the resolvers as addresses with ports.
func Addresses(resolvers []Resolver) []netip.AddrPort {
	var all []netip.AddrPort
	for _, r := range resolvers {
		all = append(all, r.AddrPort)
	}
	return all
}
