package reach

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// NonTargets returns the network interfaces that carry a group and are no targets of the
// path: what a new inbound rule of the group would open as well. In ID order.
func NonTargets(s path.Snapshot, id path.SecurityGroupID) []path.InterfaceID {
	var targets []path.InterfaceID
	for _, f := range Forwards(s) {
		for _, t := range f.TargetGroup.Targets {
			targets = append(targets, t.Interface)
		}
	}
	return othersWith(s, id, targets)
}

// NonNodes returns the network interfaces that carry a group and are no nodes of the
// path's load balancers: what a new outbound rule of the group would open as well. In
// ID order.
func NonNodes(s path.Snapshot, id path.SecurityGroupID) []path.InterfaceID {
	var nodes []path.InterfaceID
	for _, lb := range s.LoadBalancers {
		nodes = append(nodes, lb.Nodes...)
	}
	return othersWith(s, id, nodes)
}

func othersWith(s path.Snapshot, id path.SecurityGroupID, ours []path.InterfaceID) []path.InterfaceID {
	var others []path.InterfaceID
	for _, n := range s.Interfaces {
		if slices.Contains(n.SecurityGroups, id) && !slices.Contains(ours, n.ID) {
			others = append(others, n.ID)
		}
	}
	slices.Sort(others)
	return slices.Compact(others)
}

// GroupFor returns the group of groups to which a missing rule is best added: the first
// that others do not carry and that is no default group, else the first; "" of none.
// It asks nothing of the rules, so that it is the same before and after a fix.
func GroupFor(s path.Snapshot, groups []path.SecurityGroupID,
	others func(path.Snapshot, path.SecurityGroupID) []path.InterfaceID) path.SecurityGroupID {
	for _, id := range groups {
		if g, ok := Group(s, id); ok && !g.Default && len(others(s, id)) == 0 {
			return id
		}
	}
	if len(groups) == 0 {
		return ""
	}
	return groups[0]
}
