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
	at         map[netip.Addr][]*path.NetworkInterface           // see holders
	carriers   map[path.SecurityGroupID][]*path.NetworkInterface // see carrying
	groups     map[path.SecurityGroupID]*path.SecurityGroup
	lists      map[path.PrefixListID]*path.PrefixList
	nodeOf     map[path.InterfaceID]*path.LoadBalancer
}

func viewOf(s path.Snapshot) *view {
	v := &view{
		Snapshot:   s,
		interfaces: make(map[path.InterfaceID]*path.NetworkInterface, len(s.Interfaces)),
		groups:     Groups(s),
		lists:      make(map[path.PrefixListID]*path.PrefixList, len(s.PrefixLists)),
		nodeOf:     make(map[path.InterfaceID]*path.LoadBalancer),
	}
	for i := range s.Interfaces {
		n := &s.Interfaces[i]
		if _, known := v.interfaces[n.ID]; !known && n.ID != "" {
			v.interfaces[n.ID] = n
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

// holders returns the interfaces that have an address. Few questions need them, so that they are
// put in order for the first.
func (v *view) holders(a netip.Addr) []*path.NetworkInterface {
	if v.at == nil {
		v.at = make(map[netip.Addr][]*path.NetworkInterface, len(v.Interfaces))
		for i := range v.Interfaces {
			for _, of := range v.Interfaces[i].Addrs {
				v.at[plain(of)] = append(v.at[plain(of)], &v.Interfaces[i])
			}
		}
	}
	return v.at[a]
}

// carrying returns the interfaces that carry a group, likewise.
func (v *view) carrying(id path.SecurityGroupID) []*path.NetworkInterface {
	if v.carriers == nil {
		v.carriers = make(map[path.SecurityGroupID][]*path.NetworkInterface)
		for i := range v.Interfaces {
			for _, of := range v.Interfaces[i].SecurityGroups {
				v.carriers[of] = append(v.carriers[of], &v.Interfaces[i])
			}
		}
	}
	return v.carriers[id]
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
