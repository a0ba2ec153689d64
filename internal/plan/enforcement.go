package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// EnforcementOff stops a load balancer from applying its security groups to traffic that
// comes over PrivateLink. KMS's addresses are not published, so no rule could name them.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
type EnforcementOff struct {
	LoadBalancer path.ARN               `json:"loadBalancer"`
	Groups       []path.SecurityGroupID `json:"groups"` // the present ones: the call replaces the list
}

// EnforcementOn undoes EnforcementOff.
type EnforcementOn struct {
	LoadBalancer path.ARN               `json:"loadBalancer"`
	Groups       []path.SecurityGroupID `json:"groups"`
}

// Kind returns KindEnforcementOff.
func (a EnforcementOff) Kind() Kind { return KindEnforcementOff }

// Kind returns KindEnforcementOn.
func (a EnforcementOn) Kind() Kind { return KindEnforcementOn }

// Resource returns the load balancer's ARN.
func (a EnforcementOff) Resource() path.ARN { return a.LoadBalancer }

// Resource returns the load balancer's ARN.
func (a EnforcementOn) Resource() path.ARN { return a.LoadBalancer }

// Summary says what is no longer enforced.
func (a EnforcementOff) Summary() string {
	return fmt.Sprintf("no longer enforce security group inbound rules on PrivateLink traffic of load balancer %s", a.LoadBalancer)
}

// Summary says what is enforced.
func (a EnforcementOn) Summary() string {
	return fmt.Sprintf("enforce security group inbound rules on PrivateLink traffic of load balancer %s", a.LoadBalancer)
}

// Commands returns the set command, with the present groups.
func (a EnforcementOff) Commands() [][]string {
	return setSecurityGroups(a.LoadBalancer, a.Groups, "off")
}

// Commands returns the set command, with the present groups.
func (a EnforcementOn) Commands() [][]string {
	return setSecurityGroups(a.LoadBalancer, a.Groups, "on")
}

// Inverse enforces them again.
func (a EnforcementOff) Inverse() (Action, string) { return EnforcementOn(a), "" }

// Inverse stops enforcing them.
func (a EnforcementOn) Inverse() (Action, string) { return EnforcementOff(a), "" }

// Precondition returns ErrAlreadyHolds where they are not enforced, and ErrStale where the
// load balancer is not there or its groups are others: the call would replace them.
func (a EnforcementOff) Precondition(now path.Snapshot) error {
	return enforcement(now, a.LoadBalancer, a.Groups, "off")
}

// Precondition returns ErrAlreadyHolds where they are enforced, and ErrStale as
// EnforcementOff's does.
func (a EnforcementOn) Precondition(now path.Snapshot) error {
	return enforcement(now, a.LoadBalancer, a.Groups, "on")
}

func enforcement(now path.Snapshot, arn path.ARN, groups []path.SecurityGroupID, want string) error {
	for _, lb := range now.LoadBalancers {
		switch {
		case lb.ARN != arn:
			continue
		case !slices.Equal(slices.Sorted(slices.Values(lb.SecurityGroups)), slices.Sorted(slices.Values(groups))):
			return fmt.Errorf("%w: load balancer %s has other security groups", ErrStale, arn)
		case strings.EqualFold(lb.Enforcement, want):
			return ErrAlreadyHolds
		}
		return nil
	}
	return fmt.Errorf("%w: load balancer %s is not there", ErrStale, arn)
}

func setSecurityGroups(arn path.ARN, groups []path.SecurityGroupID, enforcement string) [][]string {
	command := []string{"aws", "elbv2", "set-security-groups", "--load-balancer-arn", string(arn), "--security-groups"}
	for _, g := range groups {
		command = append(command, string(g))
	}
	return [][]string{append(command, "--enforce-security-group-inbound-rules-on-private-link-traffic", enforcement)}
}
