package check

import (
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

var targetGroupRegistered = Check{
	ID:      "target-group.registered",
	Title:   "The target group has at least two registered targets",
	Fails:   "it has no targets; with a single one it is a warning",
	Why:     "Without a target every request fails; with a single one the path breaks with that proxy or its Availability Zone.",
	Console: "Amazon EC2 console, Target Groups: choose the group, Targets tab, Register targets, choose the proxies in two Availability Zones, Include as pending below, Register pending targets.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.ListenersPart, path.TargetGroupsPart, path.TargetHealthPart},
	Applies: onPath,
	Run: ofTargetGroups(func(g path.TargetGroup) Finding {
		const expected = "at least two registered targets"
		n := len(registered(g))
		seen := plural(n, "registered target")
		switch n {
		case 0:
			return fail(g.ARN, expected, "no registered targets", "target group has no targets")
		case 1:
			f := fail(g.ARN, expected, seen, "target group has a single target")
			f.Warning = true
			return f
		}
		return pass(g.ARN, expected, seen)
	}),
}

// ofTargetGroups makes a check's Run of a judge of one target group behind a listener on
// 443: others are not on the path.
func ofTargetGroups(judge func(path.TargetGroup) Finding) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		groups := targetGroups(s)
		if len(groups) == 0 {
			return one(notApplicable(serviceARN(s), "no target group is behind a listener on 443"))
		}
		var findings []Finding
		for _, g := range groups {
			findings = append(findings, judge(g))
		}
		return findings
	}
}

// targetGroups returns the target groups behind listeners on 443, each once.
func targetGroups(s path.Snapshot) []path.TargetGroup {
	var groups []path.TargetGroup
	seen := make(map[path.ARN]bool)
	for _, f := range reach.Forwards(s) {
		if !seen[f.TargetGroup.ARN] {
			seen[f.TargetGroup.ARN] = true
			groups = append(groups, f.TargetGroup)
		}
	}
	return groups
}
