package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerZoneWithoutHealthyTarget(t *testing.T) {
	off := pathtest.CrossZone(false)
	zoneB := func(state string) pathtest.Edit {
		return pathtest.All(off, pathtest.Target("10.0.2.9", state, ""), pathtest.Target("10.0.2.10", state, ""))
	}
	group := func(crossZone string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { g.CrossZone = crossZone })
	}
	placed := func(zone string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) {
			for i := range g.Targets {
				g.Targets[i].Zone = zone
			}
		})
	}
	nowhere := pathtest.All(placed(""), pathtest.TargetGroup(func(g *path.TargetGroup) {
		for i := range g.Targets {
			g.Targets[i].Interface = ""
		}
	}))
	judges(t, loadBalancerZoneWithoutHealthyTarget, onPathRows(map[string]row{
		"healthy targets in both zones":            {edit: off, want: Pass, subject: pathtest.LoadBalancerARN, seen: "us-west-2a, us-west-2b"},
		"one of a zone's targets is unhealthy":     {edit: pathtest.All(off, pathtest.Target("10.0.2.9", "unhealthy", "")), want: Pass},
		"all of a zone's targets are":              {edit: zoneB("unhealthy"), want: Fail, seen: "without: us-west-2b", headline: "no healthy target in us-west-2b"},
		"they are, and zones are crossed":          {edit: pathtest.All(zoneB("unhealthy"), pathtest.CrossZone(true)), want: Pass, seen: "on"},
		"the target group's setting wins: on":      {edit: pathtest.All(zoneB("unhealthy"), group("true")), want: Pass},
		"the target group's setting wins: off":     {edit: pathtest.All(zoneB("unhealthy"), pathtest.CrossZone(true), group("false")), want: Fail},
		"a zone has no target at all":              {edit: pathtest.All(off, pathtest.KeepTargets(2)), want: Fail, seen: "without: us-west-2b"},
		"a zone's targets are leaving":             {edit: zoneB("draining"), want: Fail},
		"a zone's targets wait for health checks":  {edit: zoneB("initial"), want: Unknown, seen: "wait for health checks"},
		"no zone has one":                          {edit: pathtest.All(off, pathtest.Targets("unhealthy", "")), want: NotApplicable, seen: "target-group.healthy"},
		"the zone is the interface's":              {edit: pathtest.All(zoneB("unhealthy"), placed("")), want: Fail},
		"targets of all zones":                     {edit: pathtest.All(zoneB("unhealthy"), placed("all")), want: Pass},
		"the zone of what is healthy is not known": {edit: pathtest.All(off, nowhere), want: Unknown, seen: "not known"},
		"no listener":                              {edit: pathtest.All(off, pathtest.DeleteListener), want: NotApplicable},
		"another account's":                        {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"of a failed create":                       {edit: pathtest.All(zoneB("unhealthy"), pathtest.FailedCreate), want: Fail},
	}))
}
