package collect_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A peered is a VPC with a proxy in it, joined to the reference's by a peering connection over
// which both main route tables lead.
type peered struct {
	vpc     *network.VPC
	peering *network.Peering
	group   *network.SecurityGroup
	proxy   *network.Interface
}

const peerAddr = "10.9.1.20"

// peer registers a proxy in a peered VPC as the only target. Its group names the load
// balancer's, across the peering connection.
func (s *sim) peer() peered {
	p := peered{vpc: s.AddVPC("10.9.0.0/16")}
	subnet := s.AddSubnet(p.vpc.ID, "10.9.1.0/24", "eu-central-1a", "euc1-az2")
	p.peering = s.AddPeering(s.VPC.ID, p.vpc.ID)
	p.group = s.AddSecurityGroup(p.vpc.ID, "far-proxy", "proxies in the peered VPC")
	s.World.Authorize(p.group, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: s.BalancerGroup.ID})
	s.Settle(p.group)
	p.proxy = s.AddInterface(subnet.ID, peerAddr, "XKS proxy", p.group.ID)
	near, far := s.RouteTableOf(s.NodeSubnets[0]), s.RouteTableOf(subnet)
	near.Routes = append(near.Routes, network.Route{CIDR: p.vpc.CIDRs[0], Target: p.peering.ID})
	far.Routes = append(far.Routes, network.Route{CIDR: s.VPC.CIDRs[0], Target: p.peering.ID})
	s.TargetGroup.Targets = nil
	s.Register(s.TargetGroup, peerAddr, 443, "all")
	return p
}

func target(t *testing.T, got path.Snapshot) path.Target {
	t.Helper()
	if len(got.TargetGroups) != 1 || len(got.TargetGroups[0].Targets) != 1 {
		t.Fatalf("got %+v, want one target", got.TargetGroups)
	}
	return got.TargetGroups[0].Targets[0]
}

func TestATargetInAPeeredVPCIsFoundThroughTheRoutes(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	p := s.peer()
	twin := s.AddVPC("10.9.0.0/16") // has the same range, and no route leads there
	s.AddInterface(s.AddSubnet(twin.ID, "10.9.1.0/24", "eu-central-1a", "euc1-az2").ID, peerAddr, "the same address elsewhere")
	got := s.look(t)
	if at := target(t, got); string(at.Interface) != p.proxy.ID || len(got.Gaps) > 0 {
		t.Errorf("the target is located at %q, gaps %v; want %s", at.Interface, gaps(got), p.proxy.ID)
	}
	side := func(vpc, cidr string) path.PeeringVPC {
		return path.PeeringVPC{VPC: path.VPCID(vpc), Account: "111122223333", Region: "eu-central-1", CIDRs: []netip.Prefix{netip.MustParsePrefix(cidr)}}
	}
	want := []path.Peering{{ID: path.PeeringID(p.peering.ID), Status: "active", Requester: side(s.VPC.ID, "10.0.0.0/16"), Accepter: side(p.vpc.ID, "10.9.0.0/16")}}
	if d := cmp.Diff(want, got.Peerings, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Errorf("peerings: want (-), got (+):\n%s", d)
	}
	if len(got.VPCs) != 2 || len(got.Subnets) != 5 || len(got.NetworkACLs) != 2 || len(got.RouteTables) != 2 || got.Stats.Rounds != 6 {
		t.Errorf("got %d VPCs, %d subnets, %d ACLs, %d tables in %d rounds; want both VPCs whole in six", len(got.VPCs), len(got.Subnets), len(got.NetworkACLs), len(got.RouteTables), got.Stats.Rounds)
	}
	rule := path.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: path.SecurityGroupID(s.BalancerGroup.ID), Peering: path.PeeringID(p.peering.ID), PeeringStatus: "active"}
	if seen := s.group(got, p.group).Ingress; len(seen) != 1 || seen[0] != rule {
		t.Errorf("got rules %+v, want %+v", seen, rule)
	}
}

// Over a transit gateway, or without any route, nobody can say which VPC the address is in.
func TestATargetThatNoPeeringLeadsToIsNotLocated(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*sim, peered){
		"no route": func(s *sim, _ peered) {
			s.RouteTableOf(s.NodeSubnets[0]).Routes = s.RouteTableOf(s.NodeSubnets[0]).Routes[:1]
		},
		"a transit gateway is more specific": func(s *sim, _ peered) {
			table := s.RouteTableOf(s.NodeSubnets[0])
			table.Routes = append(table.Routes, network.Route{CIDR: netip.MustParsePrefix("10.9.1.0/24"), Target: "tgw-0123456789abcdef0"})
		},
		"the other side is another account's": func(_ *sim, p peered) { p.peering.Accepter.Account = "444455556666" },
		"the other side is another Region's":  func(_ *sim, p peered) { p.peering.Accepter.Region = "eu-west-1" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			edit(s, s.peer())
			got := s.look(t)
			if at := target(t, got); at.Interface != "" || len(got.VPCs) != 1 || len(got.Gaps) > 0 {
				t.Errorf("located at %q, %d VPCs, gaps %v; want nowhere, one, none", at.Interface, len(got.VPCs), gaps(got))
			}
		})
	}
}

func TestWhatHidesThePeeredVPCIsAGap(t *testing.T) {
	t.Parallel()
	hidden := []path.Part{path.TargetInterfacesPart, path.GroupMembersPart}
	for action, part := range map[string]path.Part{
		"ec2:DescribeRouteTables":           path.RouteTablesPart,
		"ec2:DescribeVpcPeeringConnections": path.PeeringsPart,
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.peer()
			s.denied[action] = true
			want := map[told]bool{{part, action, path.AccessDenied}: true}
			for _, p := range hidden {
				want[told{p, action, path.Unreadable}] = true
			}
			seen := map[told]bool{}
			for _, g := range gaps(s.look(t)) {
				seen[g] = true
			}
			if d := cmp.Diff(want, seen); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

// A deleted peering connection vanishes in time: what still names it is a blackhole or stale.
func TestAPeeringThatIsGoneIsAGapOnlyWhereItIsUsed(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	p := s.peer()
	delete(s.Peerings, p.peering.ID)
	got := s.look(t)
	if g, ok := got.Gap(path.PeeringsPart); !ok || g.Cause != path.NotVisible || g.On != path.ARN(p.peering.ID) {
		t.Errorf("got %+v, want that an active route names what is not visible", got.Gaps)
	}
	s.Peerings[p.peering.ID] = p.peering
	s.DeletePeering(p.peering)
	delete(s.Peerings, p.peering.ID)
	if got := s.look(t); len(got.Gaps) > 0 {
		t.Errorf("got %+v, want no gap: the route is a blackhole", got.Gaps)
	}
}

// An Application Load Balancer as target is reached at each of its own nodes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
func TestAnApplicationLoadBalancerIsATargetAtEachOfItsNodes(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	arn := s.ARN("elasticloadbalancing", "loadbalancer/app/proxies/0123456789abcdef")
	s.TargetGroup.Type, s.TargetGroup.Targets = "alb", []*network.Target{{ID: arn, Port: 443, State: "healthy"}}
	group := s.AddSecurityGroup(s.VPC.ID, "alb", "of the Application Load Balancer")
	want := map[string]string{}
	for i, addr := range []string{"10.0.11.60", "10.0.12.60"} {
		node := s.AddInterface(s.ProxySubnets[i].ID, addr, "ELB app/proxies/0123456789abcdef", group.ID)
		node.RequesterManaged = true
		want[node.ID] = addr
	}
	s.AddInterface(s.ProxySubnets[0].ID, "10.0.11.61", "ELB app/others/0123456789abcdef", group.ID)
	got := s.look(t)
	seen := map[string]string{}
	for _, at := range got.TargetGroups[0].Targets {
		if at.ID != arn || at.State != "healthy" || at.Port != 443 {
			t.Errorf("got %+v, want each to be the load balancer", at)
		}
		seen[string(at.Interface)] = at.Addr.String()
	}
	if d := cmp.Diff(want, seen); d != "" || len(got.Gaps) > 0 || got.Stats.Rounds != 6 {
		t.Errorf("gaps %v, %d rounds; want (-), got (+):\n%s", gaps(got), got.Stats.Rounds, d)
	}
	if s.group(got, group).ID == "" {
		t.Error("the load balancer's group was not read")
	}
}

// What is registered and serves has an interface; where AWS shows none, it is not visible.
func TestATargetWithoutAnInterfaceIsAGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind, id, state string
		want            string
	}{
		"an instance":                           {kind: "instance", id: "i-0123456789abcdef0", state: "healthy", want: "no network interface of the instance was found"},
		"an instance that was terminated":       {kind: "instance", id: "i-0123456789abcdef0", state: "unused"},
		"an Application Load Balancer":          {kind: "alb", id: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/proxies/0123456789abcdef", state: "unhealthy", want: "no network interface of the load balancer was found"},
		"an address on premises":                {kind: "ip", id: "192.168.7.9", state: "healthy"},
		"an address of the VPC that nobody has": {kind: "ip", id: "10.0.11.99", state: "unhealthy"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.TargetGroup.Type, s.TargetGroup.Targets = tt.kind, []*network.Target{{ID: tt.id, Port: 443, State: tt.state}}
			if tt.state == "unused" {
				s.Instances[tt.id] = &network.Instance{ID: tt.id, State: "terminated", VPC: s.VPC.ID}
			} else if tt.kind == "instance" {
				s.Instances[tt.id] = &network.Instance{ID: tt.id, State: "running", VPC: s.VPC.ID}
			}
			got := s.look(t)
			g, ok := got.Gap(path.TargetInterfacesPart)
			if ok != (tt.want != "") || !strings.Contains(g.Message, tt.want) || ok && (g.Cause != path.NotVisible || g.On != path.ARN(tt.id)) {
				t.Errorf("got %+v, want %q", got.Gaps, tt.want)
			}
		})
	}
}
