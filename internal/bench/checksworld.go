package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A pathFault is what is wrong with a path, and so what its plan must hold.
type pathFault string

const (
	healthy  pathFault = "healthy"
	blocked  pathFault = "nothing admitted"           // no rule lets a target or a node speak
	enforced pathFault = "admitted by reference only" // the load balancer enforces groups that admit nothing
)

// groupsAnInterface and rulesAnInterface are AWS's quotas: five groups without asking for more,
// and groups × rules at most a thousand.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const (
	groupsAnInterface = 5
	rulesAnInterface  = 1000
	largestTargets    = 500 // of a load balancer in a zone
	largestZones      = 6
)

// A pathShape says how large a path is.
type pathShape struct {
	zones     int
	targets   int
	rules     int  // inbound of each target and outbound of the load balancer, over all their groups
	ownGroups bool // every target carries groups of its own, in place of the same
	fault     pathFault
	entries   int // of each network ACL, in each direction; at least one
	routes    int // of the route table; at least one
}

// snapshot returns base as a path of the shape. The targets' addresses are every other one, so
// that no two make up a prefix.
func (p pathShape) snapshot(base path.Snapshot) path.Snapshot {
	s := base
	service, lb, tg := *base.Service, base.LoadBalancers[0], base.TargetGroups[0]
	s.Interfaces, s.SecurityGroups = nil, nil
	service.Zones, lb.Zones, lb.Nodes, tg.Targets = nil, nil, nil, nil
	lb.SecurityGroups = p.addGroups(&s, "nlb", p.egress())
	for z := range p.zones {
		zone, node := fmt.Sprintf("eu-central-1%c", 'a'+z), path.InterfaceID(fmt.Sprintf("eni-node-%d", z))
		service.Zones = append(service.Zones, zone)
		lb.Zones = append(lb.Zones, path.Zone{Name: zone, Subnet: path.SubnetID("subnet-" + zone)})
		lb.Nodes = append(lb.Nodes, node)
		s.Interfaces = append(s.Interfaces, path.NetworkInterface{
			ID: node, Type: "network_load_balancer", VPC: lb.VPC, Zone: zone, Addrs: []netip.Addr{nodeAddr(z)}, SecurityGroups: lb.SecurityGroups,
		})
	}
	lb.CrossZone, lb.Enforcement = true, "off"
	if p.fault == enforced {
		lb.Enforcement = "on"
	}
	for i := range p.targets {
		if i == 0 || p.ownGroups {
			p.addGroups(&s, fmt.Sprintf("proxy-%d", i), p.ingress(lb.SecurityGroups[0]))
		}
		t, n := p.target(i, lb.Zones[i%p.zones].Name)
		n.VPC, n.SecurityGroups = tg.VPC, groupNames(s.SecurityGroups[len(s.SecurityGroups)-groupsAnInterface:])
		tg.Targets, s.Interfaces = append(tg.Targets, t), append(s.Interfaces, n)
	}
	s.Service, s.LoadBalancers, s.TargetGroups = &service, []path.LoadBalancer{lb}, []path.TargetGroup{tg}
	return p.withNetwork(s)
}

func groupNames(groups []path.SecurityGroup) []path.SecurityGroupID {
	var names []path.SecurityGroupID
	for _, g := range groups {
		names = append(names, g.ID)
	}
	return names
}

func nodeAddr(zone int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(zone), 7}) }
func targetAddr(index int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 1, byte(index >> 7), byte(index << 1)})
}

func (p pathShape) target(index int, zone string) (path.Target, path.NetworkInterface) {
	addr := targetAddr(index)
	id := path.InterfaceID(fmt.Sprintf("eni-target-%03d", index))
	t := path.Target{ID: addr.String(), Port: 443, Zone: zone, State: "healthy", Interface: id, Addr: addr}
	if p.fault == blocked {
		t.State, t.Reason = "unhealthy", "Target.Timeout"
	}
	return t, path.NetworkInterface{ID: id, Type: "interface", Zone: zone, Addrs: []netip.Addr{addr}}
}

// addGroups spreads rules over the groups of an interface.
func (p pathShape) addGroups(s *path.Snapshot, name string, rules []path.Rule) []path.SecurityGroupID {
	var ids []path.SecurityGroupID
	for i := range groupsAnInterface {
		id := path.SecurityGroupID(fmt.Sprintf("sg-%s-%d", name, i))
		g := path.SecurityGroup{ID: id, ARN: path.ARN("arn:aws:ec2:eu-central-1:111122223333:security-group/" + id), Name: string(id),
			Tags: map[string]string{"xks-remediator": "enabled"}}
		for n := i; n < len(rules); n += groupsAnInterface {
			if name == "nlb" {
				g.Egress = append(g.Egress, rules[n])
			} else {
				g.Ingress = append(g.Ingress, rules[n])
			}
		}
		ids, s.SecurityGroups = append(ids, id), append(s.SecurityGroups, g)
	}
	return ids
}

// ingress is what targets admit: other matters, and in the end the load balancer or not.
func (p pathShape) ingress(balancer path.SecurityGroupID) []path.Rule {
	rules := otherRules(p.rules-1, "sg-proxy-0-0")
	switch p.fault {
	case healthy:
		return append(rules, tcpRule(443, 443, path.Rule{Prefix: netip.MustParsePrefix("10.0.0.0/16")}))
	case enforced:
		return append(rules, tcpRule(443, 443, path.Rule{Group: balancer}))
	}
	return append(rules, tcpRule(444, 444, path.Rule{Prefix: netip.MustParsePrefix("10.0.0.0/16")}))
}

func (p pathShape) egress() []path.Rule {
	port := 443
	if p.fault == blocked {
		port = 444
	}
	return append(otherRules(p.rules-1, "sg-nlb-0"), tcpRule(port, port, path.Rule{Prefix: netip.MustParsePrefix("10.1.0.0/16")}))
}

// otherRules returns n rules that are about other hosts, other ports and another group.
func otherRules(n int, group path.SecurityGroupID) []path.Rule {
	var rules []path.Rule
	for i := range n {
		host := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 200, byte(i >> 7), byte(i << 1)}), 32)
		switch i % 3 {
		case 0:
			rules = append(rules, tcpRule(443, 443, path.Rule{Prefix: host}))
		case 1:
			rules = append(rules, tcpRule(1024+i, 2048+i, path.Rule{Prefix: netip.MustParsePrefix("10.0.0.0/8")}))
		case 2:
			rules = append(rules, tcpRule(i%443, 443+i, path.Rule{Group: group}))
		}
	}
	return rules
}

func tcpRule(from, to int, end path.Rule) path.Rule {
	end.Protocol, end.FromPort, end.ToPort = "tcp", from, to
	return end
}

// basePaths are snapshots to make others of: what the product read of a healthy path, and with each
// fault the answer that KMS gives to the canary.
func basePaths(ctx context.Context) (map[pathFault]path.Snapshot, error) {
	w, err := newPathWorld(ctx, 2, time.Duration(0))
	if err != nil {
		return nil, err
	}
	defer w.sim.Close()
	sound := w.snapshot(ctx)
	w.breakPath()
	broken := w.snapshot(ctx)
	if len(sound.Gaps)+len(broken.Gaps) > 0 || sound.Canary == nil || broken.Canary == nil {
		return nil, fmt.Errorf("the path was not read: gaps %v, %v", sound.Gaps, broken.Gaps)
	}
	failing := sound
	failing.Canary = broken.Canary
	return map[pathFault]path.Snapshot{healthy: sound, blocked: failing, enforced: failing}, nil
}

// expected returns an error where a judgement is not what the fault must come to, so that nothing
// is timed that stopped half-way.
func (p pathShape) expected(j judgement) error {
	fails := map[check.ID]bool{}
	for _, f := range j.findings {
		switch f.Verdict {
		case check.Fail:
			fails[f.Check] = true
		case check.Unknown:
			return fmt.Errorf("%s is unknown: %s", f.Check, f.Evidence.Seen)
		}
	}
	groups := 1
	if p.ownGroups {
		groups = p.targets
	}
	want := map[pathFault]struct {
		fails []check.ID
		steps int
	}{
		healthy:  {nil, 0},
		blocked:  {[]check.ID{"key-store.answers", "load-balancer.egress-to-targets", "target-group.healthy", "target.security-group-admits"}, 1 + groups},
		enforced: {[]check.ID{"key-store.answers", "load-balancer.privatelink-enforcement"}, groups + 1},
	}[p.fault]
	if len(fails) != len(want.fails) || slices.ContainsFunc(want.fails, func(id check.ID) bool { return !fails[id] }) {
		return fmt.Errorf("%v fail, want %v", fails, want.fails)
	}
	if got := len(j.plan.Steps); got != want.steps {
		return fmt.Errorf("the plan has %d steps, want %d", got, want.steps)
	}
	return nil
}
