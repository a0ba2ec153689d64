package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetGroupHealthy(t *testing.T) {
	one := func(state, reason string) pathtest.Edit { return pathtest.Target("10.0.1.9", state, reason) }
	judges(t, targetGroupHealthy, loadBalancerRows(map[string]row{
		"all are":             {edit: pathtest.Unchanged, want: Pass, seen: "4 of 4 targets healthy", subject: pathtest.TargetGroupARN},
		"Healthy in capitals": {edit: pathtest.Targets("Healthy", ""), want: Pass},
		"none is, each with its reason": {
			edit: pathtest.All(pathtest.KeepTargets(2), pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), one("unhealthy", "Target.Timeout")), want: Fail,
			seen:     "0 of 2 targets healthy; 10.0.1.9:443 unhealthy (Target.Timeout), 10.0.1.10:443 unhealthy (Target.FailedHealthChecks)",
			headline: "no healthy target: Target.Timeout", subject: pathtest.TargetGroupARN,
		},
		"none is, without a reason": {edit: pathtest.Targets("unhealthy", ""), want: Fail, headline: "no reason code"},
		"none is in use":            {edit: pathtest.Targets("unused", "Target.NotInUse"), want: Fail, seen: "unused (Target.NotInUse)"},
		"one is not: a warning": {
			edit: one("unhealthy", "Target.FailedHealthChecks"), want: Fail, warning: true, seen: "3 of 4 targets healthy; 10.0.1.9:443",
		},
		"one is leaving":                  {edit: one("draining", "Target.DeregistrationInProgress"), want: Pass, seen: "3 of 3"},
		"all wait for their first checks": {edit: pathtest.Targets("initial", "Elb.RegistrationInProgress"), want: Unknown, seen: "waits for its first health checks"},
		"one waits, the others are not":   {edit: pathtest.All(pathtest.Targets("unhealthy", "Target.Timeout"), one("initial", "Elb.InitialHealthChecking")), want: Fail},
		"one waits, the others are":       {edit: one("initial", "Elb.InitialHealthChecking"), want: Pass},
		"AWS does not say":                {edit: pathtest.Targets("unavailable", "Elb.InternalError"), want: Unknown, seen: "no health information"},
		"the group is empty":              {edit: pathtest.KeepTargets(0), want: NotApplicable, seen: "target-group.registered"},
		"no listener on 443":              {edit: pathtest.DeleteListener, want: NotApplicable},
		"targets may not be read":         {edit: pathtest.Blind(path.TargetHealthPart), want: Unknown},
	}))
}

func TestTargetGroupHealthySaysNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	f := Run([]Check{targetGroupHealthy}, pathtest.Healthy())[0]
	if want := "4 of 4 targets healthy"; f.Evidence.Seen != want {
		t.Errorf("seen %q, want %q", f.Evidence.Seen, want)
	}
}

func TestNoHealthyTarget(t *testing.T) {
	t.Parallel()
	second := func(state string) pathtest.Edit {
		return func(s *path.Snapshot) {
			s.LoadBalancers[0].Listeners[0].TargetGroups = append(s.LoadBalancers[0].Listeners[0].TargetGroups, "arn:second")
			s.TargetGroups = append(s.TargetGroups, path.TargetGroup{ARN: "arn:second", Targets: []path.Target{{ID: "10.0.1.11", State: state}}})
		}
	}
	unhealthy := pathtest.Targets("unhealthy", "Target.FailedHealthChecks")
	tests := map[string]struct {
		edit pathtest.Edit
		want bool
	}{
		"all are healthy":                      {pathtest.Unchanged, false},
		"one is healthy":                       {pathtest.All(unhealthy, pathtest.Target("10.0.1.9", "healthy", "")), false},
		"none is healthy":                      {unhealthy, true},
		"an empty group":                       {pathtest.KeepTargets(0), true},
		"all are leaving":                      {pathtest.Targets("draining", ""), true},
		"one waits for its first health check": {pathtest.All(unhealthy, pathtest.Target("10.0.1.9", "initial", "")), false},
		"AWS does not say of one":              {pathtest.All(unhealthy, pathtest.Target("10.0.1.9", "unavailable", "")), false},
		"another group is healthy":             {pathtest.All(unhealthy, second("healthy")), false},
		"no other group is healthy":            {pathtest.All(unhealthy, second("unhealthy")), true},
		"no listener on 443":                   {pathtest.All(unhealthy, pathtest.DeleteListener), false},
		"health may not be read":               {pathtest.Blind(path.TargetHealthPart), false},
		"a gap beside what was read":           {pathtest.All(unhealthy, pathtest.Gap(path.TargetHealthPart, path.Throttled)), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := NoHealthyTarget(pathtest.With(tt.edit)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
