package pathtest

import (
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// What the healthy path's VPC is made of, by name.
const (
	NetworkACL    = path.NetworkACLID("acl-1")
	NetworkACLARN = path.ARN("arn:aws:ec2:us-west-2:111122223333:network-acl/acl-1")
	RouteTable    = path.RouteTableID("rtb-1")
)

func vpc() path.VPC {
	return path.VPC{ID: VPC, CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}, DNSSupport: true, DNSHostnames: true}
}

func subnets() []path.Subnet {
	return []path.Subnet{
		{ID: SubnetA, VPC: VPC, CIDR: netip.MustParsePrefix("10.0.1.0/24"), Zone: ZoneA, ZoneID: "usw2-az1", Free: 248},
		{ID: SubnetB, VPC: VPC, CIDR: netip.MustParsePrefix("10.0.2.0/24"), Zone: ZoneB, ZoneID: "usw2-az2", Free: 248},
	}
}

// networkACL is a VPC's default network ACL as AWS makes it: it allows everything.
// https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
func networkACL() path.NetworkACL {
	acl := path.NetworkACL{
		ID: NetworkACL, ARN: NetworkACLARN, VPC: VPC, Default: true, Subnets: []path.SubnetID{SubnetA, SubnetB}, Tags: tags(),
	}
	for _, egress := range []bool{false, true} {
		acl.Entries = append(acl.Entries, ACLEntry(100, egress, true, "0.0.0.0/0", -1, -1), ACLEntry(32767, egress, false, "0.0.0.0/0", -1, -1))
	}
	return acl
}

// ACLEntry is an entry of a network ACL about TCP ports, inclusive at both ends; with -1 it is
// about every protocol and port.
func ACLEntry(number int, egress, allow bool, cidr string, from, to int) path.NetworkACLEntry {
	e := path.NetworkACLEntry{Number: number, Egress: egress, Allow: allow, Protocol: 6, CIDR: netip.MustParsePrefix(cidr), FromPort: from, ToPort: to}
	if from == -1 {
		e.Protocol = -1
	}
	return e
}

// routeTable is the VPC's main table: everything stays local, as behind a private subnet.
func routeTable() path.RouteTable {
	return path.RouteTable{ID: RouteTable, VPC: VPC, Main: true, Routes: []path.Route{
		{CIDR: netip.MustParsePrefix("10.0.0.0/16"), Target: "local", State: "active", Origin: "CreateRouteTable"},
	}}
}

// EditVPC edits the VPC of the load balancer.
func EditVPC(edit func(*path.VPC)) Edit { return func(s *path.Snapshot) { edit(&s.VPCs[0]) } }
