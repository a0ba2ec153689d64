package plan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A side is the half of a security group that an action changes.
type side struct {
	word    string // in the names of AWS CLI commands
	peer    func(flow.Box) netip.Prefix
	project func(flow.Box) flow.Box // the box with our own end left open: a rule does not name it
	rules   func(path.SecurityGroup) []path.Rule
}

func ingress() side {
	return side{
		word:    "ingress",
		peer:    func(b flow.Box) netip.Prefix { return b.Src },
		project: func(b flow.Box) flow.Box { b.Dst = everywhere(b.Src); return b },
		rules:   func(g path.SecurityGroup) []path.Rule { return g.Ingress },
	}
}

func egress() side {
	return side{
		word:    "egress",
		peer:    func(b flow.Box) netip.Prefix { return b.Dst },
		project: func(b flow.Box) flow.Box { b.Src = everywhere(b.Dst); return b },
		rules:   func(g path.SecurityGroup) []path.Rule { return g.Egress },
	}
}

// everywhere returns every address of p's family.
func everywhere(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4() {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}

// needs returns missing as a security group sees it: its members' own addresses do not
// count, since a rule holds for whatever carries the group.
func (d side) needs(missing flow.Set) flow.Set {
	boxes := missing.Boxes()
	for i := range boxes {
		boxes[i] = d.project(boxes[i])
	}
	return flow.Of(boxes...)
}

// toAdd returns the rules that admit exactly missing, one for each peer and port range.
func (d side) toAdd(missing flow.Set) []path.Rule {
	var rules []path.Rule
	for _, b := range d.needs(missing).Boxes() {
		rules = append(rules, path.Rule{
			Protocol: b.Protocol.String(),
			FromPort: int(b.Ports.From), ToPort: int(b.Ports.To),
			Prefix: d.peer(b),
		})
	}
	return rules
}

// admits returns what a group's address rules let through, a box a rule. A rule that names a group or a
// prefix list counts for nothing here: what it admits changes without the group.
func (d side) admits(g path.SecurityGroup) []flow.Box {
	var boxes []flow.Box
	for _, r := range d.rules(g) {
		ports, ok := tcpPorts(r)
		if !ok || !r.Prefix.IsValid() {
			continue
		}
		p := r.Prefix.Masked()
		boxes = append(boxes, d.project(flow.Box{Protocol: flow.TCP, Src: p, Dst: p, Ports: ports}))
	}
	return boxes
}

// tcpPorts returns the TCP ports of a rule, and whether it has any.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func tcpPorts(r path.Rule) (flow.PortRange, bool) {
	switch r.Protocol {
	case "-1":
		return flow.AllPorts, true
	case "tcp", "6":
	default:
		return flow.PortRange{}, false
	}
	if r.FromPort < 0 {
		return flow.AllPorts, true
	}
	if r.FromPort > r.ToPort || r.ToPort > 65535 {
		return flow.PortRange{}, false
	}
	return flow.PortRange{From: uint16(r.FromPort), To: uint16(r.ToPort)}, true
}

// precondition of adding missing to a group that carriers carried at the time of planning.
func (d side) precondition(now path.Snapshot, id path.SecurityGroupID, missing flow.Set, carriers []path.InterfaceID) error {
	g, ok := group(now, id)
	if !ok {
		return fmt.Errorf("%w: security group %s is not there", ErrStale, id)
	}
	needs := d.needs(missing)
	lacking := needs.Without(d.admits(g)...)
	if lacking.IsZero() {
		return ErrAlreadyHolds
	}
	if !lacking.Equal(needs) {
		return fmt.Errorf("%w: security group %s admits part of it by now", ErrStale, id)
	}
	planned := make(map[path.InterfaceID]bool, len(carriers))
	for _, i := range carriers {
		planned[i] = true
	}
	for _, i := range carrying(now, id) {
		if !planned[i] {
			return fmt.Errorf("%w: network interface %s carries security group %s, and did not when this was planned", ErrStale, i, id)
		}
	}
	return nil
}

// undoable is the precondition of taking rules out of a group again.
func (d side) undoable(now path.Snapshot, id path.SecurityGroupID, missing flow.Set) error {
	g, ok := group(now, id)
	if !ok {
		return fmt.Errorf("%w: security group %s is not there", ErrStale, id)
	}
	mine, left := d.toAdd(missing), 0
	for _, r := range d.rules(g) {
		if slices.ContainsFunc(mine, func(m path.Rule) bool { return sameRule(m, r) }) {
			left++
		}
	}
	switch left {
	case len(mine):
		return nil
	case 0:
		return ErrAlreadyHolds
	}
	return fmt.Errorf("%w: security group %s holds %d of the %d rules", ErrStale, id, left, len(mine))
}

// sameRule reports whether two rules admit the same, whatever they are called.
func sameRule(a, b path.Rule) bool {
	return a.Prefix.IsValid() && a.Prefix.Masked() == b.Prefix.Masked() && a.FromPort == b.FromPort && a.ToPort == b.ToPort &&
		(a.Protocol == b.Protocol || b.Protocol == "6" && a.Protocol == flow.TCP.String())
}

func group(s path.Snapshot, id path.SecurityGroupID) (path.SecurityGroup, bool) {
	for _, g := range s.SecurityGroups {
		if g.ID == id {
			return g, true
		}
	}
	return path.SecurityGroup{}, false
}

// carrying returns the network interfaces that carry a group, in order.
func carrying(s path.Snapshot, id path.SecurityGroupID) []path.InterfaceID {
	var found []path.InterfaceID
	for _, i := range s.Interfaces {
		if slices.Contains(i.SecurityGroups, id) {
			found = append(found, i.ID)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
