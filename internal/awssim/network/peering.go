package network

import "net/netip"

// A Peering is a VPC peering connection. It carries packets between its two VPCs while it is
// active, and no further: it is not transitive.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
type Peering struct {
	ID                  string
	Status              string // active, pending-acceptance, rejected, expired, deleted, …
	Requester, Accepter PeeringVPC
	Tags                map[string]string
}

// A PeeringVPC is one side of a VPC peering connection.
type PeeringVPC struct {
	VPC     string
	Account string
	Region  string
	CIDRs   []netip.Prefix
}

// AddPeering adds an active peering connection between two VPCs of the world.
func (w *World) AddPeering(requester, accepter string) *Peering {
	side := func(vpc string) PeeringVPC {
		return PeeringVPC{VPC: vpc, Account: w.Account, Region: w.Region, CIDRs: w.VPCs[vpc].CIDRs}
	}
	p := &Peering{ID: w.NewID("pcx"), Status: "active", Requester: side(requester), Accepter: side(accepter), Tags: map[string]string{}}
	w.Peerings[p.ID] = p
	return p
}

// Peer returns the VPC at the other end of an active peering connection; "" where it is not
// active or vpc is on neither side.
func (p *Peering) Peer(vpc string) string {
	switch {
	case p == nil || p.Status != "active":
		return ""
	case p.Requester.VPC == vpc:
		return p.Accepter.VPC
	case p.Accepter.VPC == vpc:
		return p.Requester.VPC
	}
	return ""
}

// peered reports whether an active peering connection joins two VPCs.
func (w *World) peered(a, b string) bool {
	for _, p := range w.Peerings {
		if p.Peer(a) == b {
			return true
		}
	}
	return false
}

// DeletePeering deletes a peering connection. AWS shows it for some time yet; routes over it
// stay, as blackholes, and so do security group rules that name a group across it, as stale.
// https://docs.aws.amazon.com/vpc/latest/peering/delete-vpc-peering-connection.html
func (w *World) DeletePeering(p *Peering) {
	p.Status = "deleted"
	for _, rt := range w.RouteTables {
		for i := range rt.Routes {
			if rt.Routes[i].Target == p.ID {
				rt.Routes[i].Blackhole = true
			}
		}
	}
}

// PeeringBetween returns the peering connection of two VPCs, an active one before any other,
// or nil. There is at most one that is not deleted.
func (w *World) PeeringBetween(a, b string) *Peering {
	var found *Peering
	for _, p := range Sorted(w.Peerings) {
		joins := p.Requester.VPC == a && p.Accepter.VPC == b || p.Requester.VPC == b && p.Accepter.VPC == a
		if joins && (found == nil || p.Status == "active") {
			found = p
		}
	}
	return found
}
