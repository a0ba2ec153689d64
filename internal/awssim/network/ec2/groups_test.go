package ec2_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func permit(from, to int32, cidr string) types.IpPermission {
	return types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to, IpRanges: []types.IpRange{{CidrIp: &cidr}}}
}

func (f fixture) authorize(permissions ...types.IpPermission) (*sdk.AuthorizeSecurityGroupIngressOutput, error) {
	return f.client.AuthorizeSecurityGroupIngress(f.ctx, &sdk.AuthorizeSecurityGroupIngressInput{GroupId: &f.r.ProxyGroup.ID, IpPermissions: permissions})
}

func TestAnAuthorizedRuleComesBackWithItsIDAndGoesByIt(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	in := &sdk.AuthorizeSecurityGroupIngressInput{GroupId: &f.r.ProxyGroup.ID,
		IpPermissions:     []types.IpPermission{{IpProtocol: aws.String("6"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.1.7/32"), Description: aws.String("xks-remediator: incident 1")}}}},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: []types.Tag{{Key: aws.String("incident"), Value: aws.String("1")}}}}}
	out, err := f.client.AuthorizeSecurityGroupIngress(f.ctx, in)
	if err != nil || len(out.SecurityGroupRules) != 1 {
		t.Fatalf("authorizing answers %+v, %v", out, err)
	}
	rule := out.SecurityGroupRules[0]
	if !strings.HasPrefix(*rule.SecurityGroupRuleId, "sgr-") || *rule.IpProtocol != "tcp" || *rule.CidrIpv4 != "10.0.1.7/32" || *rule.IsEgress || len(rule.Tags) != 1 {
		t.Errorf("the rule is %+v", rule)
	}
	described, err := f.client.DescribeSecurityGroupRules(f.ctx, &sdk.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("tag:incident", "1")}})
	if err != nil || len(described.SecurityGroupRules) != 1 || *described.SecurityGroupRules[0].Description != "xks-remediator: incident 1" {
		t.Errorf("the rule is described as %+v, %v", described, err)
	}
	revoke := func() error {
		_, err := f.client.RevokeSecurityGroupIngress(f.ctx, &sdk.RevokeSecurityGroupIngressInput{GroupId: in.GroupId, SecurityGroupRuleIds: []string{*rule.SecurityGroupRuleId}})
		return err
	}
	f.fails(revoke(), "")
	f.fails(revoke(), "InvalidSecurityGroupRuleId.NotFound")
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
func TestWhatAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	group := func(id string) types.IpPermission {
		return types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: &id}}}
	}
	described := permit(443, 443, "10.9.0.0/16")
	described.IpRanges[0].Description = aws.String("umlauts: äöü")
	same := permit(443, 443, "10.0.1.0/24") // the reference's own rule
	same.IpRanges[0].Description = aws.String("another description")
	tests := map[string]struct {
		permissions []types.IpPermission
		code        string
	}{
		"nothing of a new rule":                   {[]types.IpPermission{permit(443, 443, "10.9.0.0/16")}, ""},
		"nothing of the beginning of a range":     {[]types.IpPermission{permit(443, 444, "10.0.1.0/24")}, ""},
		"a rule that is there":                    {[]types.IpPermission{permit(443, 443, "10.0.1.0/24")}, "InvalidPermission.Duplicate"},
		"the same but for its description":        {[]types.IpPermission{same}, "InvalidPermission.Duplicate"},
		"the same but for the bits of its host":   {[]types.IpPermission{permit(443, 443, "10.0.1.77/24")}, "InvalidPermission.Duplicate"},
		"a rule named twice":                      {[]types.IpPermission{permit(1, 1, "10.9.0.0/16"), permit(1, 1, "10.9.0.0/16")}, "InvalidParameterValue"},
		"a rule without a source":                 {[]types.IpPermission{{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443)}}, "MissingParameter"},
		"no rule":                                 {nil, "MissingParameter"},
		"ports the wrong way round":               {[]types.IpPermission{permit(444, 443, "10.9.0.0/16")}, "InvalidParameterValue"},
		"a port too high":                         {[]types.IpPermission{permit(443, 65536, "10.9.0.0/16")}, "InvalidParameterValue"},
		"an address that is none":                 {[]types.IpPermission{permit(443, 443, "10.9.0.0")}, "InvalidParameterValue"},
		"an unknown protocol":                     {[]types.IpPermission{{IpProtocol: aws.String("tls"), IpRanges: permit(1, 1, "10.9.0.0/16").IpRanges}}, "InvalidPermission.Malformed"},
		"a description with other letters":        {[]types.IpPermission{described}, "InvalidParameterValue"},
		"a group that is not there":               {[]types.IpPermission{group("sg-0")}, "InvalidGroup.NotFound"},
		"a good rule beside a bad one: both gone": {[]types.IpPermission{permit(443, 443, "10.9.0.0/16"), permit(443, 443, "10.0.1.0/24")}, "InvalidPermission.Duplicate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, network.Options{})
			before := len(f.w.Rules(f.r.ProxyGroup))
			_, err := f.authorize(tt.permissions...)
			f.fails(err, tt.code)
			if after := len(f.w.Rules(f.r.ProxyGroup)); tt.code != "" && after != before {
				t.Errorf("a refused call left %d rules, want %d", after, before)
			}
		})
	}
}

func TestASecurityGroupIsFullAtSixtyRules(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	for i := range int32(58) { // two are there
		f.w.Authorize(f.r.ProxyGroup, false, network.Rule{Protocol: "tcp", FromPort: int(i), ToPort: int(i), CIDR: netip.MustParsePrefix("10.9.0.0/16")})
	}
	_, err := f.authorize(permit(100, 100, "10.9.0.0/16"))
	f.fails(err, "RulesPerSecurityGroupLimitExceeded")
	v6 := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("fd00::/8")}}}
	_, err = f.authorize(v6)
	f.fails(err, "") // IPv6 is counted apart
	for i := range int32(59) {
		f.w.Authorize(f.r.ProxyGroup, false, network.Rule{Protocol: "tcp", FromPort: int(i), ToPort: int(i), CIDR: netip.MustParsePrefix("fd01::/16")})
	}
	_, err = f.authorize(types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(1), ToPort: aws.Int32(1), Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("fd02::/16")}}})
	f.fails(err, "RulesPerSecurityGroupLimitExceeded")
}

// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
func TestARuleOnAPrefixListCountsAsTheListsGreatestSize(t *testing.T) {
	t.Parallel()
	for most, code := range map[int]string{58: "", 59: "RulesPerSecurityGroupLimitExceeded"} { // two rules are there
		f := serve(t, network.Options{})
		f.w.PrefixLists["pl-1"] = &network.PrefixList{ID: "pl-1", Max: most}
		_, err := f.authorize(types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), PrefixListIds: []types.PrefixListId{{PrefixListId: aws.String("pl-1")}}})
		f.fails(err, code)
	}
}

func TestRevokeWantsTheVeryPermission(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	revoke := func(p types.IpPermission) error {
		_, err := f.client.RevokeSecurityGroupIngress(f.ctx, &sdk.RevokeSecurityGroupIngressInput{GroupId: &f.r.ProxyGroup.ID, IpPermissions: []types.IpPermission{p}})
		return err
	}
	f.fails(revoke(permit(443, 443, "10.0.0.0/16")), "InvalidPermission.NotFound")
	f.fails(revoke(permit(442, 443, "10.0.1.0/24")), "InvalidPermission.NotFound")
	f.fails(revoke(permit(443, 443, "10.0.1.0/24")), "")
	f.fails(revoke(permit(443, 443, "10.0.1.0/24")), "InvalidPermission.NotFound")
	egress := func(g string) error {
		_, err := f.client.RevokeSecurityGroupEgress(f.ctx, &sdk.RevokeSecurityGroupEgressInput{GroupId: &g, IpPermissions: []types.IpPermission{permit(443, 443, "10.0.11.0/24")}})
		return err
	}
	f.fails(egress(f.r.ProxyGroup.ID), "InvalidPermission.NotFound")
	for _, r := range f.w.Rules(f.r.BalancerGroup) { // all outbound
		_, err := f.client.RevokeSecurityGroupIngress(f.ctx, &sdk.RevokeSecurityGroupIngressInput{GroupId: &f.r.BalancerGroup.ID, SecurityGroupRuleIds: []string{r.ID}})
		f.fails(err, "InvalidSecurityGroupRuleId.NotFound")
	}
	f.fails(egress(f.r.BalancerGroup.ID), "")
	asked := f.server.Last().Trail.RequestParameters
	if asked["groupId"] != f.r.BalancerGroup.ID || asked["ipPermissions"] == nil {
		t.Errorf("the revocation is recorded with %v", asked)
	}
}

func TestEgressIsAuthorizedApart(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	out, err := f.client.AuthorizeSecurityGroupEgress(f.ctx, &sdk.AuthorizeSecurityGroupEgressInput{GroupId: &f.r.BalancerGroup.ID, IpPermissions: []types.IpPermission{permit(8443, 8443, "10.0.11.20/32")}})
	if err != nil || !*out.SecurityGroupRules[0].IsEgress {
		t.Errorf("authorizing egress answers %+v, %v", out, err)
	}
}

func TestGroupsAreDescribedWithTheirRulesByPortRange(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{Enforce: "on"})
	f.w.PrefixLists["pl-1"] = &network.PrefixList{ID: "pl-1", Name: "offices", Owner: f.w.Account, Max: 10, Entries: []network.PrefixListEntry{{CIDR: netip.MustParsePrefix("192.168.0.0/24")}}}
	pl := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), PrefixListIds: []types.PrefixListId{{PrefixListId: aws.String("pl-1")}}}
	if _, err := f.authorize(pl, permit(443, 443, "10.0.1.7/32"), permit(22, 22, "10.0.1.7/32")); err != nil {
		t.Fatal(err)
	}
	out, err := f.client.DescribeSecurityGroups(f.ctx, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{f.r.ProxyGroup.ID}})
	if err != nil || len(out.SecurityGroups) != 1 {
		t.Fatalf("described %+v, %v", out, err)
	}
	g := out.SecurityGroups[0]
	if len(g.IpPermissions) != 2 || *g.IpPermissions[0].FromPort != 22 {
		t.Fatalf("inbound are %+v, want ports 22 and 443", g.IpPermissions)
	}
	https := g.IpPermissions[1]
	if len(https.IpRanges) != 1 || len(https.PrefixListIds) != 1 || len(https.UserIdGroupPairs) != 1 || *https.UserIdGroupPairs[0].GroupId != f.r.BalancerGroup.ID || *https.UserIdGroupPairs[0].UserId != f.w.Account {
		t.Errorf("port 443 is open to %+v", https)
	}
	if e := g.IpPermissionsEgress; len(e) != 1 || *e[0].IpProtocol != "-1" || e[0].FromPort != nil || *e[0].IpRanges[0].CidrIp != "0.0.0.0/0" {
		t.Errorf("outbound are %+v, want everything", e)
	}
	if !slices.ContainsFunc(g.Tags, func(tag types.Tag) bool { return *tag.Key == "xks-remediator" && *tag.Value == "enabled" }) {
		t.Errorf("the tags are %+v", g.Tags)
	}
	entries, err := f.client.GetManagedPrefixListEntries(f.ctx, &sdk.GetManagedPrefixListEntriesInput{PrefixListId: aws.String("pl-1")})
	if err != nil || len(entries.Entries) != 1 || *entries.Entries[0].Cidr != "192.168.0.0/24" {
		t.Errorf("the prefix list holds %+v, %v", entries, err)
	}
	lists, err := f.client.DescribeManagedPrefixLists(f.ctx, &sdk.DescribeManagedPrefixListsInput{})
	if err != nil || len(lists.PrefixLists) != 1 || *lists.PrefixLists[0].MaxEntries != 10 {
		t.Errorf("the prefix lists are %+v, %v", lists, err)
	}
}
