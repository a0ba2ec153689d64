package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A table is a route table made ready for many questions.
type table struct {
	*path.RouteTable
	lengths []int // of the destinations, longest first
	routes  map[netip.Prefix]candidate
	unread  path.PrefixListID // a prefix list whose entries are not known, so that no answer is certain
	decided map[netip.Addr]decision
}

// A candidate is the route that wins among those of one destination.
type candidate struct {
	path.Route
	rank    int
	divided bool // another of the same rank leads elsewhere: AWS picks one at random
}

// A decision is the route that a table takes to an address; none where ok is false.
type decision struct {
	route candidate
	on    netip.Prefix // the route's destination that holds the address
	ok    bool
}

func (v *view) tableOf(rt *path.RouteTable) *table {
	t := &table{RouteTable: rt, routes: make(map[netip.Prefix]candidate), decided: make(map[netip.Addr]decision)}
	for _, r := range rt.Routes {
		if fold(r.State, "filtered") {
			continue // AWS has not put it in force
		}
		to := []netip.Prefix{r.CIDR}
		if !r.CIDR.IsValid() {
			l, known := v.lists[r.PrefixList]
			if !known {
				t.unread = r.PrefixList
				continue
			}
			to = l.Entries
		}
		for _, p := range to {
			if p.IsValid() && !p.Addr().Is4In6() {
				t.offer(p.Masked(), r)
			}
		}
	}
	for p := range t.routes {
		if !slices.Contains(t.lengths, p.Bits()) {
			t.lengths = append(t.lengths, p.Bits())
		}
	}
	slices.SortFunc(t.lengths, func(a, b int) int { return b - a })
	return t
}

// offer takes a route to p if it comes before the one that is there: of identical
// destinations a static route to an address range is before one to a prefix list, and that
// before a propagated one.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#route-tables-priority
func (t *table) offer(p netip.Prefix, r path.Route) {
	c := candidate{Route: r}
	switch {
	case r.Origin == "EnableVgwRoutePropagation":
		c.rank = 2
	case !r.CIDR.IsValid():
		c.rank = 1
	}
	has, taken := t.routes[p]
	if taken && has.rank < c.rank {
		return
	}
	if taken && has.rank == c.rank {
		has.divided = has.divided || has.Target != c.Target || has.State != c.State
		c = has
	}
	t.routes[p] = c
}

// to returns the route to an address: of all that hold it the most specific.
func (t *table) to(addr netip.Addr) decision {
	d, known := t.decided[addr]
	if known {
		return d
	}
	for _, bits := range t.lengths {
		p, err := addr.Prefix(bits)
		if err != nil {
			continue // a length of IPv6 alone
		}
		if r, ok := t.routes[p]; ok {
			d = decision{r, p, true}
			break
		}
	}
	t.decided[addr] = d
	return d
}

// A fate is what becomes of a packet on a route, as far as that can be seen.
type fate uint8

const (
	unknown fate = iota // what lies behind the route's target cannot be seen
	carried             // to the VPC of the address
	lost
)

// judge says what becomes of a packet to addr, at a place to, and why where it does not get
// there for certain.
func (g ground) judge(t *table, addr netip.Addr, to place) (fate, string) {
	d := t.to(addr)
	switch {
	case t.unread != "" && (!d.ok || d.on.Bits() < addr.BitLen()):
		return unknown, fmt.Sprintf("entries of prefix list %s, which route table %s names", t.unread, t.ID)
	case !d.ok:
		return lost, "no route"
	case d.route.divided:
		return unknown, fmt.Sprintf("which of the routes of route table %s to %s AWS takes", t.ID, d.on)
	case fold(d.route.State, "blackhole"):
		return lost, "blackhole"
	}
	target := d.route.Target
	switch {
	case target == "local":
		return g.local(t, to)
	case strings.HasPrefix(target, "pcx-"):
		return g.overPeering(t, path.PeeringID(target), addr, to)
	case (strings.HasPrefix(target, "igw-") || strings.HasPrefix(target, "eigw-")) && private(addr):
		return lost, "an internet gateway carries no private address"
	case target == "":
		return unknown, fmt.Sprintf("target of the route of route table %s to %s", t.ID, d.on)
	}
	return unknown, fmt.Sprintf("what lies behind %s, to which route table %s sends %s", target, t.ID, d.on)
}

// local delivers within the table's own VPC.
func (g ground) local(t *table, to place) (fate, string) {
	switch {
	case to.known && to.vpc == t.VPC:
		return carried, ""
	case to.known:
		return lost, "the local route ends in " + string(t.VPC)
	}
	return unknown, "address ranges of " + string(t.VPC)
}

// overPeering delivers over a VPC peering connection, which reaches the other VPC and nothing
// beyond it.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
func (g ground) overPeering(t *table, id path.PeeringID, addr netip.Addr, to place) (fate, string) {
	p, known := g.peerings[id]
	if !known {
		return unknown, fmt.Sprintf("VPC peering connection %s", id)
	}
	if !fold(p.Status, "active") {
		return lost, fmt.Sprintf("VPC peering connection %s is %s", id, p.Status)
	}
	far := p.Accepter
	if far.VPC == t.VPC {
		far = p.Requester
	}
	switch {
	case to.known && to.vpc == far.VPC:
		return carried, ""
	case to.known || len(far.CIDRs) > 0 && !holds(far.CIDRs, addr):
		return lost, fmt.Sprintf("VPC peering connection %s ends in %s", id, far.VPC)
	}
	return unknown, fmt.Sprintf("%s in account %s, behind VPC peering connection %s", far.VPC, far.Account, id)
}

// private reports whether no address like it is on the internet: those of RFC 1918, of
// carriers (RFC 6598) and of IPv6's own kind.
func private(a netip.Addr) bool {
	return a.IsPrivate() || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(a)
}
