package reach_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// missing gathers what all hops of a purpose miss; "" of them where purpose is "".
func missing(hops []reach.Hop, p reach.Purpose) string {
	var all flow.Set
	for _, h := range hops {
		if p == "" || h.Purpose == p {
			all = all.Union(h.Missing())
		}
	}
	return all.String()
}

// oneTarget leaves only 10.0.2.9, so that what is missing is short to read.
var oneTarget = pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets = slices.Clone(g.Targets[2:3]) })

const (
	fromA    = "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"
	fromB    = "tcp 10.0.2.7/32 → 10.0.2.9/32 :443"
	fromBoth = fromA + ", " + fromB
)

// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func TestWhatTargetsMustAdmit(t *testing.T) {
	t.Parallel()
	ingress := func(rules ...path.Rule) pathtest.Edit { return pathtest.Ingress(pathtest.ProxyGroup, rules...) }
	rule := func(protocol string, from, to int) path.Rule {
		return path.Rule{Protocol: protocol, FromPort: from, ToPort: to, Prefix: netip.MustParsePrefix("10.0.0.0/16")}
	}
	tests := map[string]struct {
		edit    pathtest.Edit
		traffic string
		health  string
	}{
		"the subnets of both nodes are admitted": {pathtest.Unchanged, "", ""},
		"no rule at all":                         {ingress(), fromBoth, fromBoth},
		"just the two node addresses":            {pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.7/32", "10.0.2.7/32"), "", ""},
		"one node address short":                 {pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.6/32", "10.0.2.7/32"), fromA, fromA},
		"protocol tcp by its number":             {ingress(rule("6", 443, 443)), "", ""},
		"protocol TCP in capitals":               {ingress(rule("TCP", 443, 443)), "", ""},
		"all traffic":                            {ingress(rule("-1", -1, -1)), "", ""},
		"udp on the same port":                   {ingress(rule("udp", 443, 443)), fromBoth, fromBoth},
		"udp, then tcp":                          {ingress(rule("udp", 443, 443), rule("tcp", 443, 443)), "", ""},
		"udp by its number":                      {ingress(rule("17", -1, -1)), fromBoth, fromBoth},
		"icmp with type and code any":            {ingress(rule("icmp", -1, -1)), fromBoth, fromBoth},
		"a range that ends with the port":        {ingress(rule("tcp", 1, 443)), "", ""},
		"a range that begins with the port":      {ingress(rule("tcp", 443, 65535)), "", ""},
		"a range that ends below the port":       {ingress(rule("tcp", 1, 442)), fromBoth, fromBoth},
		"a range that begins above the port":     {ingress(rule("tcp", 444, 65535)), fromBoth, fromBoth},
		"ports that do not exist, above":         {ingress(rule("tcp", 443, 70000)), fromBoth, fromBoth},
		"ports that do not exist, below":         {ingress(rule("tcp", 443-65536, 443)), fromBoth, fromBoth},
		"a range that ends before it starts":     {ingress(rule("tcp", 444, 443)), fromBoth, fromBoth},
		"every TCP port":                         {ingress(rule("tcp", 0, 65535)), "", ""},
		"IPv6 from everywhere":                   {ingress(pathtest.TCP("::/0", 443)), fromBoth, fromBoth},
		"a prefix list with one of the nodes": {
			pathtest.All(ingress(pathtest.TCPList("pl-1", 443)), pathtest.PrefixList("pl-1", "192.0.2.0/24", "10.0.2.7/32")), fromA, fromA,
		},
		"a reference to a group that no node carries": {
			pathtest.All(pathtest.AddGroup("sg-other"), pathtest.OtherInterface("eni-other", "10.0.1.8", "sg-other"),
				ingress(pathtest.TCPGroup("sg-other", 443))), fromBoth, fromBoth,
		},
		"a reference of the group to itself": {ingress(pathtest.TCPGroup(pathtest.ProxyGroup, 443)), fromBoth, fromBoth},
		"two groups that admit a node each": {
			pathtest.All(pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.7/32"), pathtest.AddGroup("sg-two", pathtest.TCP("10.0.2.7/32", 443)),
				pathtest.Carry(pathtest.ProxyGroup, "sg-two")), "", "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops := reach.LoadBalancerToTargets(pathtest.With(oneTarget, tt.edit))
			if got := missing(hops, reach.Traffic); got != tt.traffic {
				t.Errorf("traffic misses %q, want %q", got, tt.traffic)
			}
			if got := missing(hops, reach.HealthChecks); got != tt.health {
				t.Errorf("health checks miss %q, want %q", got, tt.health)
			}
		})
	}
}

// A reference to the load balancer's group admits health checks always, PrivateLink
// traffic only with enforcement on.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#target-security-groups
func TestReferencesToTheLoadBalancersGroup(t *testing.T) {
	t.Parallel()
	byReference := pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443))
	noGroups := pathtest.All(
		pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.SecurityGroups, lb.Enforcement = nil, "" }),
		pathtest.Interface(pathtest.NodeA, func(n *path.NetworkInterface) { n.SecurityGroups = nil }),
		pathtest.Interface(pathtest.NodeB, func(n *path.NetworkInterface) { n.SecurityGroups = nil }),
	)
	unsaid := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Enforcement = "" })
	tests := map[string]struct {
		edit            pathtest.Edit
		traffic, health string
	}{
		"enforcement on":                         {pathtest.Enforce, "", ""},
		"enforcement off":                        {pathtest.Unchanged, fromBoth, ""},
		"enforcement not said, so AWS's default": {unsaid, "", ""},
		"a load balancer without groups":         {noGroups, fromBoth, fromBoth},
		"targets that carry the load balancer's own group": {
			pathtest.All(pathtest.Carry(pathtest.LoadBalancerGroup),
				pathtest.Ingress(pathtest.LoadBalancerGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443))), fromBoth, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops := reach.LoadBalancerToTargets(pathtest.With(oneTarget, byReference, tt.edit))
			if got := missing(hops, reach.Traffic); got != tt.traffic {
				t.Errorf("traffic misses %q, want %q", got, tt.traffic)
			}
			if got := missing(hops, reach.HealthChecks); got != tt.health {
				t.Errorf("health checks miss %q, want %q", got, tt.health)
			}
		})
	}
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func TestWhichNodesSendToATarget(t *testing.T) {
	t.Parallel()
	ofGroup := func(value string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { g.CrossZone = value })
	}
	zone := func(name string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets[0].Zone = name })
	}
	off := pathtest.CrossZone(false)
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"cross-zone on":                          {pathtest.Unchanged, fromBoth},
		"cross-zone off":                         {off, fromB},
		"the target group says on, it wins":      {pathtest.All(off, ofGroup("true")), fromBoth},
		"the target group says off, it wins":     {ofGroup("false"), fromB},
		"the target is given no zone: its own":   {pathtest.All(off, zone("")), fromB},
		"the target belongs to all zones":        {pathtest.All(off, zone("all")), fromBoth},
		"the target is given another zone":       {pathtest.All(off, zone(pathtest.ZoneA)), fromA},
		"a target that is leaving needs nothing": {pathtest.Targets("draining", "Target.DeregistrationInProgress"), ""},
		"a target not in use needs nothing":      {pathtest.Targets("unused", "Target.NotInUse"), ""},
		"an unhealthy target needs all":          {pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), fromBoth},
		"a node's secondary address counts": {
			pathtest.All(off, pathtest.Interface(pathtest.NodeB, func(n *path.NetworkInterface) {
				n.Addrs = append(n.Addrs, netip.MustParseAddr("10.0.2.77"))
			})), fromB + ", tcp 10.0.2.77/32 → 10.0.2.9/32 :443",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(oneTarget, pathtest.Ingress(pathtest.ProxyGroup), tt.edit)
			if got := missing(reach.LoadBalancerToTargets(s), reach.Traffic); got != tt.want {
				t.Errorf("traffic misses %q, want %q", got, tt.want)
			}
		})
	}
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func TestHealthCheckPort(t *testing.T) {
	t.Parallel()
	only := func(port string) pathtest.Edit {
		return pathtest.All(pathtest.CrossZone(false), pathtest.Ingress(pathtest.ProxyGroup), pathtest.HealthCheckPort(port))
	}
	target := func(edit func(*path.Target)) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { edit(&g.Targets[0]) })
	}
	tests := map[string]struct {
		edit            pathtest.Edit
		traffic, health string
	}{
		"traffic-port is the target's port": {only("traffic-port"), fromB, fromB},
		"a port of its own":                 {only("8080"), fromB, "tcp 10.0.2.7/32 → 10.0.2.9/32 :8080"},
		"traffic-port of a target on 8443": {
			pathtest.All(only("traffic-port"), target(func(t *path.Target) { t.Port = 8443 })),
			"tcp 10.0.2.7/32 → 10.0.2.9/32 :8443", "tcp 10.0.2.7/32 → 10.0.2.9/32 :8443",
		},
		"a target that is given no port takes the group's": {
			pathtest.All(only("traffic-port"), target(func(t *path.Target) { t.Port = 0 })), fromB, fromB,
		},
		"no health checks": {
			pathtest.All(only("8080"), pathtest.TargetGroup(func(g *path.TargetGroup) { g.HealthCheck.Enabled = false })), fromB, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops := reach.LoadBalancerToTargets(pathtest.With(oneTarget, tt.edit))
			if got := missing(hops, reach.Traffic); got != tt.traffic {
				t.Errorf("traffic misses %q, want %q", got, tt.traffic)
			}
			if got := missing(hops, reach.HealthChecks); got != tt.health {
				t.Errorf("health checks miss %q, want %q", got, tt.health)
			}
		})
	}
}

func TestWhatIsNotSeenIsSaid(t *testing.T) {
	t.Parallel()
	nowhere := pathtest.All(pathtest.CrossZone(false), pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets[0].Zone = "" }),
		pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.Zone = "" }))
	noAddress := pathtest.Interface(pathtest.NodeA, func(n *path.NetworkInterface) { n.Addrs = nil })
	noNodeA := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes = lb.Nodes[1:] })
	tests := map[string]struct {
		edit         pathtest.Edit
		ends, unread string
	}{
		"everything is seen":                       {pathtest.Unchanged, "", ""},
		"a zone without a node":                    {noNodeA, "load balancer node in us-west-2a", ""},
		"a zone that does not send":                {pathtest.All(noNodeA, pathtest.CrossZone(false)), "", ""},
		"a node without an address":                {noAddress, "load balancer node in us-west-2a", ""},
		"a node that is not in the list":           {pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes[0] = "eni-gone" }), "load balancer node in us-west-2a", ""},
		"a target in no known zone":                {nowhere, "zone of the target", ""},
		"a target in no known zone, cross-zone on": {pathtest.All(nowhere, pathtest.CrossZone(true)), "", ""},
		"a target in a zone without nodes": {
			pathtest.All(pathtest.CrossZone(false), pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets[0].Zone = "us-west-2c" })), "", "",
		},
		"no node at all":               {pathtest.Blind(path.NodesPart), "load balancer node in us-west-2a, load balancer node in us-west-2b", ""},
		"a group that was not read":    {pathtest.Carry(pathtest.ProxyGroup, "sg-hidden"), "", "security group sg-hidden"},
		"a prefix list that is hidden": {pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPList("pl-hidden", 443)), "", "prefix list pl-hidden"},
		"a hidden list for another port": {
			pathtest.Ingress(pathtest.ProxyGroup, path.Rule{Protocol: "udp", FromPort: 53, ToPort: 53, PrefixList: "pl-hidden"}), "", "",
		},
		"a target whose address is not known": {
			pathtest.All(
				pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets[0].Addr = netip.Addr{} }),
				pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.Addrs = nil }),
			), "target 10.0.2.9", "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops := reach.LoadBalancerToTargets(pathtest.With(oneTarget, tt.edit))
			if len(hops) == 0 {
				t.Fatal("no hop")
			}
			if got := strings.Join(hops[0].EndsUnseen, ", "); got != tt.ends {
				t.Errorf("unseen %q, want %q", got, tt.ends)
			}
			if got := strings.Join(hops[0].RulesUnread, ", "); got != tt.unread {
				t.Errorf("unread %q, want %q", got, tt.unread)
			}
		})
	}
}

func TestTargetsWithoutAHop(t *testing.T) {
	t.Parallel()
	tests := map[string]pathtest.Edit{
		"no listener on 443":                          pathtest.DeleteListener,
		"a listener on another port":                  pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Port = 8443 }),
		"a UDP listener":                              pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Protocol = "UDP" }),
		"a listener that forwards to no group":        pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].TargetGroups = nil }),
		"an empty target group":                       pathtest.KeepTargets(0),
		"an interface without groups filters nothing": pathtest.Carry(),
		"a target outside the VPC": pathtest.TargetGroup(func(g *path.TargetGroup) {
			g.Targets[0] = path.Target{ID: "192.168.7.7", Port: 443, Zone: "all", State: "healthy", Addr: netip.MustParseAddr("192.168.7.7")}
		}),
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if hops := reach.LoadBalancerToTargets(pathtest.With(oneTarget, edit)); len(hops) != 0 {
				t.Errorf("got %d hops, want none", len(hops))
			}
		})
	}
}

func TestATargetThatLeavesHidesNoOther(t *testing.T) {
	t.Parallel()
	hops := reach.LoadBalancerToTargets(pathtest.With(pathtest.KeepTargets(2), pathtest.Target("10.0.1.9", "draining", "")))
	if len(hops) != 2 || hops[0].Interface != "eni-10.0.1.10" || hops[1].Interface != "eni-10.0.1.10" {
		t.Errorf("got %+v, want the two hops of 10.0.1.10", hops)
	}
}

// What one target must let in is worked out once for all that are like it: one whose address is
// none must say nothing of them.
func TestATargetWithoutAnAddressHidesNoOther(t *testing.T) {
	t.Parallel()
	healthy := pathtest.With(pathtest.KeepTargets(2))
	odd := pathtest.With(pathtest.KeepTargets(2),
		pathtest.TargetGroup(func(g *path.TargetGroup) { g.Targets[0].Addr = netip.Addr{} }),
		pathtest.Interface("eni-10.0.1.9", func(n *path.NetworkInterface) { n.Addrs = []netip.Addr{{}} }))
	want, got := reach.LoadBalancerToTargets(healthy), reach.LoadBalancerToTargets(odd)
	if len(got) != 4 || !slices.Equal(got[0].EndsUnseen, []string{"target 10.0.1.9"}) || !got[0].Required.IsZero() {
		t.Fatalf("got %+v", got)
	}
	for i := 2; i < 4; i++ {
		if got[i].Required.IsZero() || !got[i].Required.Equal(want[i].Required) || !got[i].Allowed.Equal(want[i].Allowed) {
			t.Errorf("%s: got %v of %v, want %v of %v", got[i].Name, got[i].Allowed, got[i].Required, want[i].Allowed, want[i].Required)
		}
	}
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func TestEnforces(t *testing.T) {
	t.Parallel()
	group := []path.SecurityGroupID{"sg-1"}
	tests := map[string]struct {
		lb   path.LoadBalancer
		want bool
	}{
		"on":                          {path.LoadBalancer{SecurityGroups: group, Enforcement: "on"}, true},
		"off":                         {path.LoadBalancer{SecurityGroups: group, Enforcement: "off"}, false},
		"OFF":                         {path.LoadBalancer{SecurityGroups: group, Enforcement: "OFF"}, false},
		"not said: on is the default": {path.LoadBalancer{SecurityGroups: group}, true},
		"no groups to enforce":        {path.LoadBalancer{Enforcement: "on"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := reach.Enforces(tt.lb); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestEveryTargetHasItsOwnHops(t *testing.T) {
	t.Parallel()
	hops := reach.LoadBalancerToTargets(pathtest.Healthy())
	var got []string
	for _, h := range hops {
		got = append(got, h.Name+" "+string(h.Purpose)+" "+string(h.Interface))
	}
	var want []string
	for _, a := range pathtest.TargetAddrs() {
		want = append(want, "load balancer to target "+a+":443 traffic eni-"+a, "load balancer to target "+a+":443 health checks eni-"+a)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
