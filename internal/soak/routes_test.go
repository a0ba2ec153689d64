package soak

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A road is a route table for requests or replies, to targets that are seen or not.
type road struct {
	table          path.RouteTableID
	reply, outside bool
}

// routes tries the route tables, one leg there and back.
func (t *trial) routes() {
	required := map[road][]flow.Box{}
	hidden := map[road]bool{}
	take := func(l leg, from *network.Subnet, to string, b flow.Box, p network.Packet, reply bool) {
		key := road{path.RouteTableID(t.RouteTableOf(from).ID), reply, l.to == nil}
		required[key] = append(required[key], b)
		unclear, lost := t.fate(from, p.Dst.Addr(), to)
		if unclear != "" {
			hidden[key] = true
			if len(t.roads[key].Unseen) == 0 {
				t.fault("%+v: %v: %s, but all is said to be seen", key, p, unclear)
			}
			lost = nil
		}
		t.agree(key, has(t.roads[key].missing, p), p, lost)
	}
	for _, l := range t.legs {
		near, p := t.Subnets[l.node.Subnet], t.packet(l, 40000)
		if l.to == nil {
			take(l, near, "", l.request(), p, false)
			continue
		}
		take(l, near, l.to.VPC, l.request(), p, false)
		take(l, t.Subnets[l.to.Subnet], l.node.VPC, l.reply(), p.Reply(), true)
	}
	for key, h := range t.roads {
		t.requires(key, h.Required, required[key])
		if len(h.Unseen) > 0 && !hidden[key] {
			t.fault("%+v: not seen %v, but everything can be", key, h.Unseen)
		}
	}
}

// fate says what becomes of a packet from a subnet to an address of a VPC ("" of none that is
// seen) by the route that the walk takes: lost, or unclear where nobody can tell from here.
func (t *trial) fate(from *network.Subnet, dst netip.Addr, vpc string) (unclear string, lost error) {
	r, _ := t.RouteFor(from, dst)
	i := t.InterfaceAt(from.VPC, dst)
	switch {
	case i != nil && i.Subnet == from.ID && r != nil && r.Target == "local":
		return "", nil
	case i != nil && i.Subnet == from.ID:
		return "AWS does not say whether the table decides within a subnet", nil
	case r == nil:
		return "", errors.New("no route")
	case t.divided(from, dst, r):
		return "AWS picks one of several routes", nil
	case r.Blackhole:
		return "", errors.New("blackhole")
	case r.Target == "local" && vpc != from.VPC:
		return "", errors.New("local")
	case r.Target == "local":
		return "", nil
	case strings.HasPrefix(r.Target, "igw-"):
		return "", errors.New("internet gateway")
	case strings.HasPrefix(r.Target, "pcx-"):
		peer := t.Peerings[r.Target].Peer(from.VPC)
		if peer == "" || vpc != peer && !t.VPCs[peer].Contains(dst) || vpc != "" && vpc != peer {
			return "", errors.New("peering connection")
		}
		if vpc == "" {
			return "a VPC that is not seen", nil
		}
		return "", nil
	}
	return "behind " + r.Target, nil
}

// divided reports whether prefix lists give two routes to one destination: AWS does not say
// which it takes.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#route-tables-priority
func (t *trial) divided(from *network.Subnet, dst netip.Addr, taken *network.Route) bool {
	if taken.PrefixList == "" {
		return false
	}
	longest := func(r network.Route) int {
		bits := -1
		for _, e := range t.PrefixLists[r.PrefixList].Entries {
			if e.CIDR.Contains(dst) {
				bits = max(bits, e.CIDR.Bits())
			}
		}
		return bits
	}
	for _, r := range t.RouteTableOf(from).Routes {
		if r.PrefixList != "" && (r.Target != taken.Target || r.Blackhole != taken.Blackhole) && longest(r) == longest(*taken) {
			return true
		}
	}
	return false
}
