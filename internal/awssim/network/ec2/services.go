package ec2

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type serviceConfiguration struct {
	ServiceID        string            `xml:"serviceId"`
	ServiceName      string            `xml:"serviceName"`
	ServiceState     string            `xml:"serviceState"`
	ServiceTypes     []serviceType     `xml:"serviceType"`
	Zones            []string          `xml:"availabilityZoneSet"`
	ZoneIDs          []string          `xml:"availabilityZoneIdSet"`
	Acceptance       bool              `xml:"acceptanceRequired"`
	Manages          bool              `xml:"managesVpcEndpoints"`
	Balancers        []string          `xml:"networkLoadBalancerArnSet"`
	GatewayBalancers []string          `xml:"gatewayLoadBalancerArnSet"`
	AddressTypes     []string          `xml:"supportedIpAddressTypeSet"`
	PrivateDNSName   string            `xml:"privateDnsName"`
	PrivateDNS       *privateDNS       `xml:"privateDnsNameConfiguration"`
	Regions          []supportedRegion `xml:"supportedRegionSet"`
	Tags             []tag             `xml:"tagSet"`
}

type serviceType struct {
	ServiceType string `xml:"serviceType"`
}

type privateDNS struct{ State, Type, Value, Name string }

type supportedRegion struct {
	Region string `xml:"region"`
	State  string `xml:"serviceState"`
}

type describeServiceConfigurationsInput struct {
	listing
	ServiceIDs []string `query:"ServiceId"`
}

type describeServiceConfigurationsOutput struct {
	Services  []serviceConfiguration `xml:"serviceConfigurationSet"`
	NextToken string
}

func (a api) describeServiceConfigurations(_ *engine.Call, in describeServiceConfigurationsInput) (any, error) {
	own := map[string]*network.EndpointService{}
	for id, s := range a.Services {
		if s.Owner == a.Account {
			own[id] = s
		}
	}
	services, err := pick(own, in.ServiceIDs, aService)
	if err != nil {
		return nil, err
	}
	services, next, err := list(a, in.listing, services, serve.Fields[*network.EndpointService]{
		"service-name":               serve.One(func(s *network.EndpointService) string { return s.Name }),
		"service-id":                 serve.One(func(s *network.EndpointService) string { return s.ID }),
		"service-state":              serve.One(func(s *network.EndpointService) string { return s.State }),
		"supported-ip-address-types": func(s *network.EndpointService) []string { return s.AddressTypes },
	}, func(s *network.EndpointService) map[string]string { return s.Tags })
	if err != nil {
		return nil, err
	}
	out := describeServiceConfigurationsOutput{NextToken: next}
	for _, s := range services {
		out.Services = append(out.Services, a.configuration(s))
	}
	return &out, nil
}

func (a api) configuration(s *network.EndpointService) serviceConfiguration {
	c := serviceConfiguration{
		ServiceID: s.ID, ServiceName: s.Name, ServiceState: s.State, ServiceTypes: []serviceType{{s.Type}},
		Zones: s.Zones, ZoneIDs: a.zoneIDs(s.Zones), Acceptance: s.Acceptance, Balancers: s.Balancers,
		GatewayBalancers: s.GatewayBalancers, AddressTypes: s.AddressTypes, Tags: tagList(s.Tags),
		Regions: []supportedRegion{{a.Region, s.State}},
	}
	if dns := s.PrivateDNS; dns != nil {
		c.PrivateDNSName = dns.Name
		c.PrivateDNS = &privateDNS{State: dns.State, Type: "TXT", Value: dns.RecordValue, Name: dns.RecordName}
	}
	return c
}

// zoneIDs returns the IDs of zones, which a subnet of each tells.
func (a api) zoneIDs(zones []string) []string {
	var ids []string
	for _, z := range zones {
		for _, s := range network.Sorted(a.Subnets) {
			if s.Zone == z {
				ids = append(ids, s.ZoneID)
				break
			}
		}
	}
	return ids
}

type serviceDetail struct {
	ServiceName    string           `xml:"serviceName"`
	ServiceID      string           `xml:"serviceId"`
	ServiceTypes   []serviceType    `xml:"serviceType"`
	ServiceRegion  string           `xml:"serviceRegion"`
	Zones          []string         `xml:"availabilityZoneSet"`
	ZoneIDs        []string         `xml:"availabilityZoneIdSet"`
	Owner          string           `xml:"owner"`
	BaseNames      []string         `xml:"baseEndpointDnsNameSet"`
	PrivateDNSName string           `xml:"privateDnsName"`
	PrivateNames   []privateDNSName `xml:"privateDnsNameSet"`
	Verification   string           `xml:"privateDnsNameVerificationState"`
	Acceptance     bool             `xml:"acceptanceRequired"`
	Policies       bool             `xml:"vpcEndpointPolicySupported"`
	Manages        bool             `xml:"managesVpcEndpoints"`
	AddressTypes   []string         `xml:"supportedIpAddressTypeSet"`
	Tags           []tag            `xml:"tagSet"`
}

type privateDNSName struct {
	Name string `xml:"privateDnsName"`
}

type describeServicesInput struct {
	listing
	ServiceNames   []string `query:"ServiceName"`
	ServiceRegions []string `query:"ServiceRegion"`
}

type describeServicesOutput struct {
	Names     []string        `xml:"serviceNameSet"`
	Details   []serviceDetail `xml:"serviceDetailSet"`
	NextToken string
}

// describeServices shows what this account may see as a consumer: its own services, and
// those of others that allow it.
func (a api) describeServices(_ *engine.Call, in describeServicesInput) (any, error) {
	var visible []*network.EndpointService
	for _, s := range network.Sorted(a.Services) {
		if s.Admits(a.Account) {
			visible = append(visible, s)
		}
	}
	for _, name := range in.ServiceNames {
		if !slices.ContainsFunc(visible, func(s *network.EndpointService) bool { return s.Name == name }) {
			return nil, fail("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
		}
	}
	visible = slices.DeleteFunc(visible, func(s *network.EndpointService) bool {
		return len(in.ServiceNames) > 0 && !slices.Contains(in.ServiceNames, s.Name)
	})
	services, next, err := list(a, in.listing, visible, serve.Fields[*network.EndpointService]{
		"service-name":               serve.One(func(s *network.EndpointService) string { return s.Name }),
		"service-type":               serve.One(func(s *network.EndpointService) string { return s.Type }),
		"owner":                      serve.One(func(s *network.EndpointService) string { return s.Owner }),
		"supported-ip-address-types": func(s *network.EndpointService) []string { return s.AddressTypes },
	}, func(s *network.EndpointService) map[string]string { return s.Tags })
	if err != nil {
		return nil, err
	}
	out := describeServicesOutput{NextToken: next}
	for _, s := range services {
		out.Names, out.Details = append(out.Names, s.Name), append(out.Details, a.detail(s))
	}
	return &out, nil
}

func (a api) detail(s *network.EndpointService) serviceDetail {
	d := serviceDetail{
		ServiceName: s.Name, ServiceID: s.ID, ServiceTypes: []serviceType{{s.Type}}, ServiceRegion: a.Region,
		Zones: s.Zones, ZoneIDs: a.zoneIDs(s.Zones), Owner: s.Owner, Acceptance: s.Acceptance,
		BaseNames: []string{s.ID + "." + a.Region + ".vpce.amazonaws.com"}, AddressTypes: s.AddressTypes, Tags: tagList(s.Tags),
	}
	if dns := s.PrivateDNS; dns != nil {
		d.PrivateDNSName, d.Verification = dns.Name, dns.State
		d.PrivateNames = []privateDNSName{{dns.Name}}
	}
	return d
}
