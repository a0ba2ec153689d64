package collect

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A seenVPC is a VPC and the account that owns it. Of one that is shared with this account,
// AWS does not show what other accounts have in it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
type seenVPC struct {
	path.VPC
	owner string
}

// vpcs returns those of ids that there are, without their attributes.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html
func (r *Reader) vpcs(ctx context.Context, ids []path.VPCID) ([]seenVPC, error) {
	var found []seenVPC
	for _, f := range limited([]types.Filter{filter("vpc-id", as[string](ids)...)}) {
		p := ec2.NewDescribeVpcsPaginator(r.ec2, &ec2.DescribeVpcsInput{Filters: f, MaxResults: aws.Int32(pageLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeVpcsOutput) {
			for _, v := range page.Vpcs {
				found = append(found, seenVPC{path.VPC{ID: id[path.VPCID](v.VpcId), CIDRs: vpcCIDRs(v)}, aws.ToString(v.OwnerId)})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// vpcCIDRs returns the ranges that are associated with a VPC, the primary one among them.
func vpcCIDRs(v types.Vpc) []netip.Prefix {
	var all []netip.Prefix
	for _, a := range v.CidrBlockAssociationSet {
		if s := a.CidrBlockState; s == nil || s.State == types.VpcCidrBlockStateCodeAssociated {
			all = append(all, prefix(a.CidrBlock))
		}
	}
	for _, a := range v.Ipv6CidrBlockAssociationSet {
		if s := a.Ipv6CidrBlockState; s == nil || s.State == types.VpcCidrBlockStateCodeAssociated {
			all = append(all, prefix(a.Ipv6CidrBlock))
		}
	}
	return prefixes(append(all, prefix(v.CidrBlock)))
}

// prefixes returns the valid ones of all in order, each once.
func prefixes(all []netip.Prefix) []netip.Prefix {
	all = slices.DeleteFunc(all, func(p netip.Prefix) bool { return !p.IsValid() })
	slices.SortFunc(all, comparePrefixes)
	return slices.Compact(all)
}

func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// vpcAttribute reports whether an attribute of a VPC is on. One call tells one attribute.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html
func (r *Reader) vpcAttribute(ctx context.Context, vpc path.VPCID, name types.VpcAttributeName) (bool, error) {
	out, err := r.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(string(vpc)), Attribute: name})
	if err != nil {
		return false, err
	}
	value := out.EnableDnsSupport
	if name == types.VpcAttributeNameEnableDnsHostnames {
		value = out.EnableDnsHostnames
	}
	return value != nil && aws.ToBool(value.Value), nil
}

func (r *Reader) vpcARN(vpc path.VPCID) path.ARN {
	return path.ARN("arn:" + r.partition + ":ec2:" + r.region + ":" + r.account + ":vpc/" + string(vpc))
}

// subnets returns all subnets of VPCs that this account sees: AWS KMS asks for private ones in
// two zones, which need not be those on the path.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
func (r *Reader) subnets(ctx context.Context, vpcs []path.VPCID) ([]path.Subnet, error) {
	var found []path.Subnet
	for _, f := range limited([]types.Filter{filter("vpc-id", as[string](vpcs)...)}) {
		p := ec2.NewDescribeSubnetsPaginator(r.ec2, &ec2.DescribeSubnetsInput{Filters: f, MaxResults: aws.Int32(pageLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeSubnetsOutput) {
			for _, s := range page.Subnets {
				found = append(found, path.Subnet{
					ID: id[path.SubnetID](s.SubnetId), VPC: id[path.VPCID](s.VpcId), CIDR: prefix(s.CidrBlock),
					Zone: aws.ToString(s.AvailabilityZone), ZoneID: aws.ToString(s.AvailabilityZoneId), Free: number(s.AvailableIpAddressCount, 0),
				})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
