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

// sourcesOf returns the private addresses of the nodes that send to a target in zone:
// those of its own zone, and of all zones where cross-zone is on or the target belongs
// to all. Zones in which the load balancer is enabled but no node was found are unseen.
func sourcesOf(s path.Snapshot, f Forward, zone string) (sources []netip.Addr, unseen []string) {
	everyZone := fold(zone, "all") || CrossZone(f.LoadBalancer, f.TargetGroup)
	seen := make(map[string]bool)
	for _, id := range f.LoadBalancer.Nodes {
		n, ok := Interface(s, id)
		if !ok || len(n.Addrs) == 0 {
			continue
		}
		seen[n.Zone] = true
		if everyZone || n.Zone == zone {
			sources = append(sources, n.Addrs...)
		}
	}
	for _, z := range f.LoadBalancer.Zones {
		if !seen[z.Name] && (everyZone || z.Name == zone) {
			unseen = append(unseen, "load balancer node in "+z.Name)
		}
	}
	if len(sources)+len(unseen) == 0 && zone == "" {
		unseen = append(unseen, "zone of the target")
	}
	return sources, unseen
}
