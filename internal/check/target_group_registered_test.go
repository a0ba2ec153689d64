package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetGroupRegistered(t *testing.T) {
	judges(t, targetGroupRegistered, loadBalancerRows(map[string]row{
		"four":                    {edit: pathtest.Unchanged, want: Pass, seen: "4 registered targets", subject: pathtest.TargetGroupARN},
		"two":                     {edit: pathtest.KeepTargets(2), want: Pass},
		"one is a warning":        {edit: pathtest.KeepTargets(1), want: Fail, warning: true, headline: "target group has a single target"},
		"none":                    {edit: pathtest.KeepTargets(0), want: Fail, headline: "target group has no targets", subject: pathtest.TargetGroupARN},
		"all are leaving":         {edit: pathtest.Targets("draining", "Target.DeregistrationInProgress"), want: Fail},
		"they are unhealthy":      {edit: pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), want: Pass},
		"no listener on 443":      {edit: pathtest.DeleteListener, want: NotApplicable, seen: "no target group is behind a listener on 443"},
		"targets may not be read": {edit: pathtest.Blind(path.TargetHealthPart), want: Unknown},
	}))
}

func TestTargetGroupsOffThePathAreNotJudged(t *testing.T) {
	t.Parallel()
	findings := Run([]Check{targetGroupRegistered, targetGroupHealthy}, pathtest.With(func(s *path.Snapshot) {
		s.TargetGroups = append(s.TargetGroups, path.TargetGroup{ARN: "arn:other", Name: "other"})
		s.LoadBalancers[0].Listeners = append(s.LoadBalancers[0].Listeners,
			path.Listener{ARN: "arn:listener-80", Protocol: "TCP", Port: 80, TargetGroups: []path.ARN{"arn:other"}},
			path.Listener{ARN: "arn:listener-tls", Protocol: "TLS", Port: 443, TargetGroups: []path.ARN{pathtest.TargetGroupARN}})
	}))
	if len(findings) != 2 || findings[0].Subject != pathtest.TargetGroupARN || findings[1].Subject != pathtest.TargetGroupARN {
		t.Errorf("got %+v, want one finding a check, of the group behind 443", findings)
	}
}
