package ec2

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// oldStyle are the parameters by which a single rule can be named without IpPermissions.
type oldStyle struct {
	CidrIp, IpProtocol         string
	FromPort, ToPort           *int
	SourceSecurityGroupName    string
	SourceSecurityGroupOwnerId string
	GroupName                  string
}

// permissions returns the permissions asked for, however they were written.
func (o oldStyle) permissions(given []permission) []permission {
	if o.IpProtocol == "" {
		return given
	}
	return append(given, permission{Protocol: o.IpProtocol, FromPort: o.FromPort, ToPort: o.ToPort, IPRanges: []ipRange{{CIDR: o.CidrIp}}})
}

type authorizeInput struct {
	dryable
	oldStyle
	GroupID     string             `query:"GroupId"`
	Permissions []permission       `query:"IpPermissions"`
	TagSpecs    []tagSpecification `query:"TagSpecification"`
}

type authorizeOutput struct {
	Return bool        `xml:"return"`
	Rules  []groupRule `xml:"securityGroupRuleSet"`
}

// authorizedGroup is what IAM judges: the group, and where rules are tagged, the new rules
// with the right to tag them.
func (a api) authorizedGroup(action string) func(authorizeInput) []engine.Resource {
	return func(in authorizeInput) []engine.Resource {
		resources := a.groupByID(in.GroupID)
		if len(in.TagSpecs) == 0 {
			return resources
		}
		context := map[string]string{"ec2:CreateAction": action}
		for key, value := range ruleTags(in.TagSpecs) {
			context["aws:RequestTag/"+key] = value
		}
		rule := a.ARN("ec2", "security-group-rule/*")
		return append(resources, engine.Resource{ARN: rule, Context: context},
			engine.Resource{ARN: rule, Context: context, Action: "ec2:CreateTags"})
	}
}

func (a api) groupByID(id string) []engine.Resource {
	r := engine.Resource{ARN: a.ARN("ec2", "security-group/"+id), Context: map[string]string{"ec2:SecurityGroupID": id}}
	if g := a.SecurityGroups[id]; g != nil {
		r.Tags = g.Tags
		r.Context["ec2:Vpc"] = a.ARN("ec2", "vpc/"+g.VPC)
	}
	return []engine.Resource{r}
}

// authorize adds rules, all or none.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
func (a api) authorize(egress bool) func(*engine.Call, authorizeInput) (any, error) {
	return func(c *engine.Call, in authorizeInput) (any, error) {
		asked := in.permissions(in.Permissions)
		c.Trail.RequestParameters = map[string]any{"groupId": in.GroupID, "ipPermissions": trailed(asked)}
		g, err := get(a.SecurityGroups, in.GroupID, aGroup)
		if err != nil {
			return nil, err
		}
		rules, err := a.split(asked, egress)
		if err != nil {
			return nil, err
		}
		if err := a.checkRoom(g, rules, egress); err != nil {
			return nil, err
		}
		for i := range rules {
			rules[i].Tags = ruleTags(in.TagSpecs)
		}
		out := authorizeOutput{Return: true}
		for _, r := range a.Authorize(g, egress, rules...) {
			out.Rules = append(out.Rules, a.described(g, r))
		}
		c.Trail.ResponseElements = map[string]any{"_return": true, "securityGroupRuleSet": map[string]any{"items": ruleIDs(out.Rules)}}
		return &out, nil
	}
}

// split takes all permissions of a call apart, and refuses a rule that is named twice.
func (a api) split(permissions []permission, egress bool) ([]network.Rule, error) {
	if len(permissions) == 0 {
		return nil, fail("MissingParameter", "The request must contain the parameter ipPermissions")
	}
	var rules []network.Rule
	for _, p := range permissions {
		more, err := a.rules(p, egress)
		if err != nil {
			return nil, err
		}
		for _, r := range more {
			if slices.ContainsFunc(rules, r.Same) {
				return nil, fail("InvalidParameterValue", "The same permission must not appear multiple times")
			}
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// checkRoom refuses rules that the group has already, or has no room for. A rule on a
// prefix list counts as the list's greatest size.
func (a api) checkRoom(g *network.SecurityGroup, rules []network.Rule, egress bool) error {
	have := a.Rules(g)
	for _, r := range rules {
		if slices.ContainsFunc(have, r.Same) {
			return fail("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists", peer(r), r.Protocol, r.FromPort, r.ToPort)
		}
	}
	var v4, v6 int
	for _, r := range slices.Concat(have, rules) {
		if r.Egress != egress {
			continue
		}
		if r.CIDR.IsValid() && r.CIDR.Addr().Is6() {
			v6 += a.weight(r)
		} else {
			v4 += a.weight(r)
		}
	}
	if max(v4, v6) > network.RuleQuota {
		return fail("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	return nil
}

func (a api) weight(r network.Rule) int {
	if pl := a.PrefixLists[r.PrefixList]; pl != nil {
		return pl.Max
	}
	return 1
}

func peer(r network.Rule) string {
	switch {
	case r.Group != "":
		return r.Group
	case r.PrefixList != "":
		return r.PrefixList
	}
	return r.CIDR.String()
}

func ruleIDs(rules []groupRule) []any {
	var ids []any
	for _, r := range rules {
		ids = append(ids, map[string]any{"groupId": r.GroupID, "securityGroupRuleId": r.ID, "isEgress": r.Egress, "ipProtocol": r.Protocol, "fromPort": r.FromPort, "toPort": r.ToPort})
	}
	return ids
}

// trailed writes permissions as CloudTrail does.
func trailed(permissions []permission) map[string]any {
	items := []any{}
	for _, p := range permissions {
		item := map[string]any{"ipProtocol": p.Protocol, "groups": map[string]any{}, "ipRanges": map[string]any{}, "ipv6Ranges": map[string]any{}, "prefixListIds": map[string]any{}}
		if p.FromPort != nil && p.ToPort != nil {
			item["fromPort"], item["toPort"] = *p.FromPort, *p.ToPort
		}
		put := func(name, key string, values []string) {
			var sources []any
			for _, v := range values {
				sources = append(sources, map[string]any{key: v})
			}
			if sources != nil {
				item[name] = map[string]any{"items": sources}
			}
		}
		put("ipRanges", "cidrIp", each(p.IPRanges, func(v ipRange) string { return v.CIDR }))
		put("ipv6Ranges", "cidrIpv6", each(p.IPv6Ranges, func(v ipv6Range) string { return v.CIDR }))
		put("prefixListIds", "prefixListId", each(p.PrefixLists, func(v prefixListRef) string { return v.ID }))
		put("groups", "groupId", each(p.Groups, func(v groupPair) string { return v.GroupID }))
		items = append(items, item)
	}
	return map[string]any{"items": items}
}

func each[T any](items []T, get func(T) string) []string {
	var out []string
	for _, item := range items {
		out = append(out, get(item))
	}
	return out
}
