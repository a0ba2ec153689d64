package elb

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type setSubnetsInput struct {
	LoadBalancerArn string
	Subnets         []string
	SubnetMappings  []subnetMapping
}

type subnetMapping struct {
	SubnetID string `query:"SubnetId"`
}

type setSubnetsOutput struct {
	Zones         []zone `xml:"AvailabilityZones"`
	IPAddressType string `xml:"IpAddressType"`
}

func (a api) movedBalancer(in setSubnetsInput) []engine.Resource {
	return a.balancerByARN(in.LoadBalancerArn)
}

// setSubnets replaces a load balancer's subnets, one in an Availability Zone at most. It does
// not tell an endpoint service in front of it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
func (a api) setSubnets(c *engine.Call, in setSubnetsInput) (any, error) {
	ids := in.Subnets
	for _, m := range in.SubnetMappings {
		ids = append(ids, m.SubnetID)
	}
	c.Trail.RequestParameters = map[string]any{"loadBalancerArn": in.LoadBalancerArn, "subnets": ids}
	lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
	if err != nil {
		return nil, err
	}
	if len(in.Subnets) > 0 && len(in.SubnetMappings) > 0 || len(ids) == 0 {
		return nil, fail("ValidationError", "You must specify either subnets or subnet mappings")
	}
	if err := a.checkSubnets(lb, ids); err != nil {
		return nil, err
	}
	if err := a.checkKept(lb, ids); err != nil {
		return nil, err
	}
	a.SetSubnets(lb, ids)
	shown := a.balancer(lb)
	return &setSubnetsOutput{shown.Zones, shown.IPAddressType}, nil
}

func (a api) checkSubnets(lb *network.LoadBalancer, ids []string) error {
	zones := map[string]string{}
	for _, id := range ids {
		s := a.Subnets[id]
		switch {
		case s == nil:
			return fail("SubnetNotFound", "The subnet ID '%s' does not exist", id)
		case s.VPC != lb.VPC:
			return fail("InvalidConfigurationRequest", "The subnet '%s' is not in the VPC of the load balancer", id)
		case zones[s.Zone] != "":
			return fail("InvalidConfigurationRequest", "The subnets '%s' and '%s' are in the same Availability Zone", zones[s.Zone], id)
		}
		zones[s.Zone] = id
	}
	return nil
}

// checkKept refuses to take a subnet away while endpoints are connected to a service in front
// of the load balancer. AWS documents the refusal, and not its code.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html
func (a api) checkKept(lb *network.LoadBalancer, ids []string) error {
	for _, service := range a.Services {
		if !slices.Contains(service.Balancers, lb.ARN) || len(service.Connections) == 0 {
			continue
		}
		for _, zone := range lb.Zones {
			if !slices.Contains(ids, zone.Subnet) {
				return fail("InvalidConfigurationRequest", "The subnet '%s' cannot be removed while endpoints are connected to '%s'", zone.Subnet, service.ID)
			}
		}
	}
	return nil
}
