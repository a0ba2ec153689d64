package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerInternal(t *testing.T) {
	scheme := func(s string) pathtest.Edit {
		return pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Scheme = s })
	}
	judges(t, loadBalancerInternal, onPathRows(map[string]row{
		"internal":            {edit: pathtest.Unchanged, want: Pass, subject: pathtest.LoadBalancerARN},
		"internet-facing":     {edit: scheme("internet-facing"), want: Fail, warning: true, seen: "internet-facing", headline: "internet-facing"},
		"AWS does not say":    {edit: scheme(""), want: Unknown, seen: "not set"},
		"another account's":   {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"there is no service": {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create":  {edit: pathtest.All(pathtest.FailedCreate, scheme("internet-facing")), want: Fail, warning: true},
	}))
}
