package path

import "net/netip"

// IDs of what a VPC is made of, as AWS spells them.
type (
	NetworkACLID string // acl-…
	RouteTableID string // rtb-…
	PeeringID    string // pcx-…
)

// A VPC is a virtual private cloud through which the path runs.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
type VPC struct {
	ID           VPCID          `json:"id"`
	CIDRs        []netip.Prefix `json:"cidrs,omitempty"` // associated address ranges, IPv4 and IPv6
	DNSSupport   bool           `json:"dnsSupport"`      // enableDnsSupport: of VPCAttributesPart
	DNSHostnames bool           `json:"dnsHostnames"`    // enableDnsHostnames: of VPCAttributesPart
}

// A Subnet is a subnet of a VPC on the path, whether or not the path runs through it.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
type Subnet struct {
	ID     SubnetID     `json:"id"`
	VPC    VPCID        `json:"vpc"`
	CIDR   netip.Prefix `json:"cidr"`
	Zone   string       `json:"zone"`             // Availability Zone name
	ZoneID string       `json:"zoneId,omitempty"` // comparable between accounts
	Free   int          `json:"free"`             // addresses that nothing uses
}

// A NetworkACL is a network ACL. It is stateless and stands at the border of its subnets:
// traffic inside one subnet does not meet it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
type NetworkACL struct {
	ID      NetworkACLID      `json:"id"`
	ARN     ARN               `json:"arn"`
	VPC     VPCID             `json:"vpc"`
	Default bool              `json:"default"`
	Subnets []SubnetID        `json:"subnets,omitempty"` // all that are associated with it, also those off the path
	Entries []NetworkACLEntry `json:"entries,omitempty"` // by direction, then number
	Tags    map[string]string `json:"tags,omitempty"`
}

// A NetworkACLEntry is a numbered rule of a network ACL: of one direction, the lowest number
// that matches decides.
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
type NetworkACLEntry struct {
	Number   int          `json:"number"` // 1 to 32766; 32767 and 32768 are AWS's own final denials
	Egress   bool         `json:"egress"`
	Protocol int          `json:"protocol"` // IANA number; -1 is all
	Allow    bool         `json:"allow"`
	CIDR     netip.Prefix `json:"cidr"`
	FromPort int          `json:"fromPort"` // inclusive; -1 where the entry names no ports, which is all
	ToPort   int          `json:"toPort"`
}

// A RouteTable is a route table that subnets of the path use.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
type RouteTable struct {
	ID      RouteTableID `json:"id"`
	VPC     VPCID        `json:"vpc"`
	Main    bool         `json:"main"`              // serves the subnets of its VPC that name no table of their own
	Subnets []SubnetID   `json:"subnets,omitempty"` // explicitly associated
	Routes  []Route      `json:"routes,omitempty"`
}

// A Route is an entry of a route table. Exactly one of CIDR and PrefixList is set.
type Route struct {
	CIDR       netip.Prefix `json:"cidr,omitzero"`
	PrefixList PrefixListID `json:"prefixList,omitempty"`
	Target     string       `json:"target"`           // local, igw-…, vgw-…, nat-…, tgw-…, pcx-…, eni-…, vpce-…, a core network's ARN; empty where AWS named none
	State      string       `json:"state"`            // active, blackhole, filtered
	Origin     string       `json:"origin,omitempty"` // CreateRouteTable, CreateRoute, EnableVgwRoutePropagation
}

// A Peering is a VPC peering connection that a route or a rule on the path names.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html
type Peering struct {
	ID        PeeringID  `json:"id"`
	Status    string     `json:"status"` // active, deleted, …
	Requester PeeringVPC `json:"requester"`
	Accepter  PeeringVPC `json:"accepter"`
}

// A PeeringVPC is one side of a VPC peering connection.
type PeeringVPC struct {
	VPC     VPCID          `json:"vpc"`
	Account string         `json:"account"`
	Region  string         `json:"region,omitempty"`
	CIDRs   []netip.Prefix `json:"cidrs,omitempty"`
}
