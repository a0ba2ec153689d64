package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// crossZones turns cross-zone load balancing on, after the security groups let through what
// the nodes then send to the targets of other zones.
func (m maker) crossZones(found []check.Finding) []Step {
	var steps []Step
	for _, f := range found {
		for _, way := range reach.Forwards(m.Snapshot) {
			if way.LoadBalancer.ARN == f.Subject && !reach.CrossZone(way.LoadBalancer, way.TargetGroup) {
				steps = append(steps, m.crossed(way)...)
			}
		}
	}
	return steps
}

func (m maker) crossed(way reach.Forward) []Step {
	if gap, unread := m.Gap(path.NodesPart, path.TargetInterfacesPart, path.SecurityGroupsPart, path.PrefixListsPart); unread {
		return []Step{instruct(way.LoadBalancer.ARN, "turn cross-zone load balancing on, once it is known that the security groups let every node through to every target: "+
			string(gap.Part)+" could not be read")}
	}
	on := CrossZoneOn{LoadBalancer: way.LoadBalancer.ARN}
	after := m.Snapshot
	if strings.EqualFold(way.TargetGroup.CrossZone, "false") {
		on = CrossZoneOn{TargetGroup: way.TargetGroup.ARN}
		after.TargetGroups = slices.Clone(after.TargetGroups)
		i := slices.IndexFunc(after.TargetGroups, func(g path.TargetGroup) bool { return g.ARN == way.TargetGroup.ARN })
		after.TargetGroups[i].CrossZone = "true"
	} else {
		after.LoadBalancers = slices.Clone(after.LoadBalancers)
		i := slices.IndexFunc(after.LoadBalancers, func(lb path.LoadBalancer) bool { return lb.ARN == way.LoadBalancer.ARN })
		after.LoadBalancers[i].CrossZone = true
	}
	var steps []Step
	for _, step := range append(m.letOut(m.lostOut(after)), m.letIn(m.lostIn(after))...) {
		if step.Class == Automatic {
			step.Class, step.Why = Approval, "it is needed only once zones are crossed"
		}
		steps = append(steps, step)
	}
	return append(steps, approval("traffic then crosses zones, also into one that a zonal shift took out of service on purpose", on))
}

// lostIn returns what the targets' groups would have to admit after a change, and need not
// before it.
func (m maker) lostIn(after path.Snapshot) []check.Finding {
	missing := map[path.InterfaceID]flow.Set{}
	for _, hop := range reach.LoadBalancerToTargets(m.Snapshot) {
		missing[hop.Interface] = missing[hop.Interface].Union(hop.Missing())
	}
	var found []check.Finding
	chosen := map[string]path.SecurityGroupID{}
	for _, hop := range reach.LoadBalancerToTargets(after) {
		lost := hop.Missing().Minus(missing[hop.Interface])
		if lost.IsZero() {
			continue
		}
		groups := fmt.Sprint(hop.Groups)
		if _, known := chosen[groups]; !known {
			chosen[groups] = m.choose(hop.Groups)
		}
		found = append(found, check.Finding{Subject: path.ARN(hop.Interface), Missing: lost, Group: chosen[groups]})
	}
	return found
}

// lostOut returns what the load balancers' groups would have to let out after a change, and
// need not before it.
func (m maker) lostOut(after path.Snapshot) []check.Finding {
	missing := map[path.ARN]flow.Set{}
	for _, hop := range reach.LoadBalancerEgress(m.Snapshot) {
		missing[hop.LoadBalancer] = missing[hop.LoadBalancer].Union(hop.Missing())
	}
	var found []check.Finding
	for _, hop := range reach.LoadBalancerEgress(after) {
		if lost := hop.Missing().Minus(missing[hop.LoadBalancer]); !lost.IsZero() {
			found = append(found, check.Finding{Subject: hop.LoadBalancer, Missing: lost, Group: hop.Groups[0]})
		}
	}
	return found
}
