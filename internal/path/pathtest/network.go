package pathtest

import (
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// ACL edits the network ACL with the ID id.
func ACL(id path.NetworkACLID, edit func(*path.NetworkACL)) Edit {
	return func(s *path.Snapshot) {
		for i := range s.NetworkACLs {
			if s.NetworkACLs[i].ID == id {
				edit(&s.NetworkACLs[i])
			}
		}
	}
}

// Entries replaces a network ACL's entries of one direction; AWS's final denial of IPv4 is added.
func Entries(id path.NetworkACLID, egress bool, entries ...path.NetworkACLEntry) Edit {
	return ACL(id, func(a *path.NetworkACL) {
		kept := slices.DeleteFunc(slices.Clone(a.Entries), func(e path.NetworkACLEntry) bool { return e.Egress == egress })
		a.Entries = append(append(kept, entries...), ACLEntry(32767, egress, false, "0.0.0.0/0", -1, -1))
	})
}

// AddEntry adds an entry to a network ACL.
func AddEntry(id path.NetworkACLID, e path.NetworkACLEntry) Edit {
	return ACL(id, func(a *path.NetworkACL) { a.Entries = append(slices.Clone(a.Entries), e) })
}

// OwnACL gives a subnet a network ACL of its own, which allows everything until it is edited.
func OwnACL(subnet path.SubnetID, id path.NetworkACLID) Edit {
	return func(s *path.Snapshot) {
		for i := range s.NetworkACLs {
			a := &s.NetworkACLs[i]
			a.Subnets = slices.DeleteFunc(slices.Clone(a.Subnets), func(id path.SubnetID) bool { return id == subnet })
		}
		own := networkACL()
		own.ID, own.ARN, own.Default, own.Subnets = id, NetworkACLARN[:len(NetworkACLARN)-len(NetworkACL)]+path.ARN(id), false, []path.SubnetID{subnet}
		s.NetworkACLs = append(s.NetworkACLs, own)
	}
}

// Route is an active route of a person's own making.
func Route(cidr, target string) path.Route {
	return path.Route{CIDR: netip.MustParsePrefix(cidr), Target: target, State: "active", Origin: "CreateRoute"}
}

// Blackhole is a route whose target is gone.
func Blackhole(cidr, target string) path.Route {
	r := Route(cidr, target)
	r.State = "blackhole"
	return r
}

// AddRoute adds routes to a route table.
func AddRoute(id path.RouteTableID, routes ...path.Route) Edit {
	return func(s *path.Snapshot) {
		for i := range s.RouteTables {
			if s.RouteTables[i].ID == id {
				s.RouteTables[i].Routes = append(slices.Clone(s.RouteTables[i].Routes), routes...)
			}
		}
	}
}

// OwnTable gives a subnet a route table of its own with the local route and more.
func OwnTable(subnet path.SubnetID, id path.RouteTableID, routes ...path.Route) Edit {
	return func(s *path.Snapshot) {
		own := routeTable()
		own.ID, own.Main, own.Subnets, own.Routes = id, false, []path.SubnetID{subnet}, append(own.Routes, routes...)
		s.RouteTables = append(s.RouteTables, own)
	}
}

// What lies outside the healthy path's VPC, by name.
const (
	OnPremises = "192.168.7.7" // an address beyond a VPN or Direct Connect
	PeerVPC    = path.VPCID("vpc-2")
	PeerSubnet = path.SubnetID("subnet-peer")
	PeerTable  = path.RouteTableID("rtb-peer")
	PeerACL    = path.NetworkACLID("acl-peer")
	PeerTarget = "10.9.1.9"
	Peering    = path.PeeringID("pcx-1")
)

// Outside makes an address the only target: nothing in the VPC has it.
func Outside(addr string) Edit {
	return TargetGroup(func(g *path.TargetGroup) {
		g.Targets = []path.Target{{ID: addr, Port: 443, Zone: "all", State: "healthy", Addr: netip.MustParseAddr(addr)}}
	})
}

// Peered makes PeerTarget the only target: it is in a VPC of the same account, peered with the
// healthy path's, and both sides' route tables lead over the peering.
func Peered(s *path.Snapshot) {
	Outside(PeerTarget)(s)
	t := &s.TargetGroups[0].Targets[0]
	t.Interface = "eni-" + PeerTarget
	cidr := netip.MustParsePrefix("10.9.0.0/16")
	s.Interfaces = append(s.Interfaces, path.NetworkInterface{
		ID: t.Interface, Type: "interface", VPC: PeerVPC, Subnet: PeerSubnet, Zone: ZoneA, Addrs: []netip.Addr{t.Addr},
		SecurityGroups: []path.SecurityGroupID{"sg-peer"},
	})
	peers := AddGroup("sg-peer", TCP("10.0.0.0/16", 443))
	peers(s)
	s.SecurityGroups[len(s.SecurityGroups)-1].VPC = PeerVPC
	s.VPCs = append(s.VPCs, path.VPC{ID: PeerVPC, CIDRs: []netip.Prefix{cidr}, DNSSupport: true, DNSHostnames: true})
	s.Subnets = append(s.Subnets, path.Subnet{ID: PeerSubnet, VPC: PeerVPC, CIDR: netip.MustParsePrefix("10.9.1.0/24"), Zone: ZoneA, ZoneID: "usw2-az1"})
	OwnACL(PeerSubnet, PeerACL)(s)
	s.NetworkACLs[len(s.NetworkACLs)-1].VPC = PeerVPC
	AddRoute(RouteTable, Route(cidr.String(), string(Peering)))(s)
	s.RouteTables = append(s.RouteTables, path.RouteTable{ID: PeerTable, VPC: PeerVPC, Main: true, Routes: []path.Route{
		{CIDR: cidr, Target: "local", State: "active", Origin: "CreateRouteTable"}, Route("10.0.0.0/16", string(Peering)),
	}})
	s.Peerings = append(s.Peerings, path.Peering{
		ID: Peering, Status: "active",
		Requester: path.PeeringVPC{VPC: VPC, Account: Account, Region: Region, CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}},
		Accepter:  path.PeeringVPC{VPC: PeerVPC, Account: Account, Region: Region, CIDRs: []netip.Prefix{cidr}},
	})
}
