package reach

import (
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// CrossZone reports whether the nodes of every zone send to the targets of every zone.
// The target group's setting wins over the load balancer's.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func CrossZone(lb path.LoadBalancer, tg path.TargetGroup) bool {
	switch {
	case fold(tg.CrossZone, "true"):
		return true
	case fold(tg.CrossZone, "false"):
		return false
	}
	return lb.CrossZone
}

// A sender is a load balancer that sends to a target group. What it sends from depends on
// the target's zone alone, so that it is worked out once a zone and not once a target.
type sender struct {
	*view
	Forward
	zones map[string]sources
}

// sources are the private addresses of the nodes that send to a zone, and what of them
// was not seen.
type sources struct {
	addrs  []netip.Addr
	nodes  []*path.NetworkInterface // whose address each of addrs is
	unseen []string
}

func (v *view) sender(f Forward) sender { return sender{v, f, map[string]sources{}} }

// to returns the sources of what is sent to a target in zone: the nodes of its own zone,
// and of all zones where cross-zone is on or the target belongs to all. Zones in which the
// load balancer is enabled but no node was found are unseen.
func (s sender) to(zone string) sources {
	from, known := s.zones[zone]
	if !known {
		from = s.find(zone)
		s.zones[zone] = from
	}
	return from
}

func (s sender) find(zone string) sources {
	everyZone := fold(zone, "all") || CrossZone(s.LoadBalancer, s.TargetGroup)
	var from sources
	seen := make(map[string]bool)
	for _, id := range s.LoadBalancer.Nodes {
		n, ok := s.interfaces[id]
		if !ok || len(n.Addrs) == 0 {
			continue
		}
		seen[n.Zone] = true
		if everyZone || n.Zone == zone {
			for _, a := range n.Addrs {
				from.addrs, from.nodes = append(from.addrs, plain(a)), append(from.nodes, n)
			}
		}
	}
	for _, z := range s.LoadBalancer.Zones {
		if !seen[z.Name] && (everyZone || z.Name == zone) {
			from.unseen = append(from.unseen, "load balancer node in "+z.Name)
		}
	}
	if len(from.addrs)+len(from.unseen) == 0 && zone == "" {
		from.unseen = append(from.unseen, "zone of the target")
	}
	return from
}
