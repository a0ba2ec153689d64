package ec2

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type subnet struct {
	SubnetID  string `xml:"subnetId"`
	ARN       string `xml:"subnetArn"`
	State     string `xml:"state"`
	VPC       string `xml:"vpcId"`
	CIDR      string `xml:"cidrBlock"`
	Available int    `xml:"availableIpAddressCount"`
	Zone      string `xml:"availabilityZone"`
	ZoneID    string `xml:"availabilityZoneId"`
	OwnerID   string `xml:"ownerId"`
	Tags      []tag  `xml:"tagSet"`
}

type describeSubnetsInput struct {
	listing
	SubnetIDs []string `query:"SubnetId"`
}

type describeSubnetsOutput struct {
	Subnets   []subnet `xml:"subnetSet"`
	NextToken string
}

func (a api) describeSubnets(_ *engine.Call, in describeSubnetsInput) (any, error) {
	subnets, err := pick(a.Subnets, in.SubnetIDs, aSubnet)
	if err != nil {
		return nil, err
	}
	subnets, next, err := list(a, in.listing, subnets, serve.Fields[*network.Subnet]{
		"subnet-id":            serve.One(func(s *network.Subnet) string { return s.ID }),
		"vpc-id":               serve.One(func(s *network.Subnet) string { return s.VPC }),
		"availability-zone":    serve.One(func(s *network.Subnet) string { return s.Zone }),
		"availability-zone-id": serve.One(func(s *network.Subnet) string { return s.ZoneID }),
		"cidr-block":           serve.One(func(s *network.Subnet) string { return s.CIDR.String() }),
	}, func(s *network.Subnet) map[string]string { return s.Tags })
	if err != nil {
		return nil, err
	}
	out := describeSubnetsOutput{NextToken: next}
	for _, s := range subnets {
		out.Subnets = append(out.Subnets, subnet{
			SubnetID: s.ID, ARN: a.ARN("ec2", "subnet/"+s.ID), State: "available", VPC: s.VPC, CIDR: s.CIDR.String(),
			Available: a.free(s), Zone: s.Zone, ZoneID: s.ZoneID, OwnerID: a.Account, Tags: tagList(s.Tags),
		})
	}
	return &out, nil
}

// free counts a subnet's free addresses: AWS keeps five of each.
func (a api) free(s *network.Subnet) int {
	n := 1<<(s.CIDR.Addr().BitLen()-s.CIDR.Bits()) - 5
	for _, i := range a.Interfaces {
		if i.Subnet == s.ID {
			n -= len(i.Addrs)
		}
	}
	return n
}

type vpc struct {
	ID       string            `xml:"vpcId"`
	State    string            `xml:"state"`
	CIDR     string            `xml:"cidrBlock"`
	CIDRs    []cidrAssociation `xml:"cidrBlockAssociationSet"`
	Default  bool              `xml:"isDefault"`
	OwnerID  string            `xml:"ownerId"`
	Tenancy  string            `xml:"instanceTenancy"`
	DHCP     string            `xml:"dhcpOptionsId"`
	TagItems []tag             `xml:"tagSet"`
}

type cidrAssociation struct {
	ID    string    `xml:"associationId"`
	CIDR  string    `xml:"cidrBlock"`
	State cidrState `xml:"cidrBlockState"`
}

type cidrState struct{ State string }

type describeVPCsInput struct {
	listing
	VPCIDs []string `query:"VpcId"`
}

type describeVPCsOutput struct {
	VPCs      []vpc `xml:"vpcSet"`
	NextToken string
}

func (a api) describeVPCs(_ *engine.Call, in describeVPCsInput) (any, error) {
	vpcs, err := pick(a.VPCs, in.VPCIDs, aVPC)
	if err != nil {
		return nil, err
	}
	vpcs, next, err := list(a, in.listing, vpcs, serve.Fields[*network.VPC]{
		"vpc-id":    serve.One(func(v *network.VPC) string { return v.ID }),
		"cidr":      serve.One(func(v *network.VPC) string { return v.CIDRs[0].String() }),
		"isDefault": serve.One(func(v *network.VPC) string { return boolean(v.Default) }),
	}, func(v *network.VPC) map[string]string { return v.Tags })
	if err != nil {
		return nil, err
	}
	out := describeVPCsOutput{NextToken: next}
	for _, v := range vpcs {
		d := vpc{ID: v.ID, State: "available", CIDR: v.CIDRs[0].String(), Default: v.Default, OwnerID: a.Account, Tenancy: "default", DHCP: "default", TagItems: tagList(v.Tags)}
		for _, p := range v.CIDRs {
			d.CIDRs = append(d.CIDRs, cidrAssociation{"vpc-cidr-assoc-" + digest(v.ID+p.String()), p.String(), cidrState{"associated"}})
		}
		out.VPCs = append(out.VPCs, d)
	}
	return &out, nil
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

type vpcAttributeInput struct {
	dryable
	VPC       string `query:"VpcId"`
	Attribute string
}

type vpcAttributeOutput struct {
	VPC       string     `xml:"vpcId"`
	Support   *attribute `xml:"enableDnsSupport"`
	Hostnames *attribute `xml:"enableDnsHostnames"`
}

type attribute struct{ Value bool }

func (a api) vpcResource(in vpcAttributeInput) []engine.Resource { return a.vpcByID(in.VPC) }

func (a api) vpcByID(id string) []engine.Resource {
	r := engine.Resource{ARN: a.ARN("ec2", "vpc/"+id), Context: map[string]string{"ec2:VpcID": id}}
	if v := a.VPCs[id]; v != nil {
		r.Tags = v.Tags
	}
	return []engine.Resource{r}
}

func (a api) describeVPCAttribute(_ *engine.Call, in vpcAttributeInput) (any, error) {
	v, err := get(a.VPCs, in.VPC, aVPC)
	if err != nil {
		return nil, err
	}
	out := vpcAttributeOutput{VPC: v.ID}
	switch in.Attribute {
	case "enableDnsSupport":
		out.Support = &attribute{v.DNSSupport}
	case "enableDnsHostnames":
		out.Hostnames = &attribute{v.DNSHostnames}
	default:
		return nil, fail("InvalidParameterValue", "Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return &out, nil
}

type zone struct {
	Name   string `xml:"zoneName"`
	ID     string `xml:"zoneId"`
	State  string `xml:"zoneState"`
	Region string `xml:"regionName"`
	Group  string `xml:"groupName"`
	Type   string `xml:"zoneType"`
	OptIn  string `xml:"optInStatus"`
}

type describeZonesInput struct {
	dryable
	Filters   []serve.Filter `query:"Filter"`
	ZoneNames []string       `query:"ZoneName"`
	ZoneIDs   []string       `query:"ZoneId"`
	All       bool           `query:"AllAvailabilityZones"`
}

type describeZonesOutput struct {
	Zones []zone `xml:"availabilityZoneInfo"`
}

// describeZones shows the zones in which the account has a subnet; the call has no pages.
func (a api) describeZones(_ *engine.Call, in describeZonesInput) (any, error) {
	seen := map[string]zone{}
	for _, s := range a.Subnets {
		seen[s.Zone] = zone{s.Zone, s.ZoneID, "available", a.Region, a.Region + "-zg-1", "availability-zone", "opt-in-not-required"}
	}
	zones := slices.DeleteFunc(network.Sorted(seen), func(z zone) bool {
		return len(in.ZoneNames) > 0 && !slices.Contains(in.ZoneNames, z.Name) || len(in.ZoneIDs) > 0 && !slices.Contains(in.ZoneIDs, z.ID)
	})
	zones, unknown := serve.Select(zones, in.Filters, serve.Fields[zone]{
		"zone-name":   serve.One(func(z zone) string { return z.Name }),
		"zone-id":     serve.One(func(z zone) string { return z.ID }),
		"state":       serve.One(func(z zone) string { return z.State }),
		"region-name": serve.One(func(z zone) string { return z.Region }),
	}, nil)
	if unknown != "" {
		return nil, fail("InvalidParameterValue", "The filter '%s' is invalid", unknown)
	}
	return &describeZonesOutput{zones}, nil
}
