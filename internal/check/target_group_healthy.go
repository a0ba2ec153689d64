package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// targetGroupHealthy is about the group: one healthy target serves. A group in which some
// are unhealthy is a warning, an empty one another check's, and one whose targets wait for
// their first health checks is not failing yet.
var targetGroupHealthy = Check{
	ID:      "target-group.healthy",
	Title:   "The target group has healthy targets",
	Fails:   "no target is healthy; where only some are unhealthy it is a warning",
	Why:     "Where no target is healthy the load balancer sends to all of them, whatever they are: mostly every request fails. It is often a consequence of another fault on the path, which then has a check of its own.",
	Console: "Amazon EC2 console, Target Groups: choose the group, Targets tab, and read Health status and Health status details of each target. Then look at the proxy itself: is its process up, and does it listen on the health check's port?",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.ListenersPart, path.TargetGroupsPart, path.TargetHealthPart},
	Applies: onPath,
	Run:     ofTargetGroups(judgeHealth),
}

func judgeHealth(g path.TargetGroup) Finding {
	const expected = "healthy targets"
	h := healthOf(g)
	all := h.healthy + h.initial + h.unavailable + len(h.unhealthy)
	seen := fmt.Sprintf("%d of %s healthy", h.healthy, plural(all, "target"))
	if len(h.unhealthy) > 0 {
		seen += "; " + strings.Join(h.unhealthy, ", ")
	}
	switch {
	case all == 0:
		return notApplicable(g.ARN, "the target group is empty: see target-group.registered")
	case h.healthy == 0 && len(h.unhealthy) > 0:
		return fail(g.ARN, expected, seen, "no healthy target: "+h.reason)
	case h.healthy == 0 && h.unavailable > 0:
		return unknown(g.ARN, expected, seen+"; AWS gives no health information")
	case h.healthy == 0:
		return undecided(g.ARN, expected, seen+"; waits for its first health checks")
	case len(h.unhealthy) > 0:
		f := fail(g.ARN, expected, seen, "some targets are unhealthy: "+h.reason)
		f.Warning = true
		return f
	}
	return pass(g.ARN, expected, seen)
}

// A health counts a group's targets by what their state means; those that are leaving
// are no longer of it.
type health struct {
	healthy, initial, unavailable int
	unhealthy                     []string // "10.0.1.9:443 unhealthy (Target.FailedHealthChecks)"
	reason                        string   // reason code of the first of them
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func healthOf(g path.TargetGroup) health {
	var h health
	for _, t := range registered(g) {
		switch strings.ToLower(t.State) {
		case "healthy":
			h.healthy++
		case "initial":
			h.initial++
		case "unavailable", "":
			h.unavailable++
		default: // unhealthy, unhealthy.draining, unused
			reason := t.Reason
			if reason == "" {
				reason = "no reason code"
			}
			if h.reason == "" {
				h.reason = reason
			}
			h.unhealthy = append(h.unhealthy, fmt.Sprintf("%s:%d %s (%s)", t.ID, t.Port, t.State, reason))
		}
	}
	return h
}

// NoHealthyTarget reports whether it is certain that no target group behind a listener
// on 443 has a healthy target, an empty group included. It is not certain where a part
// was not read, where a target waits for its first health checks or AWS gives no health
// information, nor where there is no such group.
func NoHealthyTarget(s path.Snapshot) bool {
	if _, unread := s.Gap(targetGroupHealthy.Needs...); unread {
		return false
	}
	groups := targetGroups(s)
	for _, g := range groups {
		if h := healthOf(g); h.healthy+h.initial+h.unavailable > 0 {
			return false
		}
	}
	return len(groups) > 0
}
