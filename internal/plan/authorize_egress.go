package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// AuthorizeEgress adds to Group outbound rules for exactly Missing, one to each address that the missing flows go to
// and for each range of ports.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html
type AuthorizeEgress struct {
	Group   path.SecurityGroupID `json:"group"`
	Missing flow.Set             `json:"missing"`
	// Carriers are the network interfaces that carried Group when this was planned, in
	// order: the rules would hold for each that carries it, so a new one makes it stale.
	Carriers []path.InterfaceID `json:"carriers,omitempty"`
}

// Kind returns KindAuthorizeEgress.
func (a AuthorizeEgress) Kind() Kind { return KindAuthorizeEgress }

// Resource returns the security group's ID.
func (a AuthorizeEgress) Resource() path.ARN { return path.ARN(a.Group) }

// Rules returns the rules to add: never more than Missing, and without a description.
func (a AuthorizeEgress) Rules() []path.Rule { return egress().toAdd(a.Missing) }

// Summary says which flows are let through.
func (a AuthorizeEgress) Summary() string {
	return fmt.Sprintf("allow %s out of security group %s", phrase(a.Rules(), "to"), a.Group)
}

// Commands returns the authorize command.
func (a AuthorizeEgress) Commands() [][]string {
	return [][]string{{"aws", "ec2", "authorize-security-group-egress", "--group-id", string(a.Group),
		"--ip-permissions", permissions(a.Rules(), plain)}}
}

// Inverse revokes the same rules.
func (a AuthorizeEgress) Inverse() (Action, string) {
	return RevokeEgress{Group: a.Group, Missing: a.Missing, Carriers: a.Carriers}, ""
}

// Precondition returns ErrStale where the group is gone, part of Missing is open by now, or
// an interface carries the group that did not.
func (a AuthorizeEgress) Precondition(now path.Snapshot) error {
	return egress().precondition(now, a.Group, a.Missing, a.Carriers)
}
