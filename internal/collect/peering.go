package collect

import (
	"context"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// peerings returns those of ids that there are.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html
func (r *Reader) peerings(ctx context.Context, ids []path.PeeringID) ([]path.Peering, error) {
	var found []path.Peering
	for _, f := range limited([]types.Filter{filter("vpc-peering-connection-id", as[string](ids)...)}) {
		p := ec2.NewDescribeVpcPeeringConnectionsPaginator(r.ec2, &ec2.DescribeVpcPeeringConnectionsInput{Filters: f, MaxResults: aws.Int32(pageLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeVpcPeeringConnectionsOutput) {
			for _, c := range page.VpcPeeringConnections {
				found = append(found, peering(c))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func peering(c types.VpcPeeringConnection) path.Peering {
	out := path.Peering{ID: id[path.PeeringID](c.VpcPeeringConnectionId), Requester: peeringVPC(c.RequesterVpcInfo), Accepter: peeringVPC(c.AccepterVpcInfo)}
	if c.Status != nil {
		out.Status = string(c.Status.Code)
	}
	return out
}

// peeringVPC reads one side. AWS tells the ranges of an active connection alone.
func peeringVPC(v *types.VpcPeeringConnectionVpcInfo) path.PeeringVPC {
	if v == nil {
		return path.PeeringVPC{}
	}
	all := []netip.Prefix{prefix(v.CidrBlock)}
	for _, b := range v.CidrBlockSet {
		all = append(all, prefix(b.CidrBlock))
	}
	for _, b := range v.Ipv6CidrBlockSet {
		all = append(all, prefix(b.Ipv6CidrBlock))
	}
	return path.PeeringVPC{VPC: id[path.VPCID](v.VpcId), Account: aws.ToString(v.OwnerId), Region: aws.ToString(v.Region), CIDRs: prefixes(all)}
}
