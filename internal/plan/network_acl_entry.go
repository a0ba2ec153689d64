package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// CreateNetworkACLEntry adds to one direction of a network ACL an entry that allows TCP on
// ports from or to one address range, before the entry that denies it.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
type CreateNetworkACLEntry struct {
	ACL    path.NetworkACLID `json:"acl"`
	Egress bool              `json:"egress"`
	Number int               `json:"number"`
	CIDR   netip.Prefix      `json:"cidr"`
	Ports  flow.PortRange    `json:"ports"` // inclusive at both ends
	// Subnets are those that used the network ACL when this was planned, in order: the entry
	// would hold for each that uses it, so a new one makes it stale.
	Subnets []path.SubnetID `json:"subnets,omitempty"`
}

// DeleteNetworkACLEntry undoes CreateNetworkACLEntry.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAclEntry.html
type DeleteNetworkACLEntry CreateNetworkACLEntry

// Kind returns KindCreateNetworkACLEntry.
func (a CreateNetworkACLEntry) Kind() Kind { return KindCreateNetworkACLEntry }

// Kind returns KindDeleteNetworkACLEntry.
func (a DeleteNetworkACLEntry) Kind() Kind { return KindDeleteNetworkACLEntry }

// Resource returns the network ACL's ID.
func (a CreateNetworkACLEntry) Resource() path.ARN { return path.ARN(a.ACL) }

// Resource returns the network ACL's ID.
func (a DeleteNetworkACLEntry) Resource() path.ARN { return path.ARN(a.ACL) }

// Summary says what the entry allows.
func (a CreateNetworkACLEntry) Summary() string {
	return fmt.Sprintf("allow %s in network ACL %s, as its %s rule %d", a.what(), a.ACL, a.direction(), a.Number)
}

// Summary says what the entry allowed.
func (a DeleteNetworkACLEntry) Summary() string {
	c := CreateNetworkACLEntry(a)
	return fmt.Sprintf("no longer allow %s in network ACL %s, by its %s rule %d", c.what(), a.ACL, c.direction(), a.Number)
}

func (a CreateNetworkACLEntry) what() string {
	preposition := "from"
	if a.Egress {
		preposition = "to"
	}
	return fmt.Sprintf("tcp %v %s %v", a.Ports, preposition, a.CIDR)
}

func (a CreateNetworkACLEntry) direction() string {
	if a.Egress {
		return "outbound"
	}
	return "inbound"
}

// Commands returns the create command.
func (a CreateNetworkACLEntry) Commands() [][]string {
	cidr := "--cidr-block"
	if a.CIDR.Addr().Is6() {
		cidr = "--ipv6-cidr-block"
	}
	return [][]string{{"aws", "ec2", "create-network-acl-entry", "--network-acl-id", string(a.ACL), "--rule-number", strconv.Itoa(a.Number),
		"--protocol", "6", "--rule-action", "allow", a.option(), cidr, a.CIDR.String(), "--port-range", fmt.Sprintf("From=%d,To=%d", a.Ports.From, a.Ports.To)}}
}

// Commands returns the delete command.
func (a DeleteNetworkACLEntry) Commands() [][]string {
	return [][]string{{"aws", "ec2", "delete-network-acl-entry", "--network-acl-id", string(a.ACL), "--rule-number", strconv.Itoa(a.Number), CreateNetworkACLEntry(a).option()}}
}

func (a CreateNetworkACLEntry) option() string {
	if a.Egress {
		return "--egress"
	}
	return "--ingress"
}

// Inverse deletes the entry.
func (a CreateNetworkACLEntry) Inverse() (Action, string) { return DeleteNetworkACLEntry(a), "" }

// Inverse creates the entry again.
func (a DeleteNetworkACLEntry) Inverse() (Action, string) { return CreateNetworkACLEntry(a), "" }

// Entry returns the entry.
func (a CreateNetworkACLEntry) Entry() path.NetworkACLEntry {
	return path.NetworkACLEntry{
		Number: a.Number, Egress: a.Egress, Protocol: int(flow.TCP), Allow: true, CIDR: a.CIDR,
		FromPort: int(a.Ports.From), ToPort: int(a.Ports.To),
	}
}

// Precondition returns ErrAlreadyHolds where the network ACL allows all of it by now, and
// ErrStale where it is gone, allows a part, has another entry of that number or denies it
// before, or is used by a subnet that did not use it.
func (a CreateNetworkACLEntry) Precondition(now path.Snapshot) error {
	acl, ok := networkACL(now, a.ACL)
	if !ok {
		return fmt.Errorf("%w: network ACL %s is not there", ErrStale, a.ACL)
	}
	whole := a.flows()
	allowed, denials := reach.Decide(acl, a.Egress, whole)
	switch {
	case allowed.Equal(whole):
		return ErrAlreadyHolds
	case !allowed.IsZero():
		return fmt.Errorf("%w: network ACL %s allows part of it by now", ErrStale, a.ACL)
	case !denials[0].Final() && denials[0].Entry.Number < a.Number:
		return fmt.Errorf("%w: %s rule %d of network ACL %s denies it before", ErrStale, a.direction(), denials[0].Entry.Number, a.ACL)
	case taken(acl, a.Egress, a.Number):
		return fmt.Errorf("%w: network ACL %s has an %s rule %d", ErrStale, a.ACL, a.direction(), a.Number)
	}
	for _, id := range acl.Subnets {
		if !slices.Contains(a.Subnets, id) {
			return fmt.Errorf("%w: subnet %s uses network ACL %s, and did not when this was planned", ErrStale, id, a.ACL)
		}
	}
	return nil
}

// Precondition returns ErrAlreadyHolds where no entry has the number, and ErrStale where the
// network ACL is gone or another entry has it.
func (a DeleteNetworkACLEntry) Precondition(now path.Snapshot) error {
	acl, ok := networkACL(now, a.ACL)
	if !ok {
		return fmt.Errorf("%w: network ACL %s is not there", ErrStale, a.ACL)
	}
	mine := CreateNetworkACLEntry(a).Entry()
	for _, e := range acl.Entries {
		e.CIDR = e.CIDR.Masked()
		switch {
		case e == mine:
			return nil
		case e.Egress == a.Egress && e.Number == a.Number:
			return fmt.Errorf("%w: %s rule %d of network ACL %s is another", ErrStale, CreateNetworkACLEntry(a).direction(), a.Number, a.ACL)
		}
	}
	return ErrAlreadyHolds
}

// flows returns what the entry allows, as the network ACL sees it: whatever is on its own
// side of the border.
func (a CreateNetworkACLEntry) flows() flow.Set {
	return flow.Of(across(a.Egress).project(flow.Box{Protocol: flow.TCP, Src: a.CIDR, Dst: a.CIDR, Ports: a.Ports}))
}

// across is the side of a security group that looks where a direction of a network ACL looks:
// neither knows its own end.
func across(outward bool) side {
	if outward {
		return egress()
	}
	return ingress()
}

func networkACL(s path.Snapshot, id path.NetworkACLID) (path.NetworkACL, bool) {
	for _, a := range s.NetworkACLs {
		if a.ID == id {
			return a, true
		}
	}
	return path.NetworkACL{}, false
}

func taken(acl path.NetworkACL, egress bool, number int) bool {
	return slices.ContainsFunc(acl.Entries, func(e path.NetworkACLEntry) bool { return e.Egress == egress && e.Number == number })
}
