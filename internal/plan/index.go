package plan

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// An index is who carries which security group, and which interfaces are the path's own. It
// is made once a plan: a path may have 500 targets that carry 2,500 groups.
type index struct {
	groups   map[path.SecurityGroupID]*path.SecurityGroup
	carriers map[path.SecurityGroupID][]*path.NetworkInterface
	targets  map[path.InterfaceID]bool
	nodes    map[path.InterfaceID]bool
}

func indexOf(s path.Snapshot) index {
	x := index{
		reach.Groups(s), make(map[path.SecurityGroupID][]*path.NetworkInterface),
		make(map[path.InterfaceID]bool), make(map[path.InterfaceID]bool),
	}
	for i := range s.Interfaces {
		n := &s.Interfaces[i]
		for _, id := range n.SecurityGroups {
			x.carriers[id] = append(x.carriers[id], n)
		}
	}
	for _, tg := range s.TargetGroups {
		for _, t := range tg.Targets {
			if t.Interface != "" {
				x.targets[t.Interface] = true
			}
		}
	}
	for _, lb := range s.LoadBalancers {
		for _, n := range lb.Nodes {
			x.nodes[n] = true
		}
	}
	return x
}

// carrying returns the network interfaces that carry a group, in order.
func (x index) carrying(id path.SecurityGroupID) []path.InterfaceID {
	var found []path.InterfaceID
	for _, n := range x.carriers[id] {
		found = append(found, n.ID)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// about returns the snapshot as far as an action can ask for it: of one that changes a
// security group, that group and its carriers alone.
func (m maker) about(a Action) path.Snapshot {
	var id path.SecurityGroupID
	switch a := a.(type) {
	case AuthorizeIngress:
		id = a.Group
	case AuthorizeEgress:
		id = a.Group
	default:
		return m.Snapshot
	}
	s := m.Snapshot
	s.SecurityGroups, s.Interfaces = nil, make([]path.NetworkInterface, len(m.carriers[id]))
	for i, n := range m.carriers[id] {
		s.Interfaces[i] = *n
	}
	if g, ok := m.groups[id]; ok {
		s.SecurityGroups = []path.SecurityGroup{*g}
	}
	return s
}
