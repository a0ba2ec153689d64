package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// AuthorizeIngress adds to Group inbound rules for exactly Missing, one from each address that the missing flows come from
// and for each range of ports.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
type AuthorizeIngress struct {
	Group   path.SecurityGroupID `json:"group"`
	Missing flow.Set             `json:"missing"`
	// Carriers are the network interfaces that carried Group when this was planned, in
	// order: the rules would hold for each that carries it, so a new one makes it stale.
	Carriers []path.InterfaceID `json:"carriers,omitempty"`
}

// Kind returns KindAuthorizeIngress.
func (a AuthorizeIngress) Kind() Kind { return KindAuthorizeIngress }

// Resource returns the security group's ID.
func (a AuthorizeIngress) Resource() path.ARN { return path.ARN(a.Group) }

// Rules returns the rules to add: never more than Missing, and without a description.
func (a AuthorizeIngress) Rules() []path.Rule { return ingress().toAdd(a.Missing) }

// Summary says which flows are let through.
func (a AuthorizeIngress) Summary() string {
	return fmt.Sprintf("allow %s in security group %s", phrase(a.Rules(), "from"), a.Group)
}

// Commands returns the authorize command.
func (a AuthorizeIngress) Commands() [][]string {
	return [][]string{{"aws", "ec2", "authorize-security-group-ingress", "--group-id", string(a.Group),
		"--ip-permissions", permissions(a.Rules(), plain)}}
}

// Inverse revokes the same rules.
func (a AuthorizeIngress) Inverse() (Action, string) {
	return RevokeIngress{Group: a.Group, Missing: a.Missing, Carriers: a.Carriers}, ""
}

// Precondition returns ErrStale where the group is gone, part of Missing is open by now, or
// an interface carries the group that did not.
func (a AuthorizeIngress) Precondition(now path.Snapshot) error {
	return ingress().precondition(now, a.Group, a.Missing, a.Carriers)
}
