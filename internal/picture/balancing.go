package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// balancers returns a node for each load balancer, its listener behind it.
func balancers(s path.Snapshot) []*node {
	if len(s.LoadBalancers) == 0 {
		return []*node{newNode(LoadBalancer, "", unseen(s, path.LoadBalancerPart, path.ServicePart)),
			newNode(Listener, "", unseen(s, path.LoadBalancerPart, path.ServicePart))}
	}
	var nodes []*node
	for _, lb := range s.LoadBalancers {
		n := newNode(LoadBalancer, lb.Name, lb.State, lb.Scheme, nodeAddrs(s, lb)).of(string(lb.ARN))
		for _, id := range lb.SecurityGroups {
			n.of(string(id))
		}
		for _, id := range lb.Nodes {
			n.of(string(id), string(interfaceOf(s, id).Subnet))
		}
		if len(lb.Zones) > 1 {
			n.facts = append(n.facts, "cross-zone "+onOff(lb.CrossZone))
		}
		nodes = append(nodes, n, listener(s, lb))
	}
	return nodes
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// nodeAddrs says where a load balancer's nodes are: "nodes 10.0.1.7 in us-west-2a, …".
func nodeAddrs(s path.Snapshot, lb path.LoadBalancer) string {
	var nodes []string
	for _, id := range lb.Nodes {
		i := interfaceOf(s, id)
		for _, a := range i.Addrs {
			nodes = append(nodes, fmt.Sprintf("%s in %s", a, i.Zone))
		}
	}
	switch len(nodes) {
	case 0:
		return ""
	case 1:
		return "node " + nodes[0]
	}
	return "nodes " + strings.Join(nodes, ", ")
}

// listener is what a load balancer has on the port that KMS uses.
func listener(s path.Snapshot, lb path.LoadBalancer) *node {
	n := newNode(Listener, "").of(string(lb.ARN))
	for _, l := range lb.Listeners {
		n.of(string(l.ARN))
	}
	for _, l := range reach.Listeners443(lb) {
		n.facts = append(n.facts, fmt.Sprintf("%s %d%s", l.Protocol, l.Port, forwardsTo(s, l)))
	}
	if len(n.facts) == 0 {
		n.facts = []string{unseen(s, path.ListenersPart) + " on 443"}
	}
	return n
}

func forwardsTo(s path.Snapshot, l path.Listener) string {
	var names []string
	for _, arn := range l.TargetGroups {
		i := slices.IndexFunc(s.TargetGroups, func(g path.TargetGroup) bool { return g.ARN == arn })
		if i < 0 {
			names = append(names, string(arn))
			continue
		}
		names = append(names, s.TargetGroups[i].Name)
	}
	if len(names) == 0 {
		return ""
	}
	return " to " + strings.Join(names, " and ")
}

// groups returns a node for each target group behind a listener on 443, its targets behind it.
func groups(s path.Snapshot) []*node {
	var nodes []*node
	seen := make(map[path.ARN]bool)
	for _, f := range reach.Forwards(s) {
		g := f.TargetGroup
		if seen[g.ARN] {
			continue
		}
		seen[g.ARN] = true
		n := newNode(TargetGroup, g.Name, fmt.Sprintf("%s %d", g.Protocol, g.Port), "type "+g.TargetType).of(string(g.ARN))
		nodes = append(nodes, n, targetsOf(s, g))
	}
	if len(nodes) == 0 {
		return []*node{newNode(TargetGroup, "", unseen(s, behind()...)), newNode(Targets, "", unseen(s, behind()...))}
	}
	return nodes
}

// behind are the parts that lead to a target.
func behind() []path.Part {
	return []path.Part{path.TargetGroupsPart, path.ListenersPart, path.LoadBalancerPart, path.ServicePart}
}

// A target is a registered target as it is drawn.
type target struct {
	mark  mark
	text  string
	state string // with the reason code: what targets that are folded have in common
}

func targetsOf(s path.Snapshot, g path.TargetGroup) *node {
	n := newNode(Targets, "").of(string(g.ARN))
	healthy := 0
	interfaces := make(map[path.InterfaceID]*path.NetworkInterface, len(s.Interfaces))
	for i := range s.Interfaces {
		interfaces[s.Interfaces[i].ID] = &s.Interfaces[i]
	}
	for _, t := range g.Targets {
		one := draw(t)
		if one.mark == good {
			healthy++
		}
		n.targets = append(n.targets, one)
		n.of(t.ID, t.Addr.String(), string(t.Interface))
		if i := interfaces[t.Interface]; i != nil {
			n.of(string(i.Subnet))
			for _, id := range i.SecurityGroups {
				n.of(string(id))
			}
		}
	}
	switch {
	case len(n.targets) > 0:
		n.facts = []string{fmt.Sprintf("%d of %s healthy", healthy, count(len(n.targets), "target"))}
	default:
		n.facts = []string{unseen(s, path.TargetHealthPart)}
	}
	return n
}

// draw says what AWS says of a target.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func draw(t path.Target) target {
	state := cmp.Or(t.State, "unknown")
	out := target{state: state}
	switch strings.ToLower(state) {
	case "healthy":
		out.mark = good
	case "initial", "unavailable", "unknown":
		out.mark = unclear
	case "draining":
		out.mark = silent
	default:
		out.mark = failing
	}
	if t.Reason != "" {
		out.state += " (" + t.Reason + ")"
	}
	out.text = fmt.Sprintf("%s:%d %s", t.ID, t.Port, out.state)
	if t.Zone != "" && t.Zone != "all" {
		out.text += " in " + t.Zone
	}
	return out
}

// unfolded is how many targets are drawn one by one.
const unfolded = 8

// fold returns the targets to draw: those that do not serve come first, and what is left is
// counted by its state.
func fold(all []target) []target {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b target) int { return cmp.Compare(b.mark, a.mark) })
	shown := min(unfolded, len(sorted))
	if shown < len(sorted) { // of the healthy, one by one only says little
		bad := len(sorted) - countIf(sorted, func(t target) bool { return t.mark == good })
		shown = min(shown, max(bad, 2))
	}
	out := slices.Clone(sorted[:shown])
	var states []string
	more := make(map[string]int)
	marks := make(map[string]mark)
	for _, t := range sorted[shown:] {
		if more[t.state] == 0 {
			states = append(states, t.state)
		}
		more[t.state]++
		marks[t.state] = t.mark
	}
	for _, state := range states {
		out = append(out, target{mark: marks[state], text: fmt.Sprintf("%d more %s", more[state], state)})
	}
	return out
}

func countIf(all []target, is func(target) bool) int {
	n := 0
	for _, t := range all {
		if is(t) {
			n++
		}
	}
	return n
}
