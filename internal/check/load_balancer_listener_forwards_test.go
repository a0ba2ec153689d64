package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerListenerForwards(t *testing.T) {
	to := func(groups ...path.ARN) pathtest.Edit {
		return pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].TargetGroups = groups })
	}
	emptyToo := pathtest.All(to(pathtest.TargetGroupARN, "arn:second"), func(s *path.Snapshot) {
		s.TargetGroups = append(s.TargetGroups, path.TargetGroup{ARN: "arn:second", Name: "second"})
	})
	judges(t, loadBalancerListenerForwards, loadBalancerRows(map[string]row{
		"to a group with targets":                  {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ListenerARN},
		"to no group":                              {edit: to(), want: Fail, headline: "listener on 443 forwards to no target group", subject: pathtest.ListenerARN},
		"to an empty group":                        {edit: pathtest.KeepTargets(0), want: Fail, seen: "xks-proxy is empty", headline: "forwards to an empty target group"},
		"to a group whose targets all leave":       {edit: pathtest.Targets("draining", "Target.DeregistrationInProgress"), want: Fail},
		"to a group with targets and an empty one": {edit: emptyToo, want: Fail, seen: "second is empty"},
		"to a group that was not found":            {edit: to("arn:gone"), want: Unknown, seen: "arn:gone"},
		"no listener on 443":                       {edit: pathtest.DeleteListener, want: NotApplicable, seen: "load-balancer.listener-443"},
		"targets may not be read":                  {edit: pathtest.Blind(path.TargetHealthPart), want: Unknown},
	}))
}
