// Package reach says what AWS's rules mean: which flows each hop of the path needs and
// which of them the rules let through. It judges nothing and changes nothing: the part
// that is missing is a value, and what it is worth is for the checks to say.
package reach

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A Purpose is what the flows of a hop are for. The same flow can be let through for
// one and not for the other.
type Purpose string

const (
	Traffic      Purpose = "traffic"       // requests of AWS KMS, which came in over PrivateLink
	HealthChecks Purpose = "health checks" // of the target group
	Both         Purpose = "traffic and health checks"
)

// A Hop is a place on the path where rules decide what may pass.
type Hop struct {
	Name         string                 // "load balancer to target 10.0.1.9:443"
	Purpose      Purpose                // what Required is for
	LoadBalancer path.ARN               // where the flows come from
	TargetGroup  path.ARN               // empty for a hop that serves several
	Interface    path.InterfaceID       // the target's; empty at the load balancer's own end
	Groups       []path.SecurityGroupID // whose rules decide, as one union
	Required     flow.Set               // what must pass
	Allowed      flow.Set               // what Groups let through, as far as it matters to Required
	EndsUnseen   []string               // nodes and targets whose address is not known, so that Required may be too small
	RulesUnread  []string               // groups and prefix lists not read, so that Allowed may be too small
}

// Missing is what the path needs at this hop and does not get. It is the
// finding, and it is the whole of the fix. Empty means open.
func (h Hop) Missing() flow.Set { return h.Required.Minus(h.Allowed) }

// A Forward is a way from a listener on port 443 to one of its target groups.
type Forward struct {
	LoadBalancer path.LoadBalancer
	Listener     path.Listener
	TargetGroup  path.TargetGroup
}

// Port is the port on which AWS KMS reaches a proxy; it cannot be changed.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
const Port = 443

// Forwards returns the ways from the listeners on 443 to the target groups that the
// snapshot holds, each once, in the snapshot's order.
func Forwards(s path.Snapshot) []Forward {
	var ways []Forward
	for _, lb := range s.LoadBalancers {
		for _, l := range Listeners443(lb) {
			for _, tg := range s.TargetGroups {
				if slices.Contains(l.TargetGroups, tg.ARN) {
					ways = append(ways, Forward{lb, l, tg})
				}
			}
		}
	}
	return ways
}

// Listeners443 returns lb's TCP and TLS listeners on port 443: those that KMS can use.
func Listeners443(lb path.LoadBalancer) []path.Listener {
	var on []path.Listener
	for _, l := range lb.Listeners {
		if l.Port == Port && (fold(l.Protocol, "TCP") || fold(l.Protocol, "TLS")) {
			on = append(on, l)
		}
	}
	return on
}
