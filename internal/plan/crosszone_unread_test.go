package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// What rules a crossing would need is not known where the rules that there are were not read:
// a person looks, and no rule is planned that may be there already.
func TestZonesAreNotCrossedOnRulesThatWereNotRead(t *testing.T) {
	t.Parallel()
	zone := []check.Finding{fail("load-balancer.zone-without-healthy-target", pathtest.LoadBalancerARN)}
	for _, part := range []path.Part{path.NodesPart, path.TargetInterfacesPart, path.SecurityGroupsPart, path.PrefixListsPart} {
		p := plan.Make(zone, pathtest.With(pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.CrossZone = false }), pathtest.Blind(part)), tagged())
		if diff := cmp.Diff([]string{"instruct manual"}, shape(p)); diff != "" {
			t.Errorf("%s not read (-want +got):\n%s", part, diff)
		}
	}
	read := plan.Make(zone, pathtest.With(pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.CrossZone = false })), tagged())
	if got := shape(read); len(got) == 0 || got[len(got)-1] != "cross-zone-on approval" {
		t.Errorf("read in full: got %v, want cross-zone-on at the end", got)
	}
}
