package check

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// loadBalancerZoneWithoutHealthyTarget is about one zone among others: where no zone has a
// healthy target, target-group.healthy says so. Whether KMS's endpoint goes on asking a node
// whose zone has left DNS is not documented.
var loadBalancerZoneWithoutHealthyTarget = Check{
	ID:      "load-balancer.zone-without-healthy-target",
	Title:   "Each zone of the load balancer has a healthy target to send to",
	Fails:   "cross-zone load balancing is off and a zone has no healthy target, while another zone has one",
	Why:     "Requests that come to the zone's node find nothing that answers, so that some fail or time out, until DNS no longer gives out the zone's address. A zonal shift can take a zone out of service on purpose.",
	Console: "Amazon EC2 console, Target Groups: choose the group, and see on the Targets tab why the zone's targets are unhealthy. To have the other zones' targets serve meanwhile: Attributes tab, Edit, Cross-zone load balancing On; or Load Balancers: choose the load balancer, Attributes tab, Edit, Enable cross-zone load balancing. The targets' security groups must then admit the nodes of every zone.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.ListenersPart, path.TargetGroupsPart, path.TargetHealthPart, path.TargetInterfacesPart},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		ways := reach.Forwards(s)
		if len(ways) == 0 {
			return one(notApplicable(serviceARN(s), "no target group is behind a listener on 443"))
		}
		var findings []Finding
		for _, way := range ways {
			findings = append(findings, judgeZones(s, way))
		}
		return findings
	},
}

func judgeZones(s path.Snapshot, way reach.Forward) Finding {
	const expected = "a healthy target in each zone, or cross-zone load balancing on"
	lb := way.LoadBalancer
	z := zonesOfTargets(s, way)
	seen := "cross-zone load balancing off; zones with a healthy target: " + orNone(z.healthy)
	without := func(zones []string) string { return seen + "; without: " + strings.Join(zones, ", ") }
	switch {
	case reach.CrossZone(lb, way.TargetGroup):
		return pass(lb.ARN, expected, "cross-zone load balancing on")
	case len(z.healthy) == 0 && !z.unplaced:
		return notApplicable(lb.ARN, "no zone has a healthy target: see target-group.healthy")
	case z.unplaced:
		return unknown(lb.ARN, expected, seen+"; the zone of a healthy target is not known")
	case len(z.bare) > 0:
		return fail(lb.ARN, expected, without(z.bare), "no healthy target in "+strings.Join(z.bare, ", "))
	case len(z.unsure) > 0:
		return undecided(lb.ARN, expected, without(z.unsure)+", where targets wait for health checks")
	}
	return pass(lb.ARN, expected, seen)
}

// A placing is which zones of a load balancer have targets of which health.
type placing struct {
	healthy, unsure, bare []string
	unplaced              bool // a healthy target is in no known zone
}

// zonesOfTargets places the targets of one way. A target outside the VPC may be of all zones.
func zonesOfTargets(s path.Snapshot, way reach.Forward) placing {
	at := map[string]bool{}
	waiting := map[string]bool{}
	var p placing
	for _, t := range registered(way.TargetGroup) {
		zone := targetZone(s, t)
		switch strings.ToLower(t.State) {
		case "healthy":
			at[zone] = true
			p.unplaced = p.unplaced || zone == ""
		case "initial", "unavailable", "":
			waiting[zone] = true
		}
	}
	for _, z := range way.LoadBalancer.Zones {
		switch {
		case at[z.Name] || at["all"]:
			p.healthy = append(p.healthy, z.Name)
		case waiting[z.Name] || waiting["all"] || waiting[""]:
			p.unsure = append(p.unsure, z.Name)
		default:
			p.bare = append(p.bare, z.Name)
		}
	}
	return p
}

func targetZone(s path.Snapshot, t path.Target) string {
	if t.Zone != "" {
		return t.Zone
	}
	i := slices.IndexFunc(s.Interfaces, func(n path.NetworkInterface) bool { return t.Interface != "" && n.ID == t.Interface })
	if i < 0 {
		return ""
	}
	return s.Interfaces[i].Zone
}
