package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// loadBalancerRows are what every check of the load balancer shares.
func loadBalancerRows(rows map[string]row) map[string]row {
	none := func(s *path.Snapshot) { s.LoadBalancers, s.Service.LoadBalancers = nil, nil }
	rows["no load balancer"] = row{edit: none, want: NotApplicable, seen: "no network load balancer"}
	rows["another account's load balancer"] = row{edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"}
	rows["the load balancer may not be read"] = row{edit: pathtest.Blind(path.LoadBalancerPart), want: Unknown, seen: "elasticloadbalancing:DescribeLoadBalancers"}
	return onPathRows(rows)
}

func TestLoadBalancerActive(t *testing.T) {
	state := func(name string) pathtest.Edit {
		return pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.State = name })
	}
	judges(t, loadBalancerActive, loadBalancerRows(map[string]row{
		"active":             {edit: pathtest.Unchanged, want: Pass, subject: pathtest.LoadBalancerARN},
		"Active in capitals": {edit: state("ACTIVE"), want: Pass},
		"provisioning":       {edit: state("provisioning"), want: Fail, headline: "Network Load Balancer is provisioning", subject: pathtest.LoadBalancerARN},
		"active_impaired":    {edit: state("active_impaired"), want: Fail},
		"failed":             {edit: state("failed"), want: Fail, seen: "failed"},
		"of a failed create": {edit: pathtest.All(state("failed"), pathtest.FailedCreate), want: Fail},
	}))
}

func TestEveryLoadBalancerIsJudged(t *testing.T) {
	t.Parallel()
	s := pathtest.With(func(s *path.Snapshot) {
		second := s.LoadBalancers[0]
		second.ARN, second.State = "arn:second", "failed"
		s.LoadBalancers = append(s.LoadBalancers, second)
	})
	findings := Run([]Check{loadBalancerActive}, s)
	if len(findings) != 2 || findings[0].Verdict != Pass || findings[1].Verdict != Fail || findings[1].Subject != "arn:second" {
		t.Errorf("got %+v, want a pass of the first and a fail of the second", findings)
	}
}
