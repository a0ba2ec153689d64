package rehearse

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// OwnerRole is the name of the role that the owner of the path lets the product assume.
const OwnerRole = "xks-remediator-read"

// ownerRole makes the role in the owner's account, as docs/iam.md tells the owner to.
func (r *run) ownerRole() (awssim.OwnerRole, error) {
	policy, err := engine.ParsePolicy(OwnerRole, []byte(scenario.OwnerReadPolicy))
	if err != nil {
		return awssim.OwnerRole{}, fmt.Errorf("reading the policy of the owner's role: %w", err)
	}
	role := awssim.OwnerRole{
		Account: r.Scenario.Build.Owner, Name: OwnerRole, ExternalID: "xks-" + r.Scenario.Build.Owner, Policies: []engine.Policy{policy},
	}
	r.sim.AddOwnerRole(role)
	return role, nil
}
