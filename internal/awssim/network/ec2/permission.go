package ec2

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// A permission is EC2's IpPermission: a protocol and a port range with all its sources.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
type permission struct {
	Protocol    string          `xml:"ipProtocol" query:"IpProtocol"`
	FromPort    *int            `xml:"fromPort"`
	ToPort      *int            `xml:"toPort"`
	IPRanges    []ipRange       `xml:"ipRanges" query:"IpRanges"`
	IPv6Ranges  []ipv6Range     `xml:"ipv6Ranges" query:"Ipv6Ranges"`
	PrefixLists []prefixListRef `xml:"prefixListIds" query:"PrefixListIds"`
	Groups      []groupPair     `xml:"groups"`
}

type ipRange struct {
	CIDR        string `xml:"cidrIp" query:"CidrIp"`
	Description string
}

type ipv6Range struct {
	CIDR        string `xml:"cidrIpv6" query:"CidrIpv6"`
	Description string
}

type prefixListRef struct {
	ID          string `xml:"prefixListId" query:"PrefixListId"`
	Description string
}

type groupPair struct {
	GroupID       string `xml:"groupId" query:"GroupId"`
	GroupName     string `xml:"groupName"`
	UserID        string `xml:"userId" query:"UserId"`
	VPC           string `xml:"vpcId" query:"VpcId"`
	PeeringStatus string `xml:"peeringStatus"`
	Peering       string `xml:"vpcPeeringConnectionId" query:"VpcPeeringConnectionId"`
	Description   string
}

func newPermission(r network.Rule) permission {
	p := permission{Protocol: r.Protocol, IPRanges: []ipRange{}, IPv6Ranges: []ipv6Range{}, PrefixLists: []prefixListRef{}, Groups: []groupPair{}}
	if r.Protocol != "-1" {
		p.FromPort, p.ToPort = new(r.FromPort), new(r.ToPort)
	}
	return p
}

func (p permission) same(r network.Rule) bool {
	return p.Protocol == r.Protocol && number(p.FromPort) == r.FromPort && number(p.ToPort) == r.ToPort
}

// number returns a port that may be absent, which EC2 means by -1.
func number(port *int) int {
	if port == nil {
		return -1
	}
	return *port
}

// describable is what a rule's description may hold.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
var describable = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

// rules takes a permission apart into single rules, or says what is wrong with it.
func (a api) rules(p permission, egress bool) ([]network.Rule, error) {
	base, err := base(p, egress)
	if err != nil {
		return nil, err
	}
	var out []network.Rule
	add := func(r network.Rule, description string) {
		r.Description = description
		out = append(out, r)
	}
	for _, v := range p.IPRanges {
		r := base
		if r.CIDR, err = cidr(v.CIDR, true); err != nil {
			return nil, err
		}
		add(r, v.Description)
	}
	for _, v := range p.IPv6Ranges {
		r := base
		if r.CIDR, err = cidr(v.CIDR, false); err != nil {
			return nil, err
		}
		add(r, v.Description)
	}
	for _, v := range p.PrefixLists {
		r := base
		if _, err := get(a.PrefixLists, v.ID, aPrefixList); err != nil {
			return nil, err
		}
		r.PrefixList = v.ID
		add(r, v.Description)
	}
	for _, v := range p.Groups {
		r := base
		if _, err := get(a.SecurityGroups, v.GroupID, aGroup); err != nil {
			return nil, err
		}
		r.Group = v.GroupID
		add(r, v.Description)
	}
	return out, checkRules(out)
}

func checkRules(rules []network.Rule) error {
	if len(rules) == 0 {
		return fail("MissingParameter", "The request must contain at least one source or destination of a rule")
	}
	for _, r := range rules {
		if !describable.MatchString(r.Description) {
			return fail("InvalidParameterValue", "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
		}
	}
	return nil
}

// base returns what all rules of a permission share: protocol and ports. Protocols other
// than tcp, udp, icmp and icmpv6 cover all ports.
func base(p permission, egress bool) (network.Rule, error) {
	proto, err := network.ProtocolNumber(strings.ToLower(p.Protocol))
	if err != nil || p.Protocol == "" {
		return network.Rule{}, fail("InvalidPermission.Malformed", "Invalid protocol '%s'", p.Protocol)
	}
	r := network.Rule{Egress: egress, Protocol: network.ProtocolName(proto), FromPort: -1, ToPort: -1}
	switch proto {
	case network.TCP, network.UDP:
		r.FromPort, r.ToPort = number(p.FromPort), number(p.ToPort)
		if p.FromPort == nil || p.ToPort == nil || r.FromPort < 0 || r.ToPort > 65535 || r.FromPort > r.ToPort {
			return r, fail("InvalidParameterValue", "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
		}
	case network.ICMP, network.ICMPv6:
		r.FromPort, r.ToPort = number(p.FromPort), number(p.ToPort)
	}
	return r, nil
}

// cidr reads an address range, and masks it as EC2 does.
func cidr(s string, v4 bool) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4() != v4 {
		return p, fail("InvalidParameterValue", "CIDR block %s is malformed", s)
	}
	return p.Masked(), nil
}
