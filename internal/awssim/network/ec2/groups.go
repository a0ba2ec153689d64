package ec2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type securityGroup struct {
	GroupID     string       `xml:"groupId"`
	GroupName   string       `xml:"groupName"`
	Description string       `xml:"groupDescription"`
	OwnerID     string       `xml:"ownerId"`
	VPC         string       `xml:"vpcId"`
	ARN         string       `xml:"securityGroupArn"`
	Ingress     []permission `xml:"ipPermissions"`
	Egress      []permission `xml:"ipPermissionsEgress"`
	Tags        []tag        `xml:"tagSet"`
}

type describeGroupsInput struct {
	listing
	GroupIDs   []string `query:"GroupId"`
	GroupNames []string `query:"GroupName"`
}

type describeGroupsOutput struct {
	Groups    []securityGroup `xml:"securityGroupInfo"`
	NextToken string
}

func (a api) describeGroups(_ *engine.Call, in describeGroupsInput) (any, error) {
	if len(in.GroupNames) > 0 {
		return nil, fail("InvalidParameterCombination", "The simulator has no default VPC, in which alone groups go by name")
	}
	groups, err := pick(a.SecurityGroups, in.GroupIDs, aGroup)
	if err != nil {
		return nil, err
	}
	groups, next, err := list(a, in.listing, groups, a.groupFields(), func(g *network.SecurityGroup) map[string]string { return g.Tags })
	if err != nil {
		return nil, err
	}
	out := describeGroupsOutput{NextToken: next}
	for _, g := range groups {
		rules := a.DescribedRules(g)
		out.Groups = append(out.Groups, securityGroup{
			GroupID: g.ID, GroupName: g.Name, Description: g.Description, OwnerID: a.Account, VPC: g.VPC,
			ARN: a.ARN("ec2", "security-group/"+g.ID), Ingress: a.grouped(g, rules, false), Egress: a.grouped(g, rules, true), Tags: tagList(g.Tags),
		})
	}
	return &out, nil
}

func (a api) groupFields() serve.Fields[*network.SecurityGroup] {
	of := func(get func(network.Rule) string) func(*network.SecurityGroup) []string {
		return func(g *network.SecurityGroup) (values []string) {
			for _, r := range a.DescribedRules(g) {
				if v := get(r); v != "" {
					values = append(values, v)
				}
			}
			return values
		}
	}
	return serve.Fields[*network.SecurityGroup]{
		"group-id":    serve.One(func(g *network.SecurityGroup) string { return g.ID }),
		"group-name":  serve.One(func(g *network.SecurityGroup) string { return g.Name }),
		"description": serve.One(func(g *network.SecurityGroup) string { return g.Description }),
		"vpc-id":      serve.One(func(g *network.SecurityGroup) string { return g.VPC }),
		"owner-id":    serve.One(func(*network.SecurityGroup) string { return a.Account }),
		"ip-permission.group-id": of(func(r network.Rule) string {
			if r.Egress {
				return ""
			}
			return r.Group
		}),
	}
}

// grouped writes a group's rules of one direction as EC2 does: one permission a protocol and
// port range, with all its sources.
func (a api) grouped(g *network.SecurityGroup, rules []network.Rule, egress bool) []permission {
	var out []permission
	for _, r := range rules {
		if r.Egress != egress {
			continue
		}
		i := slices.IndexFunc(out, func(p permission) bool { return p.same(r) })
		if i < 0 {
			out = append(out, newPermission(r))
			i = len(out) - 1
		}
		a.addSource(&out[i], g, r)
	}
	slices.SortFunc(out, func(x, y permission) int {
		return cmp.Or(strings.Compare(x.Protocol, y.Protocol), cmp.Compare(number(x.FromPort), number(y.FromPort)), cmp.Compare(number(x.ToPort), number(y.ToPort)))
	})
	return out
}

func (a api) addSource(p *permission, g *network.SecurityGroup, r network.Rule) {
	switch {
	case r.Group != "":
		pair := groupPair{GroupID: r.Group, UserID: a.Account, Description: r.Description}
		if other := a.SecurityGroups[r.Group]; other != nil && other.VPC != g.VPC {
			pair.VPC = other.VPC
			if p := a.PeeringBetween(g.VPC, other.VPC); p != nil {
				pair.Peering, pair.PeeringStatus = p.ID, p.Status
			}
		}
		p.Groups = append(p.Groups, pair)
	case r.PrefixList != "":
		p.PrefixLists = append(p.PrefixLists, prefixListRef{r.PrefixList, r.Description})
	case r.CIDR.Addr().Is6():
		p.IPv6Ranges = append(p.IPv6Ranges, ipv6Range{r.CIDR.String(), r.Description})
	default:
		p.IPRanges = append(p.IPRanges, ipRange{r.CIDR.String(), r.Description})
	}
}

type groupRule struct {
	ID          string           `xml:"securityGroupRuleId"`
	ARN         string           `xml:"securityGroupRuleArn"`
	GroupID     string           `xml:"groupId"`
	OwnerID     string           `xml:"groupOwnerId"`
	Egress      bool             `xml:"isEgress"`
	Protocol    string           `xml:"ipProtocol"`
	FromPort    int              `xml:"fromPort"`
	ToPort      int              `xml:"toPort"`
	CIDRv4      string           `xml:"cidrIpv4"`
	CIDRv6      string           `xml:"cidrIpv6"`
	PrefixList  string           `xml:"prefixListId"`
	Referenced  *referencedGroup `xml:"referencedGroupInfo"`
	Description string           `xml:"description"`
	Tags        []tag            `xml:"tagSet"`
}

type referencedGroup struct {
	GroupID string `xml:"groupId"`
	UserID  string `xml:"userId"`
}

type describeGroupRulesInput struct {
	listing
	RuleIDs []string `query:"SecurityGroupRuleId"`
}

type describeGroupRulesOutput struct {
	Rules     []groupRule `xml:"securityGroupRuleSet"`
	NextToken string
}

func (a api) describeGroupRules(_ *engine.Call, in describeGroupRulesInput) (any, error) {
	var rules []groupRule
	tags := map[string]map[string]string{}
	for _, g := range network.Sorted(a.SecurityGroups) {
		for _, r := range a.DescribedRules(g) {
			rules, tags[r.ID] = append(rules, a.described(g, r)), r.Tags
		}
	}
	for _, id := range in.RuleIDs {
		if !slices.ContainsFunc(rules, func(r groupRule) bool { return r.ID == id }) {
			return nil, fail("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
	}
	rules = slices.DeleteFunc(rules, func(r groupRule) bool { return len(in.RuleIDs) > 0 && !slices.Contains(in.RuleIDs, r.ID) })
	rules, next, err := list(a, in.listing, rules, serve.Fields[groupRule]{
		"group-id":               serve.One(func(r groupRule) string { return r.GroupID }),
		"security-group-rule-id": serve.One(func(r groupRule) string { return r.ID }),
	}, func(r groupRule) map[string]string { return tags[r.ID] })
	return &describeGroupRulesOutput{rules, next}, err
}

func (a api) described(g *network.SecurityGroup, r network.Rule) groupRule {
	out := groupRule{
		ID: r.ID, ARN: a.ARN("ec2", "security-group-rule/"+r.ID), GroupID: g.ID, OwnerID: a.Account, Egress: r.Egress, Protocol: r.Protocol,
		FromPort: r.FromPort, ToPort: r.ToPort, PrefixList: r.PrefixList, Description: r.Description, Tags: tagList(r.Tags),
	}
	switch {
	case r.Group != "":
		out.Referenced = &referencedGroup{r.Group, a.Account}
	case r.CIDR.IsValid() && r.CIDR.Addr().Is6():
		out.CIDRv6 = r.CIDR.String()
	case r.CIDR.IsValid():
		out.CIDRv4 = r.CIDR.String()
	}
	return out
}
