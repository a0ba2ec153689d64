package network

import (
	"fmt"
	"net/netip"
	"strings"
)

// wayTo returns the route that a subnet's packets to an address take, or why there is none.
func (w *World) wayTo(s *Subnet, addr netip.Addr) (*Route, error) {
	r, table := w.RouteFor(s, addr)
	switch {
	case r == nil:
		return nil, fmt.Errorf("route table %s of %s has no route to %s", table, s.ID, addr)
	case r.Blackhole:
		return nil, fmt.Errorf("route of %s in %s to %s is a blackhole", s.ID, table, addr)
	}
	return r, nil
}

// RouteFor returns the route that decides from a subnet to an address, and its table's ID:
// the most specific; of routes to the same destination a static one before one that a prefix
// list gives, and that before a propagated one.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#route-tables-priority
func (w *World) RouteFor(s *Subnet, addr netip.Addr) (*Route, string) {
	rt := w.RouteTableOf(s)
	if rt == nil {
		return nil, "none"
	}
	var best *Route
	bits := -1
	for i := range rt.Routes {
		r := &rt.Routes[i]
		for _, p := range w.destinations(*r) {
			if p.Contains(addr) && (p.Bits() > bits || p.Bits() == bits && r.rank() > best.rank()) {
				best, bits = r, p.Bits()
			}
		}
	}
	return best, rt.ID
}

// rank orders routes to the same destination; the highest decides.
func (r *Route) rank() int {
	switch {
	case r.Propagated:
		return 0
	case r.PrefixList != "":
		return 1
	}
	return 2
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

// acrossPeering returns the interface to which a peering connection leads a VPC's packets. A
// nil interface without an error is in a VPC of another world, of which nothing is known.
func (w *World) acrossPeering(r *Route, vpc string, dst netip.Addr) (*Interface, error) {
	other := w.Peerings[r.Target].Peer(vpc)
	switch {
	case other == "":
		return nil, fmt.Errorf("peering connection %s is not active for %s", r.Target, vpc)
	case w.VPCs[other] == nil:
		return nil, w.delivers(r, dst)
	case !w.VPCs[other].Contains(dst):
		return nil, fmt.Errorf("peering connection %s leads no further than %s, to no %s", r.Target, other, dst)
	}
	return w.mustHave(other, dst)
}

// mustHave returns the interface that has an address of a VPC.
func (w *World) mustHave(vpc string, addr netip.Addr) (*Interface, error) {
	if i := w.InterfaceAt(vpc, addr); i != nil {
		return i, nil
	}
	return nil, fmt.Errorf("no interface has %s", addr)
}

// delivers reports why what lies behind a gateway does not get a packet; nil where it does.
// An internet gateway carries no private address.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
func (w *World) delivers(r *Route, dst netip.Addr) error {
	if strings.HasPrefix(r.Target, "igw-") {
		return fmt.Errorf("internet gateway %s carries no private address", r.Target)
	}
	for _, dark := range w.Dark[r.Target] {
		if dark.Contains(dst) {
			return fmt.Errorf("what is behind %s does not answer at %s", r.Target, dst)
		}
	}
	return nil
}
