package ec2

import "github.com/xks-remediator/xks-remediator/internal/awssim/engine"

type modifyVPCAttributeInput struct {
	dryable
	VPC       string     `query:"VpcId"`
	Support   *attribute `query:"EnableDnsSupport"`
	Hostnames *attribute `query:"EnableDnsHostnames"`
}

func (a api) modifiedVPC(in modifyVPCAttributeInput) []engine.Resource { return a.vpcByID(in.VPC) }

// modifyVPCAttribute turns one DNS setting of a VPC on or off: AWS changes one a request, and DNS
// hostnames need DNS resolution.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
func (a api) modifyVPCAttribute(c *engine.Call, in modifyVPCAttributeInput) (any, error) {
	asked := map[string]any{"vpcId": in.VPC}
	for name, value := range map[string]*attribute{"enableDnsSupport": in.Support, "enableDnsHostnames": in.Hostnames} {
		if value != nil {
			asked[name] = map[string]any{"value": value.Value}
		}
	}
	c.Trail.RequestParameters = asked
	v, err := get(a.VPCs, in.VPC, aVPC)
	switch {
	case err != nil:
		return nil, err
	case in.Support != nil && in.Hostnames != nil:
		return nil, fail("InvalidParameterCombination", "Only one attribute may be specified.")
	case in.Support != nil:
		v.DNSSupport = in.Support.Value
	case in.Hostnames == nil:
		return nil, fail("MissingParameter", "The request must contain an attribute to modify.")
	case in.Hostnames.Value && !v.DNSSupport:
		return nil, fail("InvalidParameterCombination", "enableDnsHostnames can be set to true only if enableDnsSupport is true.")
	default:
		v.DNSHostnames = in.Hostnames.Value
	}
	return &returned{true}, nil
}
