package plan_test

import (
	"errors"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// dns sets the settings of pathtest's VPC.
func dns(support, hostnames bool) pathtest.Edit {
	return pathtest.EditVPC(func(v *path.VPC) { v.DNSSupport, v.DNSHostnames = support, hostnames })
}

func TestTheDNSSettingsThatAreOffAreTurnedOn(t *testing.T) {
	t.Parallel()
	vpc := pathtest.With().VPCs[0].ID
	for title, tt := range map[string]struct {
		edit pathtest.Edit
		want plan.EnableVpcDns
	}{
		"both are off":      {dns(false, false), plan.EnableVpcDns{VPC: vpc, Support: true, Hostnames: true}},
		"hostnames are off": {dns(true, false), plan.EnableVpcDns{VPC: vpc, Hostnames: true}},
		"resolution is off": {dns(false, true), plan.EnableVpcDns{VPC: vpc, Support: true}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			steps := plan.Make(fails(t, s, "vpc.dns"), s, tagged()).Steps
			if len(steps) != 1 || steps[0].Class != plan.Approval || steps[0].Why == "" || steps[0].Action != plan.Action(tt.want) {
				t.Errorf("planned %+v, want %+v on approval, with the reason", steps, tt.want)
			}
		})
	}
}

func TestPreconditionsOfVpcDns(t *testing.T) {
	t.Parallel()
	vpc := pathtest.With().VPCs[0].ID
	on, off := plan.EnableVpcDns{VPC: vpc, Hostnames: true}, plan.DisableVpcDns{VPC: vpc, Support: true, Hostnames: true}
	for title, tt := range map[string]struct {
		action plan.Action
		edit   pathtest.Edit
		want   error
	}{
		"it is off":                {on, dns(true, false), nil},
		"it is on, the other off":  {on, dns(false, true), plan.ErrAlreadyHolds},
		"the VPC is gone":          {on, func(s *path.Snapshot) { s.VPCs = nil }, plan.ErrStale},
		"undo: one of both is on":  {off, dns(true, false), nil},
		"undo: both are off":       {off, dns(false, false), plan.ErrAlreadyHolds},
		"undo: the VPC is another": {off, pathtest.EditVPC(func(v *path.VPC) { v.ID = "vpc-2" }), plan.ErrStale},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Precondition(pathtest.With(tt.edit)); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
