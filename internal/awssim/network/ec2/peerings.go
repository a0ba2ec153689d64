package ec2

import (
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type peering struct {
	ID        string        `xml:"vpcPeeringConnectionId"`
	Requester peeringVPC    `xml:"requesterVpcInfo"`
	Accepter  peeringVPC    `xml:"accepterVpcInfo"`
	Status    peeringStatus `xml:"status"`
	Tags      []tag         `xml:"tagSet"`
}

type peeringVPC struct {
	OwnerID string           `xml:"ownerId"`
	VPC     string           `xml:"vpcId"`
	CIDR    string           `xml:"cidrBlock"`
	CIDRs   []peeringCIDR    `xml:"cidrBlockSet"`
	CIDRv6s []peeringCIDRv6  `xml:"ipv6CidrBlockSet"`
	Options *peeringVPCRules `xml:"peeringOptions"`
	Region  string           `xml:"region"`
}

type peeringCIDR struct {
	CIDR string `xml:"cidrBlock"`
}

type peeringCIDRv6 struct {
	CIDR string `xml:"ipv6CidrBlock"`
}

type peeringVPCRules struct {
	RemoteDNS bool `xml:"allowDnsResolutionFromRemoteVpc"`
}

type peeringStatus struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
}

type describePeeringsInput struct {
	listing
	PeeringIDs []string `query:"VpcPeeringConnectionId"`
}

type describePeeringsOutput struct {
	Peerings  []peering `xml:"vpcPeeringConnectionSet"`
	NextToken string
}

// describePeerings shows the peering connections of which the account has a side.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html
func (a api) describePeerings(_ *engine.Call, in describePeeringsInput) (any, error) {
	peerings, err := pick(a.Peerings, in.PeeringIDs, aPeering)
	if err != nil {
		return nil, err
	}
	peerings, next, err := list(a, in.listing, peerings, serve.Fields[*network.Peering]{
		"vpc-peering-connection-id":   serve.One(func(p *network.Peering) string { return p.ID }),
		"status-code":                 serve.One(func(p *network.Peering) string { return p.Status }),
		"requester-vpc-info.vpc-id":   serve.One(func(p *network.Peering) string { return p.Requester.VPC }),
		"requester-vpc-info.owner-id": serve.One(func(p *network.Peering) string { return p.Requester.Account }),
		"accepter-vpc-info.vpc-id":    serve.One(func(p *network.Peering) string { return p.Accepter.VPC }),
		"accepter-vpc-info.owner-id":  serve.One(func(p *network.Peering) string { return p.Accepter.Account }),
	}, func(p *network.Peering) map[string]string { return p.Tags })
	if err != nil {
		return nil, err
	}
	out := describePeeringsOutput{NextToken: next}
	for _, p := range peerings {
		out.Peerings = append(out.Peerings, peering{
			ID: p.ID, Requester: peeringSide(p, p.Requester), Accepter: peeringSide(p, p.Accepter),
			Status: peeringStatus{p.Status, "The VPC peering connection is " + p.Status}, Tags: tagList(p.Tags),
		})
	}
	return &out, nil
}

// peeringSide writes one side. AWS tells address ranges of an active connection alone.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html
func peeringSide(p *network.Peering, s network.PeeringVPC) peeringVPC {
	out := peeringVPC{OwnerID: s.Account, VPC: s.VPC, Region: s.Region}
	if p.Status != "active" {
		return out
	}
	out.Options = &peeringVPCRules{}
	for _, c := range s.CIDRs {
		out.add(c)
	}
	return out
}

func (v *peeringVPC) add(c netip.Prefix) {
	switch {
	case c.Addr().Is6():
		v.CIDRv6s = append(v.CIDRv6s, peeringCIDRv6{c.String()})
	default:
		if v.CIDR == "" {
			v.CIDR = c.String()
		}
		v.CIDRs = append(v.CIDRs, peeringCIDR{c.String()})
	}
}
