package main

import (
	"fmt"
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Network ACLs may have 40 entries a direction and route tables 1,000 routes, when asked for.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const (
	entriesADirection = 40
	routesATable      = 1000
	typicalEntries    = 6
	typicalRoutes     = 4
)

// withNetwork puts the nodes and targets of s into subnets, with a network ACL in front of each
// side and one route table: of their entries and routes the last alone is about the path.
func (p pathShape) withNetwork(s path.Snapshot) path.Snapshot {
	vpc := s.LoadBalancers[0].VPC
	within := netip.MustParsePrefix("10.0.0.0/15")
	s.VPCs = []path.VPC{{ID: vpc, CIDRs: []netip.Prefix{within}, DNSSupport: true, DNSHostnames: true}}
	nodes, proxies := p.acl("acl-nodes", vpc), p.acl("acl-proxies", vpc)
	table := path.RouteTable{ID: "rtb-main", VPC: vpc, Main: true}
	for i := range max(p.routes, 1) - 1 {
		host := netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, byte(i >> 7), byte(i << 1)}), 32)
		table.Routes = append(table.Routes, path.Route{CIDR: host, Target: "tgw-1", State: "active", Origin: "CreateRoute"})
	}
	table.Routes = append(table.Routes, path.Route{CIDR: within, Target: "local", State: "active", Origin: "CreateRouteTable"})
	s.Subnets = nil
	for z, zone := range s.LoadBalancers[0].Zones {
		proxy := path.SubnetID("subnet-proxy-" + zone.Name)
		s.Subnets = append(s.Subnets,
			path.Subnet{ID: zone.Subnet, VPC: vpc, CIDR: netip.PrefixFrom(nodeAddr(z), 24).Masked(), Zone: zone.Name, ZoneID: fmt.Sprint("az", z)},
			path.Subnet{ID: proxy, VPC: vpc, CIDR: netip.MustParsePrefix("10.1.0.0/16"), Zone: zone.Name, ZoneID: fmt.Sprint("az", z)})
		nodes.Subnets, proxies.Subnets = append(nodes.Subnets, zone.Subnet), append(proxies.Subnets, proxy)
	}
	for i := range s.Interfaces {
		n := &s.Interfaces[i]
		n.Subnet = path.SubnetID("subnet-proxy-" + n.Zone)
		if n.Type == "network_load_balancer" {
			n.Subnet = path.SubnetID("subnet-" + n.Zone)
		}
	}
	s.NetworkACLs, s.RouteTables, s.Peerings = []path.NetworkACL{nodes, proxies}, []path.RouteTable{table}, nil
	return s
}

// acl denies one address after the other, and then allows the rest.
func (p pathShape) acl(id path.NetworkACLID, vpc path.VPCID) path.NetworkACL {
	out := path.NetworkACL{ID: id, ARN: path.ARN("arn:aws:ec2:eu-central-1:111122223333:network-acl/" + id), VPC: vpc}
	for _, egress := range []bool{false, true} {
		last := max(p.entries, 1)
		for i := range last - 1 {
			host := netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, 0, byte(i)}), 32)
			out.Entries = append(out.Entries, path.NetworkACLEntry{Number: i + 1, Egress: egress, Protocol: 6, CIDR: host, FromPort: 1024 + i, ToPort: 65535 - i})
		}
		out.Entries = append(out.Entries, path.NetworkACLEntry{Number: last, Egress: egress, Protocol: -1, Allow: true, CIDR: netip.MustParsePrefix("0.0.0.0/0"), FromPort: -1, ToPort: -1})
	}
	return out
}
