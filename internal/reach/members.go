package reach

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Others says who else carries a security group, and so what a new rule of the group
// would open as well.
type Others struct {
	groups   map[path.SecurityGroupID]*path.SecurityGroup
	carriers map[path.SecurityGroupID][]path.InterfaceID
}

// NonTargets is about the network interfaces that are no targets of the path: a new
// inbound rule would open them as well.
func NonTargets(s path.Snapshot) Others {
	targets := make(map[path.InterfaceID]bool)
	for _, f := range Forwards(s) {
		for _, t := range f.TargetGroup.Targets {
			targets[t.Interface] = true
		}
	}
	return othersThan(s, targets)
}

// NonNodes is about the network interfaces that are no nodes of the path's load
// balancers: a new outbound rule would open them as well.
func NonNodes(s path.Snapshot) Others {
	nodes := make(map[path.InterfaceID]bool)
	for _, lb := range s.LoadBalancers {
		for _, id := range lb.Nodes {
			nodes[id] = true
		}
	}
	return othersThan(s, nodes)
}

func othersThan(s path.Snapshot, ours map[path.InterfaceID]bool) Others {
	o := Others{Groups(s), make(map[path.SecurityGroupID][]path.InterfaceID)}
	for i := range s.Interfaces {
		n := &s.Interfaces[i]
		if ours[n.ID] {
			continue
		}
		for _, id := range n.SecurityGroups {
			o.carriers[id] = append(o.carriers[id], n.ID)
		}
	}
	return o
}

// With returns the others that carry a group, in ID order.
func (o Others) With(id path.SecurityGroupID) []path.InterfaceID {
	return slices.Compact(slices.Sorted(slices.Values(o.carriers[id])))
}

// GroupFor returns the group of groups to which a missing rule is best added: the first
// that others do not carry and that is no default group, else the first; "" of none.
// It asks nothing of the rules, so that it is the same before and after a fix.
func (o Others) GroupFor(groups []path.SecurityGroupID) path.SecurityGroupID {
	for _, id := range groups {
		if g, ok := o.groups[id]; ok && !g.Default && len(o.carriers[id]) == 0 {
			return id
		}
	}
	if len(groups) == 0 {
		return ""
	}
	return groups[0]
}
