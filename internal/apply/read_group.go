package apply

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// readGroup reads a security group and the network interfaces that carry it.
func (a *Applier) readGroup(ctx context.Context, now *path.Snapshot, id path.SecurityGroupID) error {
	out, err := a.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{string(id)}})
	if awserr.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("describing security group %s: %w", id, awserr.WithAction(err, "ec2:DescribeSecurityGroups", ""))
	}
	for _, g := range out.SecurityGroups {
		now.SecurityGroups = append(now.SecurityGroups, groupFrom(g))
	}
	return a.readCarriers(ctx, now, id)
}

func (a *Applier) readCarriers(ctx context.Context, now *path.Snapshot, id path.SecurityGroupID) error {
	pages := ec2.NewDescribeNetworkInterfacesPaginator(a.ec2, &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{string(id)}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("describing the network interfaces that carry %s: %w", id, awserr.WithAction(err, "ec2:DescribeNetworkInterfaces", ""))
		}
		for _, i := range page.NetworkInterfaces {
			now.Interfaces = append(now.Interfaces, interfaceFrom(i))
		}
	}
	return nil
}

func interfaceFrom(i types.NetworkInterface) path.NetworkInterface {
	n := path.NetworkInterface{
		ID: path.InterfaceID(aws.ToString(i.NetworkInterfaceId)), Type: string(i.InterfaceType),
		Subnet: path.SubnetID(aws.ToString(i.SubnetId)), VPC: path.VPCID(aws.ToString(i.VpcId)),
	}
	for _, g := range i.Groups {
		n.SecurityGroups = append(n.SecurityGroups, path.SecurityGroupID(aws.ToString(g.GroupId)))
	}
	return n
}

func groupFrom(g types.SecurityGroup) path.SecurityGroup {
	name := aws.ToString(g.GroupName)
	return path.SecurityGroup{
		ID: path.SecurityGroupID(aws.ToString(g.GroupId)), ARN: path.ARN(aws.ToString(g.SecurityGroupArn)),
		Name: name, VPC: path.VPCID(aws.ToString(g.VpcId)),
		Default: name == "default", // AWS reserves the name
		Ingress: rulesFrom(g.IpPermissions), Egress: rulesFrom(g.IpPermissionsEgress),
		Tags: tagsFrom(g.Tags),
	}
}

// rulesFrom takes EC2's grouped permissions apart: one source or destination a rule.
func rulesFrom(permissions []types.IpPermission) []path.Rule {
	var rules []path.Rule
	for _, p := range permissions {
		rule := path.Rule{Protocol: aws.ToString(p.IpProtocol), FromPort: -1, ToPort: -1}
		if p.FromPort != nil && p.ToPort != nil {
			rule.FromPort, rule.ToPort = int(*p.FromPort), int(*p.ToPort)
		}
		add := func(description *string, set func(*path.Rule)) {
			r := rule
			r.Description = aws.ToString(description)
			set(&r)
			rules = append(rules, r)
		}
		for _, v := range p.IpRanges {
			add(v.Description, func(r *path.Rule) { r.Prefix = prefixFrom(v.CidrIp) })
		}
		for _, v := range p.Ipv6Ranges {
			add(v.Description, func(r *path.Rule) { r.Prefix = prefixFrom(v.CidrIpv6) })
		}
		for _, v := range p.PrefixListIds {
			add(v.Description, func(r *path.Rule) { r.PrefixList = path.PrefixListID(aws.ToString(v.PrefixListId)) })
		}
		for _, v := range p.UserIdGroupPairs {
			add(v.Description, func(r *path.Rule) { r.Group = path.SecurityGroupID(aws.ToString(v.GroupId)) })
		}
	}
	return rules
}

// prefixFrom returns the zero prefix, which admits nothing, for what cannot be read.
func prefixFrom(cidr *string) netip.Prefix {
	p, err := netip.ParsePrefix(aws.ToString(cidr))
	if err != nil {
		return netip.Prefix{}
	}
	return p.Masked()
}

func tagsFrom(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}
