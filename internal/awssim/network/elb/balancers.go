package elb

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type balancer struct {
	LoadBalancerArn, LoadBalancerName, DNSName string
	CanonicalHostedZoneID                      string `xml:"CanonicalHostedZoneId"`
	CreatedTime                                time.Time
	Scheme                                     string
	VpcID                                      string `xml:"VpcId"`
	State                                      state
	Type                                       string
	IPAddressType                              string   `xml:"IpAddressType"`
	Zones                                      []zone   `xml:"AvailabilityZones"`
	SecurityGroups                             []string `xml:"SecurityGroups"`
	Enforce                                    string   `xml:"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"`
}

type state struct{ Code string }

type zone struct {
	ZoneName  string
	SubnetID  string    `xml:"SubnetId"`
	Addresses []address `xml:"LoadBalancerAddresses"`
}

type address struct{ PrivateIPv4Address string }

type describeBalancersInput struct {
	paging
	Arns  []string `query:"LoadBalancerArns"`
	Names []string
}

type describeBalancersOutput struct {
	LoadBalancers []balancer
	NextMarker    string
}

func (a api) describeBalancers(_ *engine.Call, in describeBalancersInput) (any, error) {
	balancers, err := pick(a.LoadBalancers, in.Arns, aBalancer)
	if err != nil {
		return nil, err
	}
	if len(in.Names) > 0 {
		balancers = slices.DeleteFunc(balancers, func(lb *network.LoadBalancer) bool { return !slices.Contains(in.Names, lb.Name) })
		if len(balancers) < len(in.Names) {
			return nil, fail(aBalancer.code, "Load balancers '%v' not found", in.Names)
		}
	}
	balancers, next, err := page(a, in.paging, balancers)
	if err != nil {
		return nil, err
	}
	out := describeBalancersOutput{NextMarker: next}
	for _, lb := range balancers {
		out.LoadBalancers = append(out.LoadBalancers, a.balancer(lb))
	}
	return &out, nil
}

func (a api) balancer(lb *network.LoadBalancer) balancer {
	id := lb.ARN[strings.LastIndex(lb.ARN, "/")+1:]
	out := balancer{
		LoadBalancerArn: lb.ARN, LoadBalancerName: lb.Name, DNSName: lb.Name + "-" + id + ".elb." + a.Region + ".amazonaws.com",
		CanonicalHostedZoneID: "Z3F0SRJ5LGBH90", CreatedTime: lb.Created, Scheme: lb.Scheme, VpcID: lb.VPC, State: state{lb.State},
		Type: lb.Type, IPAddressType: "ipv4", SecurityGroups: lb.Groups, Enforce: lb.Enforce,
	}
	for _, z := range lb.Zones {
		// An address is shown only where the customer chose it: here none did.
		out.Zones = append(out.Zones, zone{ZoneName: z.Name, SubnetID: z.Subnet, Addresses: []address{}})
	}
	return out
}

// keyValue is an attribute of a load balancer or target group.
type keyValue struct{ Key, Value string }

func attributes(of map[string]string) []keyValue {
	var out []keyValue
	for _, k := range network.IDs(of) {
		out = append(out, keyValue{k, of[k]})
	}
	return out
}

type attributesOutput struct{ Attributes []keyValue }

type balancerInput struct{ LoadBalancerArn string }

const crossZone = "load_balancing.cross_zone.enabled"

func (a api) describeBalancerAttributes(_ *engine.Call, in balancerInput) (any, error) {
	lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
	if err != nil {
		return nil, err
	}
	return &attributesOutput{attributes(balancerAttributes(lb))}, nil
}

func balancerAttributes(lb *network.LoadBalancer) map[string]string {
	all := maps.Clone(lb.Attributes)
	all[crossZone] = boolean(lb.CrossZone)
	return all
}

type modifyBalancerInput struct {
	LoadBalancerArn string
	Attributes      []keyValue
}

func (a api) modifiedBalancer(in modifyBalancerInput) []engine.Resource {
	return a.balancerByARN(in.LoadBalancerArn)
}

func (a api) balancerByARN(arn string) []engine.Resource {
	if lb := a.LoadBalancers[arn]; lb != nil {
		return resource(arn, lb.Tags)
	}
	return resource(arn, nil)
}

func (a api) modifyBalancerAttributes(c *engine.Call, in modifyBalancerInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"loadBalancerArn": in.LoadBalancerArn, "attributes": trailed(in.Attributes)}
	lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
	if err != nil {
		return nil, err
	}
	for _, kv := range in.Attributes {
		if kv.Key == crossZone && kv.Value != "true" && kv.Value != "false" {
			return nil, fail("InvalidConfigurationRequest", "Load balancer attribute value '%s' is not valid", kv.Value)
		}
	}
	for _, kv := range in.Attributes {
		if kv.Key == crossZone {
			lb.CrossZone = kv.Value == "true"
		} else {
			lb.Attributes[kv.Key] = kv.Value
		}
	}
	return &attributesOutput{attributes(balancerAttributes(lb))}, nil
}

func trailed(attributes []keyValue) []any {
	var out []any
	for _, kv := range attributes {
		out = append(out, map[string]any{"key": kv.Key, "value": kv.Value})
	}
	return out
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

type setSecurityGroupsInput struct {
	LoadBalancerArn string
	SecurityGroups  []string
	Enforce         string `query:"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"`
}

type setSecurityGroupsOutput struct {
	SecurityGroupIDs []string `xml:"SecurityGroupIds"`
	Enforce          string   `xml:"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"`
}

func (a api) regroupedBalancer(in setSecurityGroupsInput) []engine.Resource {
	return a.balancerByARN(in.LoadBalancerArn)
}

// setSecurityGroups replaces a load balancer's groups. One that was created without can
// never get any, one that was created with must keep one.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (a api) setSecurityGroups(c *engine.Call, in setSecurityGroupsInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"loadBalancerArn": in.LoadBalancerArn, "securityGroups": in.SecurityGroups}
	if in.Enforce != "" {
		c.Trail.RequestParameters["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = in.Enforce
	}
	lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
	if err != nil {
		return nil, err
	}
	switch {
	case len(lb.Groups) == 0:
		return nil, fail("InvalidConfigurationRequest", "Security groups cannot be associated with a load balancer that was created without security groups")
	case len(in.SecurityGroups) == 0:
		return nil, fail("InvalidConfigurationRequest", "At least one security group must be associated with the load balancer")
	case in.Enforce != "" && in.Enforce != "on" && in.Enforce != "off":
		return nil, fail("ValidationError", "'%s' is not a valid value for enforceSecurityGroupInboundRulesOnPrivateLinkTraffic", in.Enforce)
	}
	for _, id := range in.SecurityGroups {
		if g := a.SecurityGroups[id]; g == nil || g.VPC != lb.VPC {
			return nil, fail("InvalidSecurityGroup", "One or more security groups are invalid")
		}
	}
	a.SetGroups(lb, in.SecurityGroups)
	if in.Enforce != "" {
		lb.Enforce = in.Enforce
	}
	return &setSecurityGroupsOutput{lb.Groups, lb.Enforce}, nil
}
