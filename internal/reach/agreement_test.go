package reach_test

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// A row is what the algebra once saw otherwise than a packet walk did (package soak), on the
// smallest path that shows it.
func TestWhereTheAlgebraDisagreedWithAPacketWalk(t *testing.T) {
	t.Parallel()
	oneWay := pathtest.All(oneTarget, pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones, lb.Nodes = lb.Zones[:1], lb.Nodes[:1] }))
	inOneSubnet := pathtest.All(oneWay, pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.Subnet = pathtest.SubnetA }))
	into := func(s path.Snapshot) string { return missing(reach.LoadBalancerToTargets(s), reach.Traffic) }
	routes := func(s path.Snapshot) string {
		hops, _ := reach.Routes(s, reach.Anywhere)
		return losses(hops)
	}
	tests := map[string]struct {
		edit pathtest.Edit
		ask  func(path.Snapshot) string
		want string
	}{
		"an IPv6 rule that maps IPv4 addresses admits no IPv4 packet": {
			pathtest.All(oneWay, pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCP("::ffff:0:0/96", 443))), into, fromA,
		},
		"nor does one of a single address": {
			pathtest.All(oneWay, pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCP("::ffff:10.0.1.7/128", 443))), into, fromA,
		},
		"a blackhole is no loss within a subnet, where nobody knows whether it is asked": {
			pathtest.All(inOneSubnet, pathtest.AddRoute("rtb-1", pathtest.Blackhole("10.0.2.9/32", "eni-gone"))), routes,
			"rtb-1: unseen: whether route table rtb-1 decides within subnet-a",
		},
		"within a subnet the local route leaves no doubt": {inOneSubnet, routes, ""},
		"an address of a peered VPC to which a route leads elsewhere is not taken to be there": {
			pathtest.All(oneWay, pathtest.Peered, func(s *path.Snapshot) {
				s.Interfaces = s.Interfaces[:len(s.Interfaces)-1]
				s.TargetGroups[0].Targets[0].Interface = ""
			}, pathtest.AddRoute("rtb-1", pathtest.Route("10.9.1.9/32", "vgw-1"))), routes,
			"rtb-1 outside: unseen: what lies behind vgw-1, to which route table rtb-1 sends 10.9.1.9/32",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.ask(pathtest.With(tt.edit)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
