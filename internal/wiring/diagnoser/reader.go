package diagnoser

import (
	"context"

	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// reader is collect as diagnose wants it.
type reader struct{ *collect.Reader }

// undoing names the calls that take back what an action of ours did.
func undoing(k plan.Kind) []string {
	switch k {
	case plan.KindAuthorizeIngress:
		return []string{"RevokeSecurityGroupIngress", "ModifySecurityGroupRules"}
	case plan.KindAuthorizeEgress:
		return []string{"RevokeSecurityGroupEgress", "ModifySecurityGroupRules"}
	case plan.KindAddPrincipal:
		return []string{"ModifyVpcEndpointServicePermissions"}
	}
	return nil
}

// Undoer returns the newest call since the change that can have undone it.
func (r reader) Undoer(ctx context.Context, c incident.Change) (incident.Culprit, error) {
	calls, err := r.History(ctx, string(c.Step.Action.Resource()), c.At, undoing(c.Step.Action.Kind()))
	if err != nil {
		return incident.Culprit{}, err
	}
	var newest incident.Culprit
	for _, call := range calls {
		if call.Code != "" {
			continue
		}
		newest = incident.Culprit{Actor: call.Actor, Operation: call.Operation, At: call.At}
		if call.InvokedBy != "" {
			newest.Actor += " through " + call.InvokedBy
		}
	}
	return newest, nil
}
