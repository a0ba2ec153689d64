package collect_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// addVPC adds to a snapshot the reference's VPC as AWS makes one: four subnets that use its
// main route table and its default network ACL, which allows everything.
func (s *sim) addVPC(want *path.Snapshot) {
	id := path.VPCID(s.VPC.ID)
	want.VPCs = []path.VPC{{ID: id, CIDRs: s.VPC.CIDRs, DNSSupport: true, DNSHostnames: true}}
	acl := path.NetworkACL{ID: path.NetworkACLID(s.NodeSubnets[0].ACL), VPC: id, Default: true}
	acl.ARN = path.ARN("arn:aws:ec2:eu-central-1:111122223333:network-acl/" + string(acl.ID))
	for _, n := range slices.Concat(s.NodeSubnets, s.ProxySubnets) {
		want.Subnets = append(want.Subnets, path.Subnet{ID: path.SubnetID(n.ID), VPC: id, CIDR: n.CIDR, Zone: n.Zone, ZoneID: n.ZoneID, Free: s.free(n)})
		acl.Subnets = append(acl.Subnets, path.SubnetID(n.ID))
	}
	slices.SortFunc(want.Subnets, func(a, b path.Subnet) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.Sort(acl.Subnets)
	for _, egress := range []bool{false, true} {
		acl.Entries = append(acl.Entries,
			path.NetworkACLEntry{Number: 100, Egress: egress, Allow: true, Protocol: -1, CIDR: netip.MustParsePrefix("0.0.0.0/0"), FromPort: -1, ToPort: -1},
			path.NetworkACLEntry{Number: 32767, Egress: egress, Protocol: -1, CIDR: netip.MustParsePrefix("0.0.0.0/0"), FromPort: -1, ToPort: -1})
	}
	want.NetworkACLs = []path.NetworkACL{acl}
	want.RouteTables = []path.RouteTable{{
		ID: path.RouteTableID(s.RouteTableOf(s.NodeSubnets[0]).ID), VPC: id, Main: true,
		Routes: []path.Route{{CIDR: s.VPC.CIDRs[0], Target: "local", State: "active", Origin: "CreateRouteTable"}},
	}}
}

// free counts the addresses of a subnet that nothing uses: AWS keeps five.
func (s *sim) free(n *network.Subnet) int {
	free := 1<<(32-n.CIDR.Bits()) - 5
	for _, i := range s.Interfaces {
		if i.Subnet == n.ID {
			free -= len(i.Addrs)
		}
	}
	return free
}

// sameVPC compares what a snapshot holds of VPCs.
func sameVPC(want, got path.Snapshot) string {
	prefixes := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	return cmp.Diff(want.VPCs, got.VPCs, prefixes) + cmp.Diff(want.Subnets, got.Subnets, prefixes) + cmp.Diff(want.NetworkACLs, got.NetworkACLs, prefixes) +
		cmp.Diff(want.RouteTables, got.RouteTables, prefixes) + cmp.Diff(want.Peerings, got.Peerings, prefixes)
}

func TestEverythingThatAVPCsTrafficMeetsIsRead(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.VPC.CIDRs = append(s.VPC.CIDRs, netip.MustParsePrefix("10.1.0.0/16"))
	s.VPC.DNSHostnames = false
	list := s.addList("192.168.8.0/24")
	own := s.AddRouteTable(s.VPC.ID)
	own.Subnets = []string{s.ProxySubnets[1].ID, s.ProxySubnets[0].ID}
	own.Routes = append(own.Routes,
		network.Route{CIDR: netip.MustParsePrefix("192.168.0.0/16"), Target: "tgw-0123456789abcdef0", Blackhole: true},
		network.Route{CIDR: netip.MustParsePrefix("0.0.0.0/0"), Target: "nat-0123456789abcdef0"},
		network.Route{CIDR: netip.MustParsePrefix("::/0"), Target: "eigw-0123456789abcdef0"},
		network.Route{CIDR: netip.MustParsePrefix("172.16.0.0/12"), Target: "vgw-0123456789abcdef0"},
		network.Route{CIDR: netip.MustParsePrefix("10.9.0.0/16"), Target: "eni-0123456789abcdef0"},
		network.Route{PrefixList: list, Target: "tgw-0123456789abcdef0"})
	acl := s.AddACL(s.VPC.ID, false)
	s.ProxySubnets[0].ACL, s.ProxySubnets[1].ACL = acl.ID, acl.ID
	acl.Tags["xks-remediator"] = "enabled"
	acl.Entries = []network.ACLEntry{
		{Number: 90, Egress: true, Protocol: network.TCP, Allow: true, CIDR: netip.MustParsePrefix("10.0.0.0/16"), FromPort: 1024, ToPort: 65535},
		{Number: 100, Protocol: network.TCP, Allow: true, CIDR: netip.MustParsePrefix("10.0.1.0/24"), FromPort: 443, ToPort: 443},
		{Number: 90, Protocol: network.ICMP, CIDR: netip.MustParsePrefix("10.0.0.0/16")},
	}
	want := s.healthy()
	want.VPCs[0] = path.VPC{ID: want.VPCs[0].ID, CIDRs: s.VPC.CIDRs, DNSSupport: true}
	nodes := []path.SubnetID{path.SubnetID(s.NodeSubnets[0].ID), path.SubnetID(s.NodeSubnets[1].ID)}
	targets := []path.SubnetID{path.SubnetID(s.ProxySubnets[0].ID), path.SubnetID(s.ProxySubnets[1].ID)}
	slices.Sort(nodes)
	slices.Sort(targets)
	want.NetworkACLs[0].Subnets = nodes
	deny := path.NetworkACLEntry{Number: 32767, Protocol: -1, CIDR: netip.MustParsePrefix("0.0.0.0/0"), FromPort: -1, ToPort: -1}
	denyOut := deny
	denyOut.Egress = true
	id := path.NetworkACLID(acl.ID)
	want.NetworkACLs = append(want.NetworkACLs, path.NetworkACL{
		ID: id, ARN: path.ARN("arn:aws:ec2:eu-central-1:111122223333:network-acl/" + acl.ID), VPC: want.VPCs[0].ID, Subnets: targets, Tags: optIn,
		Entries: []path.NetworkACLEntry{
			{Number: 90, Protocol: 1, CIDR: netip.MustParsePrefix("10.0.0.0/16"), FromPort: -1, ToPort: -1},
			{Number: 100, Protocol: 6, Allow: true, CIDR: netip.MustParsePrefix("10.0.1.0/24"), FromPort: 443, ToPort: 443}, deny,
			{Number: 90, Egress: true, Protocol: 6, Allow: true, CIDR: netip.MustParsePrefix("10.0.0.0/16"), FromPort: 1024, ToPort: 65535}, denyOut,
		},
	})
	slices.SortFunc(want.NetworkACLs, func(a, b path.NetworkACL) int { return strings.Compare(string(a.ID), string(b.ID)) })
	route := func(cidr, target, state string) path.Route {
		return path.Route{CIDR: netip.MustParsePrefix(cidr), Target: target, State: state, Origin: "CreateRoute"}
	}
	local := func(cidr string) path.Route {
		return path.Route{CIDR: netip.MustParsePrefix(cidr), Target: "local", State: "active", Origin: "CreateRouteTable"}
	}
	want.RouteTables = append(want.RouteTables, path.RouteTable{ID: path.RouteTableID(own.ID), VPC: want.VPCs[0].ID, Subnets: targets, Routes: []path.Route{
		{PrefixList: path.PrefixListID(list), Target: "tgw-0123456789abcdef0", State: "active", Origin: "CreateRoute"},
		route("0.0.0.0/0", "nat-0123456789abcdef0", "active"), local("10.0.0.0/16"), local("10.1.0.0/16"), route("10.9.0.0/16", "eni-0123456789abcdef0", "active"),
		route("172.16.0.0/12", "vgw-0123456789abcdef0", "active"), route("192.168.0.0/16", "tgw-0123456789abcdef0", "blackhole"),
		route("::/0", "eigw-0123456789abcdef0", "active"),
	}})
	slices.SortFunc(want.RouteTables, func(a, b path.RouteTable) int { return strings.Compare(string(a.ID), string(b.ID)) })
	got := s.look(t)
	if d := sameVPC(want, got); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
	if len(got.PrefixLists) != 1 || string(got.PrefixLists[0].ID) != list || got.Stats.Rounds != 6 || len(got.Gaps) > 0 {
		t.Errorf("got lists %v in %d rounds, gaps %v; want the list that a route names, read beside the targets' interfaces", got.PrefixLists, got.Stats.Rounds, gaps(got))
	}
}

// Lists that only tables off the path name, as that of a public subnet, cost no call.
func TestNamesOfOtherRouteTablesAreNotRead(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	public := s.AddSubnet(s.VPC.ID, "10.0.99.0/24", "eu-central-1a", "euc1-az2")
	table := s.AddRouteTable(s.VPC.ID)
	table.Subnets = []string{public.ID}
	table.Routes = append(table.Routes, network.Route{PrefixList: s.addList("192.0.2.0/24"), Target: "igw-0123456789abcdef0"},
		network.Route{CIDR: netip.MustParsePrefix("10.8.0.0/16"), Target: "pcx-0123456789abcdef0"})
	if got := s.look(t); len(got.PrefixLists)+len(got.Gaps) > 0 || len(got.Subnets) != 5 || len(got.RouteTables) != 2 {
		t.Errorf("got lists %v, gaps %v, %d subnets, %d tables; want none, none, 5, 2", got.PrefixLists, gaps(got), len(got.Subnets), len(got.RouteTables))
	}
}

// In a shared VPC this account sees the subnets that are shared with it, and perhaps less.
func TestWhatOfAVPCIsNotVisibleIsAGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hide func(*sim)
		want []path.Gap
	}{
		"the VPC": {
			func(s *sim) { delete(s.VPCs, s.VPC.ID) },
			[]path.Gap{{Part: path.VPCsPart, Action: "ec2:DescribeVpcs"}, {Part: path.VPCAttributesPart, Action: "ec2:DescribeVpcAttribute"}},
		},
		"a node's network ACL": {
			func(s *sim) { s.NodeSubnets[0].ACL = "" },
			[]path.Gap{{Part: path.NetworkACLsPart, Action: "ec2:DescribeNetworkAcls"}},
		},
		"a target's network ACL": {
			func(s *sim) { s.ProxySubnets[0].ACL = "" },
			[]path.Gap{{Part: path.NetworkACLsPart, Action: "ec2:DescribeNetworkAcls"}},
		},
		"the main route table, where one subnet has its own": {
			func(s *sim) {
				s.RouteTableOf(s.NodeSubnets[0]).Main = false
				for _, n := range slices.Concat(s.ProxySubnets, s.NodeSubnets[:1]) {
					table := s.AddRouteTable(s.VPC.ID)
					table.Subnets = []string{n.ID}
				}
			},
			[]path.Gap{{Part: path.RouteTablesPart, Action: "ec2:DescribeRouteTables"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			tt.hide(s)
			got := s.look(t)
			var seen []path.Gap
			for _, g := range got.Gaps {
				if g.On == "" || g.Cause != path.NotVisible {
					t.Errorf("got %+v, want what is not visible and where", g)
				}
				seen = append(seen, path.Gap{Part: g.Part, Action: g.Action})
			}
			if d := cmp.Diff(tt.want, seen); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}
