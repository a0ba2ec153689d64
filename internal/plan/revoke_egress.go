package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// RevokeEgress takes the rules of an AuthorizeEgress out of Group again, and no other.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html
type RevokeEgress struct {
	Group    path.SecurityGroupID     `json:"group"`
	Missing  flow.Set                 `json:"missing"`
	Carriers []path.InterfaceID       `json:"carriers,omitempty"` // of the AuthorizeEgress
	RuleIDs  []path.SecurityGroupRule `json:"ruleIds,omitempty"`  // as AWS answered; empty where the answer was lost
}

// Kind returns KindRevokeEgress.
func (a RevokeEgress) Kind() Kind { return KindRevokeEgress }

// Resource returns the security group's ID.
func (a RevokeEgress) Resource() path.ARN { return path.ARN(a.Group) }

// Rules returns the rules to take out, without a description.
func (a RevokeEgress) Rules() []path.Rule { return egress().toAdd(a.Missing) }

// Summary says which flows are shut out.
func (a RevokeEgress) Summary() string {
	return fmt.Sprintf("no longer allow %s out of security group %s", phrase(a.Rules(), "to"), a.Group)
}

// Commands returns the revoke command: by rule IDs where they are known, else by exactly
// equal permissions.
func (a RevokeEgress) Commands() [][]string {
	command := []string{"aws", "ec2", "revoke-security-group-egress", "--group-id", string(a.Group)}
	if len(a.RuleIDs) == 0 {
		return [][]string{append(command, "--ip-permissions", permissions(a.Rules(), ""))}
	}
	command = append(command, "--security-group-rule-ids")
	for _, id := range a.RuleIDs {
		command = append(command, string(id))
	}
	return [][]string{command}
}

// Inverse adds the rules again.
func (a RevokeEgress) Inverse() (Action, string) {
	return AuthorizeEgress{Group: a.Group, Missing: a.Missing, Carriers: a.Carriers}, ""
}

// Precondition returns ErrAlreadyHolds where none of the rules is there, and ErrStale where
// the group is gone or some are.
func (a RevokeEgress) Precondition(now path.Snapshot) error {
	return egress().undoable(now, a.Group, a.Missing)
}
