package collect

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// securityGroups returns those of ids that there are, sorted by ID. They are asked for by
// filter: asked for by ID, one absent group would fail the call for all.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
func (r *Reader) securityGroups(ctx context.Context, ids []path.SecurityGroupID) ([]path.SecurityGroup, error) {
	var found []path.SecurityGroup
	for _, f := range limited([]types.Filter{filter("group-id", as[string](ids)...)}) {
		p := ec2.NewDescribeSecurityGroupsPaginator(r.ec2, &ec2.DescribeSecurityGroupsInput{Filters: f, MaxResults: aws.Int32(pageLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeSecurityGroupsOutput) {
			for _, g := range page.SecurityGroups {
				found = append(found, r.securityGroup(g))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b path.SecurityGroup) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

func (r *Reader) securityGroup(g types.SecurityGroup) path.SecurityGroup {
	out := path.SecurityGroup{
		ID: id[path.SecurityGroupID](g.GroupId), ARN: id[path.ARN](g.SecurityGroupArn), Name: aws.ToString(g.GroupName),
		VPC: id[path.VPCID](g.VpcId), Default: aws.ToString(g.GroupName) == "default",
		Tags: ec2Tags(g.Tags),
	}
	owner := cmp.Or(aws.ToString(g.OwnerId), r.account)
	out.Ingress, out.Egress = rules(g.IpPermissions, owner), rules(g.IpPermissionsEgress, owner)
	if out.ARN == "" {
		out.ARN = path.ARN("arn:" + r.partition + ":ec2:" + r.region + ":" + owner + ":security-group/" + string(out.ID))
	}
	return out
}

// rules takes EC2's grouped permissions apart, one source or destination a rule, in an order
// of their own. A CIDR block that cannot be read would be a rule that says nothing; it is
// left out, since a rule only ever allows. Owner is the account of the rules' group: AWS names
// a group's account also where it is the same.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
func rules(permissions []types.IpPermission, owner string) []path.Rule {
	var out []path.Rule
	for _, p := range permissions {
		base := path.Rule{Protocol: aws.ToString(p.IpProtocol), FromPort: number(p.FromPort, -1), ToPort: number(p.ToPort, -1)}
		add := func(description *string, source func(*path.Rule)) {
			rule := base
			rule.Description = aws.ToString(description)
			source(&rule)
			if rule.Prefix.IsValid() || rule.PrefixList != "" || rule.Group != "" {
				out = append(out, rule)
			}
		}
		for _, r := range p.IpRanges {
			add(r.Description, func(rule *path.Rule) { rule.Prefix = prefix(r.CidrIp) })
		}
		for _, r := range p.Ipv6Ranges {
			add(r.Description, func(rule *path.Rule) { rule.Prefix = prefix(r.CidrIpv6) })
		}
		for _, l := range p.PrefixListIds {
			add(l.Description, func(rule *path.Rule) { rule.PrefixList = id[path.PrefixListID](l.PrefixListId) })
		}
		for _, g := range p.UserIdGroupPairs {
			add(g.Description, func(rule *path.Rule) {
				rule.Group = id[path.SecurityGroupID](g.GroupId)
				rule.Peering, rule.PeeringStatus = id[path.PeeringID](g.VpcPeeringConnectionId), aws.ToString(g.PeeringStatus)
				if other := aws.ToString(g.UserId); other != owner {
					rule.Owner = other
				}
			})
		}
	}
	return inOrder(out)
}

// inOrder sorts rules by what they say.
func inOrder(rules []path.Rule) []path.Rule {
	type said struct {
		words string
		rule  path.Rule
	}
	all := make([]said, len(rules))
	for i, r := range rules {
		all[i] = said{fmt.Sprint(r), r}
	}
	slices.SortFunc(all, func(a, b said) int { return cmp.Compare(a.words, b.words) })
	for i, s := range all {
		rules[i] = s.rule
	}
	return rules
}

// prefixList returns a managed prefix list with its entries in order.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html
func (r *Reader) prefixList(ctx context.Context, list path.PrefixListID) (path.PrefixList, error) {
	out := path.PrefixList{ID: list}
	p := ec2.NewGetManagedPrefixListEntriesPaginator(r.ec2, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: aws.String(string(list))})
	err := pages(ctx, p, func(page *ec2.GetManagedPrefixListEntriesOutput) {
		for _, e := range page.Entries {
			if b := prefix(e.Cidr); b.IsValid() {
				out.Entries = append(out.Entries, b)
			}
		}
	})
	slices.SortFunc(out.Entries, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return out, err
}
