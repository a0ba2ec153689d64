package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// tableLimit is the most route tables that a page holds.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html
const tableLimit = 100

// routeTables returns all route tables of VPCs that this account sees. Which serves a subnet
// is told by all of them together: its own, else the main one.
func (r *Reader) routeTables(ctx context.Context, vpcs []path.VPCID) ([]path.RouteTable, error) {
	var described []types.RouteTable
	for _, f := range limited([]types.Filter{filter("vpc-id", as[string](vpcs)...)}) {
		p := ec2.NewDescribeRouteTablesPaginator(r.ec2, &ec2.DescribeRouteTablesInput{Filters: f, MaxResults: aws.Int32(tableLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeRouteTablesOutput) {
			described = append(described, page.RouteTables...)
		})
		if err != nil {
			return nil, err
		}
	}
	var found []path.RouteTable
	for _, t := range described {
		table, err := routeTable(t)
		if err != nil {
			return nil, err
		}
		found = append(found, table)
	}
	return found, nil
}

func routeTable(t types.RouteTable) (path.RouteTable, error) {
	out := path.RouteTable{ID: id[path.RouteTableID](t.RouteTableId), VPC: id[path.VPCID](t.VpcId)}
	for _, a := range t.Associations {
		if s := a.AssociationState; s != nil && (s.State == types.RouteTableAssociationStateCodeDisassociated || s.State == types.RouteTableAssociationStateCodeFailed) {
			continue
		}
		out.Main = out.Main || aws.ToBool(a.Main)
		if a.SubnetId != nil {
			out.Subnets = append(out.Subnets, path.SubnetID(*a.SubnetId))
		}
	}
	out.Subnets = unique(out.Subnets)
	for _, r := range t.Routes {
		route, err := routeOf(r)
		if err != nil {
			return out, fmt.Errorf("reading a route of %s: %w", out.ID, err)
		}
		out.Routes = append(out.Routes, route)
	}
	slices.SortStableFunc(out.Routes, func(a, b path.Route) int {
		return cmp.Or(comparePrefixes(a.CIDR, b.CIDR), cmp.Compare(a.PrefixList, b.PrefixList), cmp.Compare(a.Target, b.Target))
	})
	return out, nil
}

// routeOf reads a route. One without a known destination may be the one that decides, so it
// is an error.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
func routeOf(r types.Route) (path.Route, error) {
	out := path.Route{PrefixList: id[path.PrefixListID](r.DestinationPrefixListId), State: string(r.State), Origin: string(r.Origin), Target: targetOf(r)}
	switch {
	case r.DestinationCidrBlock != nil:
		out.CIDR = prefix(r.DestinationCidrBlock)
	case r.DestinationIpv6CidrBlock != nil:
		out.CIDR = prefix(r.DestinationIpv6CidrBlock)
	}
	if !out.CIDR.IsValid() && out.PrefixList == "" {
		return out, fmt.Errorf("no destination is known in %q%q", aws.ToString(r.DestinationCidrBlock), aws.ToString(r.DestinationIpv6CidrBlock))
	}
	return out, nil
}

// targetOf returns a route's target from the member that its kind has. A route to an instance
// names its network interface too, which is what packets go to.
func targetOf(r types.Route) string {
	return cmp.Or(aws.ToString(r.GatewayId), aws.ToString(r.NatGatewayId), aws.ToString(r.TransitGatewayId),
		aws.ToString(r.VpcPeeringConnectionId), aws.ToString(r.NetworkInterfaceId), aws.ToString(r.InstanceId),
		aws.ToString(r.EgressOnlyInternetGatewayId), aws.ToString(r.LocalGatewayId), aws.ToString(r.CarrierGatewayId),
		aws.ToString(r.CoreNetworkArn), aws.ToString(r.OdbNetworkArn))
}
