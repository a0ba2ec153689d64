package reach

import (
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A view is a snapshot with its parts at hand by their names. A path may have 500 targets
// whose interfaces carry 2,500 groups: looking for each from the front would take the
// square of that.
type view struct {
	path.Snapshot
	interfaces map[path.InterfaceID]*path.NetworkInterface
	at         map[netip.Addr][]*path.NetworkInterface           // by address
	carriers   map[path.SecurityGroupID][]*path.NetworkInterface // by the groups that they carry
	groups     map[path.SecurityGroupID]*path.SecurityGroup
	lists      map[path.PrefixListID]*path.PrefixList
	nodeOf     map[path.InterfaceID]*path.LoadBalancer
}

func viewOf(s path.Snapshot) *view {
	v := &view{
		Snapshot:   s,
		interfaces: make(map[path.InterfaceID]*path.NetworkInterface, len(s.Interfaces)),
		at:         make(map[netip.Addr][]*path.NetworkInterface, len(s.Interfaces)),
		carriers:   make(map[path.SecurityGroupID][]*path.NetworkInterface),
		groups:     Groups(s),
		lists:      make(map[path.PrefixListID]*path.PrefixList, len(s.PrefixLists)),
		nodeOf:     make(map[path.InterfaceID]*path.LoadBalancer),
	}
	for i := range s.Interfaces {
		n := &s.Interfaces[i]
		if _, known := v.interfaces[n.ID]; !known && n.ID != "" {
			v.interfaces[n.ID] = n
		}
		for _, a := range n.Addrs {
			v.at[plain(a)] = append(v.at[plain(a)], n)
		}
		for _, id := range n.SecurityGroups {
			v.carriers[id] = append(v.carriers[id], n)
		}
	}
	for i := range s.PrefixLists {
		l := &s.PrefixLists[i]
		if _, known := v.lists[l.ID]; !known {
			v.lists[l.ID] = l
		}
	}
	for i := range s.LoadBalancers {
		lb := &s.LoadBalancers[i]
		for _, id := range lb.Nodes {
			if _, known := v.nodeOf[id]; !known {
				v.nodeOf[id] = lb
			}
		}
	}
	return v
}

// Groups returns the security groups that a snapshot holds by their IDs.
func Groups(s path.Snapshot) map[path.SecurityGroupID]*path.SecurityGroup {
	groups := make(map[path.SecurityGroupID]*path.SecurityGroup, len(s.SecurityGroups))
	for i := range s.SecurityGroups {
		g := &s.SecurityGroups[i]
		if _, known := groups[g.ID]; !known {
			groups[g.ID] = g
		}
	}
	return groups
}

// plain returns an address as package flow writes it.
func plain(a netip.Addr) netip.Addr { return flow.Host(a).Addr() }
