package ec2

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type modifyServiceInput struct {
	dryable
	ServiceID              string `query:"ServiceId"`
	AcceptanceRequired     *bool
	PrivateDnsName         string
	RemovePrivateDnsName   bool
	AddBalancers           []string `query:"AddNetworkLoadBalancerArn"`
	RemoveBalancers        []string `query:"RemoveNetworkLoadBalancerArn"`
	AddGatewayBalancers    []string `query:"AddGatewayLoadBalancerArn"`
	RemoveGatewayBalancers []string `query:"RemoveGatewayLoadBalancerArn"`
	AddAddressTypes        []string `query:"AddSupportedIpAddressType"`
	RemoveAddressTypes     []string `query:"RemoveSupportedIpAddressType"`
	AddRegions             []string `query:"AddSupportedRegion"`
	RemoveRegions          []string `query:"RemoveSupportedRegion"`
}

type returned struct {
	Return bool `xml:"return"`
}

func (a api) modifiedService(in modifyServiceInput) []engine.Resource {
	return a.serviceByID(in.ServiceID)
}

// modifyService changes a service, and enables it in the present zones of its load
// balancers. A new private DNS name must be verified anew.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpointServiceConfiguration.html
func (a api) modifyService(c *engine.Call, in modifyServiceInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"ModifyVpcEndpointServiceConfigurationRequest": in.asked()}
	s, err := a.own(in.ServiceID)
	if err != nil {
		return nil, err
	}
	if err := a.checkModify(s, in); err != nil {
		return nil, err
	}
	if in.AcceptanceRequired != nil {
		s.Acceptance = *in.AcceptanceRequired
	}
	if in.RemovePrivateDnsName {
		s.PrivateDNS = nil
	}
	if in.PrivateDnsName != "" {
		a.SetPrivateDNS(s, in.PrivateDnsName)
	}
	s.Balancers = edited(s.Balancers, in.AddBalancers, in.RemoveBalancers)
	s.GatewayBalancers = edited(s.GatewayBalancers, in.AddGatewayBalancers, in.RemoveGatewayBalancers)
	s.AddressTypes = edited(s.AddressTypes, in.AddAddressTypes, in.RemoveAddressTypes)
	a.RefreshZones(s)
	return &returned{true}, nil
}

func (a api) checkModify(s *network.EndpointService, in modifyServiceInput) error {
	for _, arn := range slices.Concat(in.AddBalancers, in.AddGatewayBalancers) {
		if a.LoadBalancers[arn] == nil {
			return fail("InvalidParameter", "The load balancer '%s' does not exist", arn)
		}
	}
	if len(in.AddRegions)+len(in.RemoveRegions) > 0 {
		return fail("UnsupportedOperation", "The simulator has one Region")
	}
	if in.PrivateDnsName != "" && in.RemovePrivateDnsName {
		return fail("InvalidParameterCombination", "PrivateDnsName and RemovePrivateDnsName exclude each other")
	}
	if len(in.RemoveBalancers) > 0 && len(s.Connections) > 0 {
		return fail("InvalidState", "A load balancer with connected endpoints cannot be removed from '%s'", s.ID)
	}
	return nil
}

// asked returns what CloudTrail records of the parameters.
func (in modifyServiceInput) asked() map[string]any {
	asked := map[string]any{"ServiceId": in.ServiceID}
	if in.AcceptanceRequired != nil {
		asked["AcceptanceRequired"] = *in.AcceptanceRequired
	}
	if in.PrivateDnsName != "" {
		asked["PrivateDnsName"] = in.PrivateDnsName
	}
	if in.RemovePrivateDnsName {
		asked["RemovePrivateDnsName"] = true
	}
	for name, values := range map[string][]string{"AddNetworkLoadBalancerArn": in.AddBalancers, "RemoveNetworkLoadBalancerArn": in.RemoveBalancers} {
		if len(values) > 0 {
			asked[name] = values
		}
	}
	return asked
}

func edited(is, add, remove []string) []string {
	out := slices.DeleteFunc(slices.Clone(is), func(s string) bool { return slices.Contains(remove, s) })
	for _, s := range add {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

type startVerificationInput struct {
	dryable
	ServiceID string `query:"ServiceId"`
}

func (a api) verifiedService(in startVerificationInput) []engine.Resource {
	return a.serviceByID(in.ServiceID)
}

func (a api) startVerification(c *engine.Call, in startVerificationInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"StartVpcEndpointServicePrivateDnsVerificationRequest": map[string]any{"ServiceId": in.ServiceID}}
	s, err := a.own(in.ServiceID)
	if err != nil {
		return nil, err
	}
	if s.PrivateDNS == nil {
		return nil, fail("InvalidState", "The Vpc Endpoint Service '%s' has no private DNS name", s.ID)
	}
	a.VerifyPrivateDNS(s)
	return &returned{true}, nil
}
