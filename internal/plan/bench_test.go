package plan_test

import (
	"fmt"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// A step for each group that lacks a rule: a hundred times the groups take a hundred times as long.
func BenchmarkMake(b *testing.B) {
	for _, groups := range []int{5, 500} {
		b.Run(fmt.Sprintf("%d groups", groups), func(b *testing.B) {
			s := pathtest.Healthy()
			var causes []check.Finding
			missing := flow.Of(flow.Box{Protocol: flow.TCP, Src: s.SecurityGroups[1].Ingress[0].Prefix, Dst: flow.Host(s.Interfaces[2].Addrs[0]), Ports: flow.Port(8443)})
			for i := range groups {
				id := path.SecurityGroupID(fmt.Sprintf("sg-%d", i))
				pathtest.AddGroup(id)(&s)
				pathtest.OtherInterface(path.InterfaceID("eni-"+id), "10.0.1.70", id)(&s)
				causes = append(causes, check.Finding{Check: admits, Subject: path.ARN(id), Verdict: check.Fail, Missing: missing, Group: id})
			}
			for b.Loop() {
				if p := plan.Make(causes, s, plan.Policy{}); len(p.Steps) != groups {
					b.Fatalf("%d steps, want %d", len(p.Steps), groups)
				}
			}
		})
	}
}
