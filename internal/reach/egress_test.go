package reach_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func TestWhatTheLoadBalancerMustLetOut(t *testing.T) {
	t.Parallel()
	egress := func(rules ...path.Rule) pathtest.Edit { return pathtest.Egress(pathtest.LoadBalancerGroup, rules...) }
	onPremises := pathtest.TargetGroup(func(g *path.TargetGroup) {
		g.Targets[0] = path.Target{ID: "192.168.7.7", Port: 443, Zone: "all", State: "healthy", Addr: netip.MustParseAddr("192.168.7.7")}
	})
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"the targets' subnets are let out":       {pathtest.Unchanged, ""},
		"no rule at all":                         {egress(), fromBoth},
		"all traffic to everywhere":              {egress(path.Rule{Protocol: "-1", FromPort: -1, ToPort: -1, Prefix: netip.MustParsePrefix("0.0.0.0/0")}), ""},
		"another port":                           {egress(pathtest.TCP("0.0.0.0/0", 444)), fromBoth},
		"just the target":                        {egress(pathtest.TCP("10.0.2.9/32", 443)), ""},
		"just its neighbour":                     {egress(pathtest.TCP("10.0.2.8/32", 443)), fromBoth},
		"a reference to the targets' group":      {egress(pathtest.TCPGroup(pathtest.ProxyGroup, 443)), ""},
		"a reference to another group":           {egress(pathtest.TCPGroup("sg-other", 443)), fromBoth},
		"a prefix list that holds the target":    {pathtest.All(egress(pathtest.TCPList("pl-1", 443)), pathtest.PrefixList("pl-1", "10.0.2.0/24")), ""},
		"enforcement makes no difference":        {pathtest.All(egress(), pathtest.Enforce), fromBoth},
		"only the node that sends":               {pathtest.All(egress(), pathtest.CrossZone(false)), fromB},
		"a target outside the VPC needs it, too": {onPremises, "tcp 10.0.1.7/32 → 192.168.7.7/32 :443, tcp 10.0.2.7/32 → 192.168.7.7/32 :443"},
		"a health-check port that is not let out": {
			pathtest.All(pathtest.CrossZone(false), pathtest.HealthCheckPort("8080")), "tcp 10.0.2.7/32 → 10.0.2.9/32 :8080",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops := reach.LoadBalancerEgress(pathtest.With(oneTarget, tt.edit))
			if len(hops) != 1 {
				t.Fatalf("got %d hops, want one", len(hops))
			}
			if got := missing(hops, ""); got != tt.want {
				t.Errorf("missing %q, want %q", got, tt.want)
			}
		})
	}
}

// What comes first and needs nothing hides nothing that comes after it.
func TestEveryLoadBalancerAndTargetIsLookedAt(t *testing.T) {
	t.Parallel()
	withoutGroups := func(s *path.Snapshot) {
		first := s.LoadBalancers[0]
		first.ARN, first.SecurityGroups = "arn:first", nil
		first.Listeners = []path.Listener{{ARN: "arn:listener", Protocol: "TCP", Port: 443, TargetGroups: []path.ARN{pathtest.TargetGroupARN}}}
		s.LoadBalancers = []path.LoadBalancer{first, s.LoadBalancers[0]}
	}
	hops := reach.LoadBalancerEgress(pathtest.With(pathtest.CrossZone(false), pathtest.KeepTargets(2), pathtest.Target("10.0.1.9", "draining", ""),
		pathtest.Egress(pathtest.LoadBalancerGroup), withoutGroups))
	if len(hops) != 1 || hops[0].LoadBalancer != pathtest.LoadBalancerARN {
		t.Fatalf("got %+v, want one hop of the second load balancer", hops)
	}
	if got, want := missing(hops, ""), "tcp 10.0.1.7/32 → 10.0.1.10/32 :443"; got != want {
		t.Errorf("missing %q, want %q", got, want)
	}
}

func TestNoEgressHop(t *testing.T) {
	t.Parallel()
	tests := map[string]pathtest.Edit{
		"a load balancer without groups": pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.SecurityGroups = nil }),
		"no target":                      pathtest.KeepTargets(0),
		"no target in use":               pathtest.Targets("draining", ""),
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if hops := reach.LoadBalancerEgress(pathtest.With(edit)); len(hops) != 0 {
				t.Errorf("got %d hops, want none", len(hops))
			}
		})
	}
}

func TestEgressSaysWhatItDidNotSee(t *testing.T) {
	t.Parallel()
	hops := reach.LoadBalancerEgress(pathtest.With(
		pathtest.Egress(pathtest.LoadBalancerGroup, pathtest.TCPList("pl-hidden", 443)),
		pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes = lb.Nodes[:1] }),
	))
	if got, want := strings.Join(hops[0].EndsUnseen, ", "), "load balancer node in us-west-2b"; got != want {
		t.Errorf("unseen %q, want %q", got, want)
	}
	if got, want := strings.Join(hops[0].RulesUnread, ", "), "prefix list pl-hidden"; got != want {
		t.Errorf("unread %q, want %q", got, want)
	}
}

func TestIngressFromAnywhereKnowsNoReferences(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Ingress(pathtest.LoadBalancerGroup,
		pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443), pathtest.TCP("192.0.2.0/24", 443), pathtest.TCPList("pl-hidden", 443)))
	set, unread := reach.IngressFromAnywhere(s, []path.SecurityGroupID{pathtest.LoadBalancerGroup}, netip.MustParseAddr("10.0.1.7"))
	if got, want := set.String(), "tcp 192.0.2.0/24 → 10.0.1.7/32 :443"; got != want {
		t.Errorf("admits %q, want %q", got, want)
	}
	if got, want := strings.Join(unread, ", "), "prefix list pl-hidden"; got != want {
		t.Errorf("unread %q, want %q", got, want)
	}
}
