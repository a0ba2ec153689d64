package plan

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// SetSubnets enables a load balancer in one more subnet. The call replaces the list, so that
// all present subnets are named with it, each with the address that was chosen for it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
type SetSubnets struct {
	LoadBalancer path.ARN      `json:"loadBalancer"`
	Present      []path.Zone   `json:"present"`
	Subnet       path.SubnetID `json:"subnet"` // the new one
	Zone         string        `json:"zone"`   // its Availability Zone
}

// Kind returns KindSetSubnets.
func (a SetSubnets) Kind() Kind { return KindSetSubnets }

// Resource returns the load balancer's ARN.
func (a SetSubnets) Resource() path.ARN { return a.LoadBalancer }

// Summary says which subnet is added.
func (a SetSubnets) Summary() string {
	return fmt.Sprintf("enable Availability Zone %s on load balancer %s, in subnet %s", a.Zone, a.LoadBalancer, a.Subnet)
}

// Commands returns the set command, with the present subnets.
func (a SetSubnets) Commands() [][]string {
	return [][]string{append(setSubnets(a.LoadBalancer, a.Present), mapping(a.chosen(), path.Zone{Subnet: a.Subnet}))}
}

// chosen says whether any address was chosen by hand: the call then takes mappings.
func (a SetSubnets) chosen() bool { return chosen(a.Present) }

// Inverse returns none.
func (a SetSubnets) Inverse() (Action, string) {
	return nil, "a subnet cannot be taken away while VPC endpoints are connected"
}

// Precondition returns ErrAlreadyHolds where the load balancer is in the subnet's zone, and
// ErrStale where it is not there or has other subnets: the call would replace them.
func (a SetSubnets) Precondition(now path.Snapshot) error {
	for _, lb := range now.LoadBalancers {
		switch {
		case lb.ARN != a.LoadBalancer:
			continue
		case slices.ContainsFunc(lb.Zones, func(z path.Zone) bool { return z.Name == a.Zone }):
			return ErrAlreadyHolds
		case !slices.Equal(lb.Zones, a.Present):
			return fmt.Errorf("%w: load balancer %s has other subnets", ErrStale, a.LoadBalancer)
		}
		return nil
	}
	return fmt.Errorf("%w: load balancer %s is not there", ErrStale, a.LoadBalancer)
}

// setSubnets returns the set command as far as the present subnets go.
func setSubnets(lb path.ARN, present []path.Zone) []string {
	form := "--subnets"
	if chosen(present) {
		form = "--subnet-mappings"
	}
	command := []string{"aws", "elbv2", "set-subnets", "--load-balancer-arn", string(lb), form}
	for _, z := range present {
		command = append(command, mapping(chosen(present), z))
	}
	return command
}

func chosen(zones []path.Zone) bool {
	return slices.ContainsFunc(zones, func(z path.Zone) bool { return z.Address.IsValid() })
}

func mapping(mapped bool, z path.Zone) string {
	switch {
	case !mapped:
		return string(z.Subnet)
	case z.Address.IsValid():
		return fmt.Sprintf("SubnetId=%s,PrivateIPv4Address=%s", z.Subnet, z.Address)
	}
	return "SubnetId=" + string(z.Subnet)
}
