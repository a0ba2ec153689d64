package ec2

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type revokeInput struct {
	dryable
	oldStyle
	GroupID     string       `query:"GroupId"`
	Permissions []permission `query:"IpPermissions"`
	RuleIDs     []string     `query:"SecurityGroupRuleId"`
}

type revokeOutput struct {
	Return  bool          `xml:"return"`
	Unknown []permission  `xml:"unknownIpPermissionSet"`
	Revoked []revokedRule `xml:"revokedSecurityGroupRuleSet"`
}

type revokedRule struct {
	ID          string `xml:"securityGroupRuleId"`
	GroupID     string `xml:"groupId"`
	Egress      bool   `xml:"isEgress"`
	Protocol    string `xml:"ipProtocol"`
	FromPort    int    `xml:"fromPort"`
	ToPort      int    `xml:"toPort"`
	CIDRv4      string `xml:"cidrIpv4"`
	CIDRv6      string `xml:"cidrIpv6"`
	PrefixList  string `xml:"prefixListId"`
	Referenced  string `xml:"referencedGroupId"`
	Description string `xml:"description"`
}

func (a api) revokedGroup(in revokeInput) []engine.Resource { return a.groupByID(in.GroupID) }

// revoke removes rules by their IDs or by equal permissions, all or none: no VPC here is a
// default one, where a permission that matches nothing is merely reported.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
func (a api) revoke(egress bool) func(*engine.Call, revokeInput) (any, error) {
	return func(c *engine.Call, in revokeInput) (any, error) {
		asked := in.permissions(in.Permissions)
		c.Trail.RequestParameters = map[string]any{"groupId": in.GroupID}
		if len(asked) > 0 {
			c.Trail.RequestParameters["ipPermissions"] = trailed(asked)
		}
		if len(in.RuleIDs) > 0 {
			c.Trail.RequestParameters["securityGroupRuleIds"] = map[string]any{"items": in.RuleIDs}
		}
		g, err := get(a.SecurityGroups, in.GroupID, aGroup)
		if err != nil {
			return nil, err
		}
		ids, err := a.doomed(g, in.RuleIDs, asked, egress)
		if err != nil {
			return nil, err
		}
		out := revokeOutput{Return: true}
		for _, r := range a.Revoke(g, func(r network.Rule) bool { return slices.Contains(ids, r.ID) }) {
			d := a.described(g, r)
			gone := revokedRule{ID: d.ID, GroupID: d.GroupID, Egress: d.Egress, Protocol: d.Protocol, FromPort: d.FromPort, ToPort: d.ToPort,
				CIDRv4: d.CIDRv4, CIDRv6: d.CIDRv6, PrefixList: d.PrefixList, Referenced: r.Group, Description: d.Description}
			out.Revoked = append(out.Revoked, gone)
		}
		return &out, nil
	}
}

// doomed returns the IDs of the rules that a call names, or the error that one is not there.
func (a api) doomed(g *network.SecurityGroup, ids []string, asked []permission, egress bool) ([]string, error) {
	have := a.Rules(g)
	for _, id := range ids {
		if !slices.ContainsFunc(have, func(r network.Rule) bool { return r.ID == id && r.Egress == egress }) {
			return nil, fail("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
	}
	if len(ids) > 0 && len(asked) == 0 {
		return ids, nil
	}
	rules, err := a.split(asked, egress)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		i := slices.IndexFunc(have, r.Same)
		if i < 0 {
			return nil, fail("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
		ids = append(ids, have[i].ID)
	}
	return ids, nil
}
