package network_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// node sends to target in another subnet of the same VPC; each group belongs to one of them.
type pair struct {
	w                    *network.World
	vpc                  *network.VPC
	near, far            *network.Subnet
	nodeGroup, destGroup *network.SecurityGroup
	node, target         *network.Interface
}

// newPair returns two interfaces whose groups have no rules yet.
func newPair() pair {
	w := networktest.NewWorld()
	p := pair{w: w, vpc: w.AddVPC("10.0.0.0/16")}
	p.near = w.AddSubnet(p.vpc.ID, "10.0.1.0/24", "eu-central-1a", "euc1-az2")
	p.far = w.AddSubnet(p.vpc.ID, "10.0.2.0/24", "eu-central-1a", "euc1-az2")
	p.nodeGroup = w.AddSecurityGroup(p.vpc.ID, "node", "node")
	p.destGroup = w.AddSecurityGroup(p.vpc.ID, "target", "target")
	for _, g := range []*network.SecurityGroup{p.nodeGroup, p.destGroup} {
		w.Revoke(g, func(network.Rule) bool { return true })
		w.Settle(g)
	}
	p.node = w.AddInterface(p.near.ID, "10.0.1.7", "node", p.nodeGroup.ID)
	p.target = w.AddInterface(p.far.ID, "10.0.2.9", "target", p.destGroup.ID)
	return p
}

func (p pair) allow(g *network.SecurityGroup, egress bool, rules ...network.Rule) {
	p.w.Authorize(g, egress, rules...)
	p.w.Settle(g)
}

// packet is tcp from the node to addr and port.
func packet(addr string, port uint16) network.Packet {
	return network.Packet{Protocol: network.TCP, Src: netip.MustParseAddrPort("10.0.1.7:40000"), Dst: netip.AddrPortFrom(netip.MustParseAddr(addr), port)}
}

func tcp(from, to int, cidr string) network.Rule {
	return network.Rule{Protocol: "tcp", FromPort: from, ToPort: to, CIDR: netip.MustParsePrefix(cidr)}
}

func check(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("the packet was dropped: %v; want it to arrive", err)
	case want != "" && err == nil:
		t.Errorf("the packet arrived; want it dropped by %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("the packet was dropped by %q; want %q", err, want)
	}
}

// The rules of https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html,
// with packets on both sides of each edge.
func TestSecurityGroupsAdmit(t *testing.T) {
	t.Parallel()
	anywhere := network.Rule{Protocol: "-1", CIDR: netip.MustParsePrefix("0.0.0.0/0")}
	tests := map[string]struct {
		in      []network.Rule
		out     []network.Rule
		unnamed bool
		port    uint16
		byGroup string // the rule names this group: node, target
		list    string // the rule names a prefix list of this CIDR
		want    string // part of why it was dropped
	}{
		"no inbound rule admits nothing":                          {out: []network.Rule{anywhere}, port: 443, want: "in"},
		"no outbound rule lets nothing out":                       {in: []network.Rule{anywhere}, port: 443, want: "out"},
		"all protocols from anywhere admit":                       {in: []network.Rule{anywhere}, out: []network.Rule{anywhere}, port: 443},
		"the very port admits":                                    {in: []network.Rule{tcp(443, 443, "10.0.1.0/24")}, out: []network.Rule{anywhere}, port: 443},
		"a port below the range does not":                         {in: []network.Rule{tcp(443, 445, "10.0.1.0/24")}, out: []network.Rule{anywhere}, port: 442, want: "in"},
		"the first port of the range does":                        {in: []network.Rule{tcp(443, 445, "10.0.1.0/24")}, out: []network.Rule{anywhere}, port: 443},
		"the last port of the range does":                         {in: []network.Rule{tcp(443, 445, "10.0.1.0/24")}, out: []network.Rule{anywhere}, port: 445},
		"a port above the range does not":                         {in: []network.Rule{tcp(443, 445, "10.0.1.0/24")}, out: []network.Rule{anywhere}, port: 446, want: "in"},
		"the very address admits":                                 {in: []network.Rule{tcp(443, 443, "10.0.1.7/32")}, out: []network.Rule{anywhere}, port: 443},
		"the address beside does not":                             {in: []network.Rule{tcp(443, 443, "10.0.1.6/32")}, out: []network.Rule{anywhere}, port: 443, want: "in"},
		"another protocol does not":                               {in: []network.Rule{{Protocol: "udp", FromPort: 443, ToPort: 443, CIDR: netip.MustParsePrefix("10.0.1.0/24")}}, out: []network.Rule{anywhere}, port: 443, want: "in"},
		"the protocol by its number does":                         {in: []network.Rule{{Protocol: "6", FromPort: 443, ToPort: 443, CIDR: netip.MustParsePrefix("10.0.1.0/24")}}, out: []network.Rule{anywhere}, port: 443},
		"one rule of many is enough":                              {in: []network.Rule{tcp(80, 80, "10.0.1.7/32"), tcp(443, 443, "10.0.1.7/32")}, out: []network.Rule{anywhere}, port: 443},
		"an outbound rule is held against the destination":        {in: []network.Rule{anywhere}, out: []network.Rule{tcp(443, 443, "10.0.2.9/32")}, port: 443},
		"an outbound rule to the address beside does not":         {in: []network.Rule{anywhere}, out: []network.Rule{tcp(443, 443, "10.0.2.8/32")}, port: 443, want: "out"},
		"a rule naming the sender's group admits":                 {out: []network.Rule{anywhere}, port: 443, byGroup: "node"},
		"a rule naming the receiver's own group does not":         {out: []network.Rule{anywhere}, port: 443, byGroup: "target", want: "in"},
		"naming the sender's group is no use where it is unnamed": {out: []network.Rule{anywhere}, port: 443, byGroup: "node", unnamed: true, want: "in"},
		"naming its address is":                                   {in: []network.Rule{tcp(443, 443, "10.0.1.7/32")}, out: []network.Rule{anywhere}, port: 443, unnamed: true},
		"a prefix list that holds the sender admits":              {out: []network.Rule{anywhere}, port: 443, list: "10.0.1.0/28"},
		"a prefix list that does not hold it does not":            {out: []network.Rule{anywhere}, port: 443, list: "10.0.1.16/28", want: "in"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.allow(p.destGroup, false, tt.in...)
			p.allow(p.nodeGroup, true, tt.out...)
			if tt.byGroup != "" {
				id := map[string]string{"node": p.nodeGroup.ID, "target": p.destGroup.ID}[tt.byGroup]
				p.allow(p.destGroup, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: id})
			}
			if tt.list != "" {
				p.w.PrefixLists["pl-1"] = &network.PrefixList{ID: "pl-1", Entries: []network.PrefixListEntry{{CIDR: netip.MustParsePrefix(tt.list)}}}
				p.allow(p.destGroup, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, PrefixList: "pl-1"})
			}
			sent := packet("10.0.2.9", tt.port)
			sent.Unnamed = tt.unnamed
			check(t, p.w.Send(p.node, sent), tt.want)
		})
	}
}

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func TestNetworkACLsAreStatelessAndLowestNumberDecides(t *testing.T) {
	t.Parallel()
	all := netip.MustParsePrefix("0.0.0.0/0")
	entry := func(number int, egress, allow bool, from, to int, cidr string) network.ACLEntry {
		return network.ACLEntry{Number: number, Egress: egress, Protocol: network.TCP, Allow: allow, FromPort: from, ToPort: to, CIDR: netip.MustParsePrefix(cidr)}
	}
	in443 := entry(100, false, true, 443, 443, "10.0.1.0/24")
	reply := entry(100, true, true, 1024, 65535, "10.0.1.0/24")
	tests := map[string]struct {
		far  []network.ACLEntry
		same bool // the target is in the node's own subnet
		want string
	}{
		"an empty list denies":                            {far: nil, want: "lets no tcp 10.0.1.7:40000 → 10.0.2.9:443 in"},
		"request and reply allowed":                       {far: []network.ACLEntry{in443, reply}},
		"the reply is not implied":                        {far: []network.ACLEntry{in443}, want: "reply: network ACL"},
		"a reply range that ends below the port drops it": {far: []network.ACLEntry{in443, entry(100, true, true, 1024, 39999, "10.0.1.0/24")}, want: "reply: network ACL"},
		"a reply range that ends at the port does not":    {far: []network.ACLEntry{in443, entry(100, true, true, 1024, 40000, "10.0.1.0/24")}},
		"a lower denial wins":                             {far: []network.ACLEntry{in443, reply, entry(99, false, false, 443, 443, "10.0.1.7/32")}, want: "in"},
		"a higher denial is never reached":                {far: []network.ACLEntry{in443, reply, entry(101, false, false, 443, 443, "10.0.1.7/32")}},
		"a lower denial of another address does not":      {far: []network.ACLEntry{in443, reply, entry(99, false, false, 443, 443, "10.0.1.8/32")}},
		"all protocols": {far: []network.ACLEntry{
			{Number: 1, Protocol: -1, Allow: true, CIDR: all}, {Number: 1, Egress: true, Protocol: -1, Allow: true, CIDR: all}}},
		"another protocol": {far: []network.ACLEntry{
			{Number: 1, Protocol: network.UDP, Allow: true, CIDR: all, FromPort: 443, ToPort: 443}, reply}, want: "in"},
		"within a subnet no list is asked": {far: nil, same: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.allow(p.destGroup, false, tcp(443, 443, "10.0.0.0/16"))
			p.allow(p.nodeGroup, true, tcp(443, 443, "10.0.0.0/16"))
			acl := p.w.AddACL(p.vpc.ID, false)
			acl.Entries = tt.far
			p.far.ACL = acl.ID
			to := "10.0.2.9"
			if tt.same {
				p.w.AddInterface(p.near.ID, "10.0.1.9", "neighbour", p.destGroup.ID)
				p.near.ACL, to = acl.ID, "10.0.1.9"
			}
			check(t, p.w.Send(p.node, packet(to, 443)), tt.want)
		})
	}
}

// Traffic that leaves the VPC meets the near subnet's list alone; the far side cannot be seen.
func TestTheNearSubnetsNetworkACLGuardsTheWayOutOfTheVPC(t *testing.T) {
	t.Parallel()
	for name, egress := range map[string]bool{"request out": true, "reply in": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.allow(p.nodeGroup, true, tcp(443, 443, "0.0.0.0/0"))
			table := p.w.RouteTableOf(p.near)
			table.Routes = append(table.Routes, network.Route{CIDR: netip.MustParsePrefix("192.168.0.0/16"), Target: "vgw-1"})
			check(t, p.w.Send(p.node, packet("192.168.7.9", 443)), "")
			acl := p.w.ACLs[p.near.ACL]
			acl.Entries = append(acl.Entries, network.ACLEntry{Number: 1, Egress: egress, Protocol: -1, CIDR: netip.MustParsePrefix("192.168.0.0/16")})
			check(t, p.w.Send(p.node, packet("192.168.7.9", 443)), acl.ID)
		})
	}
}

func TestTheNearSubnetsNetworkACLIsAskedTooBothWays(t *testing.T) {
	t.Parallel()
	for name, egress := range map[string]bool{"request out": true, "reply in": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.allow(p.destGroup, false, tcp(443, 443, "10.0.0.0/16"))
			p.allow(p.nodeGroup, true, tcp(443, 443, "10.0.0.0/16"))
			acl := p.w.AddACL(p.vpc.ID, true)
			p.near.ACL = acl.ID
			check(t, p.w.Send(p.node, packet("10.0.2.9", 443)), "")
			acl.Entries = append(acl.Entries, network.ACLEntry{Number: 1, Egress: egress, Protocol: -1, CIDR: netip.MustParsePrefix("10.0.2.0/24")})
			check(t, p.w.Send(p.node, packet("10.0.2.9", 443)), p.near.ACL)
		})
	}
}

// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func TestRoutesLongestPrefixWins(t *testing.T) {
	t.Parallel()
	route := func(cidr, target string, hole bool) network.Route {
		return network.Route{CIDR: netip.MustParsePrefix(cidr), Target: target, Blackhole: hole}
	}
	tests := map[string]struct {
		routes []network.Route // of the node's own table, beside the local one
		far    []network.Route // of the target's own table, beside the local one
		to     string
		want   string
	}{
		"the local route serves the VPC":             {to: "10.0.2.9"},
		"a more specific blackhole wins":             {routes: []network.Route{route("10.0.2.0/24", "eni-gone", true)}, to: "10.0.2.9", want: "blackhole"},
		"a less specific one does not":               {routes: []network.Route{route("10.0.0.0/8", "vgw-1", true)}, to: "10.0.2.9"},
		"no route leaves the VPC":                    {to: "192.168.7.9", want: "no route"},
		"one over a gateway does":                    {routes: []network.Route{route("192.168.0.0/16", "vgw-1", false)}, to: "192.168.7.9"},
		"a dead gateway does not":                    {routes: []network.Route{route("192.168.0.0/16", "vgw-1", true)}, to: "192.168.7.9", want: "blackhole"},
		"an address of the VPC that nobody has":      {to: "10.0.2.10", want: "no interface has"},
		"the reply needs a way back":                 {far: []network.Route{route("10.0.1.0/24", "eni-gone", true)}, to: "10.0.2.9", want: "reply: route"},
		"a blackhole elsewhere does not harm it":     {far: []network.Route{route("10.0.3.0/24", "eni-gone", true)}, to: "10.0.2.9"},
		"a prefix list names the destination":        {routes: []network.Route{{PrefixList: "pl-1", Target: "tgw-1"}}, to: "192.168.7.9"},
		"a prefix list that does not hold it is mum": {routes: []network.Route{{PrefixList: "pl-1", Target: "tgw-1"}}, to: "192.168.8.9", want: "no route"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair()
			p.w.PrefixLists["pl-1"] = &network.PrefixList{ID: "pl-1", Entries: []network.PrefixListEntry{{CIDR: netip.MustParsePrefix("192.168.7.0/24")}}}
			p.allow(p.destGroup, false, tcp(443, 443, "10.0.0.0/16"))
			p.allow(p.nodeGroup, true, tcp(443, 443, "0.0.0.0/0"))
			for subnet, routes := range map[string][]network.Route{p.near.ID: tt.routes, p.far.ID: tt.far} {
				table := p.w.AddRouteTable(p.vpc.ID)
				table.Subnets, table.Routes = []string{subnet}, append(table.Routes, routes...)
			}
			check(t, p.w.Send(p.node, packet(tt.to, 443)), tt.want)
		})
	}
}

func TestSecurityGroupRuleChangesReachTheDataPlaneLate(t *testing.T) {
	t.Parallel()
	p := newPair()
	p.allow(p.nodeGroup, true, tcp(443, 443, "10.0.0.0/16"))
	send := func() error { return p.w.Send(p.node, packet("10.0.2.9", 443)) }

	p.w.Authorize(p.destGroup, false, tcp(443, 443, "10.0.1.7/32"))
	if n := len(p.w.DescribedRules(p.destGroup)); n != 1 {
		t.Errorf("a describe call shows %d rules at once, want 1", n)
	}
	networktest.Advance(p.w, p.w.Timing.Rules-1)
	check(t, send(), "in")
	networktest.Advance(p.w, 1)
	check(t, send(), "")

	p.w.Revoke(p.destGroup, func(network.Rule) bool { return true })
	if n := len(p.w.DescribedRules(p.destGroup)); n != 0 {
		t.Errorf("a describe call shows %d rules after they were revoked, want 0", n)
	}
	networktest.Advance(p.w, p.w.Timing.Rules-1)
	check(t, send(), "")
	networktest.Advance(p.w, 1)
	check(t, send(), "in")
}

func TestDescribeCallsMayLagBehindRuleChangesToo(t *testing.T) {
	t.Parallel()
	p := newPair()
	p.w.Timing.RuleReads = 1e9
	p.w.Authorize(p.destGroup, false, tcp(443, 443, "10.0.1.7/32"))
	if n := len(p.w.DescribedRules(p.destGroup)); n != 0 {
		t.Errorf("%d rules are described at once, want 0", n)
	}
	networktest.Advance(p.w, 1e9)
	if n := len(p.w.DescribedRules(p.destGroup)); n != 1 {
		t.Errorf("%d rules are described after the lag, want 1", n)
	}
}
