package collect_test

import (
	"fmt"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// In an account with many network interfaces AWS refuses to describe them by description or
// by a private address, unless in pages.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
func TestInterfacesAndGroupsAreReadInPages(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.PageSize = 0
	calls := 0
	s.Server.SetIntercept(func(c *engine.Call) *engine.Fault {
		if c.Operation != "DescribeNetworkInterfaces" && c.Operation != "DescribeSecurityGroups" {
			return nil
		}
		calls++
		var in struct{ MaxResults int }
		if err := c.Bind(&in); err != nil || in.MaxResults != 1000 {
			return &engine.Fault{Error: &engine.Error{Code: "OperationNotPermitted", Status: 400, Message: fmt.Sprintf("pages of %d: %v", in.MaxResults, err)}}
		}
		return nil
	})
	if got := s.look(t); len(got.Gaps) > 0 || calls != 4 {
		t.Errorf("%d calls, want 4 (nodes, targets, members, groups); gaps %v", calls, got.Gaps)
	}
}
