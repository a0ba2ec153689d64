package collect

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// networkACLs returns all network ACLs of VPCs that this account sees.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html
func (r *Reader) networkACLs(ctx context.Context, vpcs []path.VPCID) ([]path.NetworkACL, error) {
	var described []types.NetworkAcl
	for _, f := range limited([]types.Filter{filter("vpc-id", as[string](vpcs)...)}) {
		p := ec2.NewDescribeNetworkAclsPaginator(r.ec2, &ec2.DescribeNetworkAclsInput{Filters: f, MaxResults: aws.Int32(pageLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeNetworkAclsOutput) {
			described = append(described, page.NetworkAcls...)
		})
		if err != nil {
			return nil, err
		}
	}
	var found []path.NetworkACL
	for _, a := range described {
		acl, err := r.networkACL(a)
		if err != nil {
			return nil, err
		}
		found = append(found, acl)
	}
	return found, nil
}

func (r *Reader) networkACL(a types.NetworkAcl) (path.NetworkACL, error) {
	out := path.NetworkACL{ID: id[path.NetworkACLID](a.NetworkAclId), VPC: id[path.VPCID](a.VpcId), Default: aws.ToBool(a.IsDefault), Tags: ec2Tags(a.Tags)}
	owner := cmp.Or(aws.ToString(a.OwnerId), r.account)
	out.ARN = path.ARN("arn:" + r.partition + ":ec2:" + r.region + ":" + owner + ":network-acl/" + string(out.ID))
	for _, s := range a.Associations {
		out.Subnets = append(out.Subnets, id[path.SubnetID](s.SubnetId))
	}
	out.Subnets = unique(out.Subnets)
	for _, e := range a.Entries {
		entry, err := networkACLEntry(e)
		if err != nil {
			return out, fmt.Errorf("reading entry %d of network ACL %s: %w", number(e.RuleNumber, 0), out.ID, err)
		}
		out.Entries = append(out.Entries, entry)
	}
	slices.SortStableFunc(out.Entries, compareEntries)
	return out, nil
}

// compareEntries orders what comes in before what goes out, then by number, IPv4 first.
func compareEntries(a, b path.NetworkACLEntry) int {
	if a.Egress != b.Egress {
		if b.Egress {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Number, b.Number), comparePrefixes(a.CIDR, b.CIDR))
}

// networkACLEntry reads an entry. One that cannot be read may deny: leaving it out would open
// what it closes, so it is an error.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html
func networkACLEntry(e types.NetworkAclEntry) (path.NetworkACLEntry, error) {
	out := path.NetworkACLEntry{
		Number: number(e.RuleNumber, 0), Egress: aws.ToBool(e.Egress), Allow: e.RuleAction == types.RuleActionAllow,
		CIDR: prefix(e.CidrBlock), FromPort: -1, ToPort: -1,
	}
	if e.Ipv6CidrBlock != nil {
		out.CIDR = prefix(e.Ipv6CidrBlock)
	}
	if p := e.PortRange; p != nil {
		out.FromPort, out.ToPort = number(p.From, -1), number(p.To, -1)
	}
	if out.CIDR == (netip.Prefix{}) {
		return out, fmt.Errorf("no address range is known in %q%q", aws.ToString(e.CidrBlock), aws.ToString(e.Ipv6CidrBlock))
	}
	protocol, err := strconv.Atoi(aws.ToString(e.Protocol))
	if err != nil {
		return out, fmt.Errorf("its protocol: %w", err)
	}
	out.Protocol = protocol
	return out, nil
}
