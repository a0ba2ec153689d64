package network

import (
	"net/netip"
	"slices"
)

// A VPC is a virtual private cloud.
type VPC struct {
	ID           string
	CIDRs        []netip.Prefix
	Default      bool
	DNSSupport   bool
	DNSHostnames bool
	Tags         map[string]string
}

// Contains reports whether addr is inside the VPC's address ranges.
func (v *VPC) Contains(addr netip.Addr) bool {
	return slices.ContainsFunc(v.CIDRs, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// A Subnet is a VPC's subnet in one Availability Zone.
type Subnet struct {
	ID     string
	VPC    string
	CIDR   netip.Prefix
	Zone   string // eu-central-1a
	ZoneID string // euc1-az2
	ACL    string // its one network ACL
	Tags   map[string]string
}

// An Interface is an elastic network interface.
type Interface struct {
	ID               string
	Type             string // interface, network_load_balancer
	Description      string // "ELB net/<name>/<id>" of a load balancer's node
	VPC, Subnet      string
	Addrs            []netip.Addr // primary first
	Groups           []string     // none only on a load balancer that was created without
	Instance         string
	Forwards         bool // a middlebox: its source/destination check is off and it passes on what it gets
	RequesterManaged bool
	RequesterID      string
	Tags             map[string]string
}

// Primary returns the interface's first address.
func (i *Interface) Primary() netip.Addr { return i.Addrs[0] }

// An ACL is a network ACL. It is stateless and stands at the border of its subnets.
type ACL struct {
	ID      string
	VPC     string
	Default bool
	Entries []ACLEntry
	Tags    map[string]string
}

// An ACLEntry is a numbered rule of a network ACL; the lowest number that matches decides.
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
type ACLEntry struct {
	Number   int
	Egress   bool
	Protocol int // IANA number; -1 is all
	Allow    bool
	CIDR     netip.Prefix
	FromPort int // inclusive; both zero means all, and so for any protocol but TCP and UDP
	ToPort   int
}

// A RouteTable holds the routes of the subnets associated with it; Main serves all others
// of its VPC.
type RouteTable struct {
	ID      string
	VPC     string
	Main    bool
	Subnets []string
	Routes  []Route
	Tags    map[string]string
}

// A Route is an entry of a route table.
type Route struct {
	CIDR       netip.Prefix // invalid where PrefixList is set
	PrefixList string
	Target     string // local, igw-…, nat-…, vgw-…, tgw-…, pcx-…, eni-…
	Blackhole  bool   // its target is gone
	Propagated bool   // by a virtual private gateway; else static
}

// A PrefixList is a managed prefix list.
type PrefixList struct {
	ID      string
	Name    string
	Owner   string // account ID, or AWS
	Max     int
	Entries []PrefixListEntry
	Tags    map[string]string
}

// A PrefixListEntry is a CIDR of a prefix list.
type PrefixListEntry struct {
	CIDR        netip.Prefix
	Description string
}

// An Instance is an EC2 instance that serves as a target.
type Instance struct {
	ID     string
	State  string // running, stopped, terminated
	VPC    string
	Subnet string
	Tags   map[string]string
}

// AddVPC adds a VPC with its main route table, default network ACL and default security
// group, all as AWS creates them: everything local, everything allowed, the group's members
// among themselves.
func (w *World) AddVPC(cidr string) *VPC {
	v := &VPC{ID: w.NewID("vpc"), CIDRs: []netip.Prefix{netip.MustParsePrefix(cidr)}, DNSSupport: true, DNSHostnames: true, Tags: map[string]string{}}
	w.VPCs[v.ID] = v
	rt := w.AddRouteTable(v.ID)
	rt.Main = true
	w.AddACL(v.ID, true)
	g := w.AddSecurityGroup(v.ID, "default", "default VPC security group")
	w.Authorize(g, false, Rule{Protocol: "-1", Group: g.ID})
	w.Settle(g)
	return v
}

// AddRouteTable adds a route table to a VPC, with its local route.
func (w *World) AddRouteTable(vpc string) *RouteTable {
	rt := &RouteTable{ID: w.NewID("rtb"), VPC: vpc, Tags: map[string]string{}}
	for _, p := range w.VPCs[vpc].CIDRs {
		rt.Routes = append(rt.Routes, Route{CIDR: p, Target: "local"})
	}
	w.RouteTables[rt.ID] = rt
	return rt
}

// AddACL adds a network ACL that allows everything; one that is not the default is empty,
// which denies everything.
func (w *World) AddACL(vpc string, isDefault bool) *ACL {
	a := &ACL{ID: w.NewID("acl"), VPC: vpc, Default: isDefault, Tags: map[string]string{}}
	if isDefault {
		all := netip.MustParsePrefix("0.0.0.0/0")
		a.Entries = []ACLEntry{
			{Number: 100, Egress: true, Protocol: -1, Allow: true, CIDR: all},
			{Number: 100, Protocol: -1, Allow: true, CIDR: all},
		}
	}
	w.ACLs[a.ID] = a
	return a
}

// AddSubnet adds a subnet that uses its VPC's main route table and default network ACL.
func (w *World) AddSubnet(vpc, cidr, zone, zoneID string) *Subnet {
	s := &Subnet{ID: w.NewID("subnet"), VPC: vpc, CIDR: netip.MustParsePrefix(cidr), Zone: zone, ZoneID: zoneID, Tags: map[string]string{}}
	for _, id := range IDs(w.ACLs) {
		if a := w.ACLs[id]; a.VPC == vpc && a.Default {
			s.ACL = a.ID
		}
	}
	w.Subnets[s.ID] = s
	return s
}

// AddInterface adds an interface with one private address and the given groups.
func (w *World) AddInterface(subnet, addr, description string, groups ...string) *Interface {
	s := w.Subnets[subnet]
	i := &Interface{
		ID: w.NewID("eni"), Type: "interface", Description: description, VPC: s.VPC, Subnet: subnet,
		Addrs: []netip.Addr{netip.MustParseAddr(addr)}, Groups: groups, Tags: map[string]string{},
	}
	w.Interfaces[i.ID] = i
	return i
}

// InterfaceAt returns the interface that has addr in a VPC, or nil.
func (w *World) InterfaceAt(vpc string, addr netip.Addr) *Interface {
	var first *Interface
	for id, i := range w.Interfaces {
		if i.VPC == vpc && slices.Contains(i.Addrs, addr) && (first == nil || id < first.ID) {
			first = i
		}
	}
	return first
}

// RouteTableOf returns the table that a subnet uses: its own, else its VPC's main table.
func (w *World) RouteTableOf(s *Subnet) *RouteTable {
	var main *RouteTable
	for _, rt := range w.RouteTables {
		if slices.Contains(rt.Subnets, s.ID) {
			return rt
		}
		if rt.VPC == s.VPC && rt.Main && (main == nil || rt.ID < main.ID) {
			main = rt
		}
	}
	return main
}
