package ec2

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// routeInput names a route of a table and, but for DeleteRoute, where it leads.
type routeInput struct {
	dryable
	Table      string `query:"RouteTableId"`
	CIDR       string `query:"DestinationCidrBlock"`
	CIDRv6     string `query:"DestinationIpv6CidrBlock"`
	PrefixList string `query:"DestinationPrefixListId"`
	Gateway    string `query:"GatewayId"`
	NAT        string `query:"NatGatewayId"`
	Transit    string `query:"TransitGatewayId"`
	Peering    string `query:"VpcPeeringConnectionId"`
	Interface  string `query:"NetworkInterfaceId"`
}

func (a api) routedTable(in routeInput) []engine.Resource {
	r := engine.Resource{ARN: a.ARN("ec2", "route-table/"+in.Table), Context: map[string]string{"ec2:RouteTableID": in.Table}}
	if t := a.RouteTables[in.Table]; t != nil {
		r.Tags = t.Tags
	}
	return []engine.Resource{r}
}

// route reads the route that is named, and where it stands in its table; -1 where it does not.
func (a api) route(in routeInput) (t *network.RouteTable, r network.Route, at int, err error) {
	if t, err = get(a.RouteTables, in.Table, aRouteTable); err != nil {
		return nil, r, -1, err
	}
	r = network.Route{PrefixList: in.PrefixList, Target: cmp.Or(in.Gateway, in.NAT, in.Transit, in.Peering, in.Interface)}
	if in.PrefixList == "" {
		if r.CIDR, err = cidr(in.CIDR+in.CIDRv6, in.CIDRv6 == ""); err != nil {
			return nil, r, -1, err
		}
	}
	at = slices.IndexFunc(t.Routes, func(o network.Route) bool {
		return !o.Propagated && o.CIDR == r.CIDR && o.PrefixList == r.PrefixList
	})
	return t, r, at, nil
}

// createRoute adds a static route; there is at most one to a destination.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
func (a api) createRoute(c *engine.Call, in routeInput) (any, error) {
	trailRoute(c, in)
	t, r, at, err := a.route(in)
	switch {
	case err != nil:
		return nil, err
	case at >= 0:
		return nil, fail("RouteAlreadyExists", "The route identified by %s already exists.", in.destination(r.CIDR))
	}
	if err := a.leads(r); err != nil {
		return nil, err
	}
	t.Routes = append(t.Routes, r)
	return &returned{true}, nil
}

// replaceRoute gives a route another target.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html
func (a api) replaceRoute(c *engine.Call, in routeInput) (any, error) {
	trailRoute(c, in)
	t, r, at, err := a.route(in)
	switch {
	case err != nil:
		return nil, err
	case at < 0:
		return nil, fail("InvalidRoute.NotFound", "no route with destination %s in route table %s", in.destination(r.CIDR), in.Table)
	}
	if err := a.leads(r); err != nil {
		return nil, err
	}
	t.Routes[at] = r
	return &returned{true}, nil
}

// deleteRoute takes a route away; the local one stays.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html
func (a api) deleteRoute(c *engine.Call, in routeInput) (any, error) {
	trailRoute(c, in)
	t, r, at, err := a.route(in)
	switch {
	case err != nil:
		return nil, err
	case at < 0:
		return nil, fail("InvalidRoute.NotFound", "no route with destination %s in route table %s", in.destination(r.CIDR), in.Table)
	case t.Routes[at].Target == "local":
		return nil, fail("InvalidParameterValue", "cannot remove local route %s in route table %s", r.CIDR, in.Table)
	}
	t.Routes = slices.Delete(t.Routes, at, at+1)
	return &returned{true}, nil
}

// leads reports why a route cannot have its target: what the world knows of must be there.
func (a api) leads(r network.Route) error {
	var err error
	switch {
	case r.Target == "":
		err = fail("MissingParameter", "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, transitGatewayId")
	case strings.HasPrefix(r.Target, aPeering.prefix):
		_, err = get(a.Peerings, r.Target, aPeering)
	case strings.HasPrefix(r.Target, anInterface.prefix):
		_, err = get(a.Interfaces, r.Target, anInterface)
	}
	return err
}

func (in routeInput) destination(p netip.Prefix) string {
	if in.PrefixList != "" {
		return in.PrefixList
	}
	return p.String()
}

func trailRoute(c *engine.Call, in routeInput) {
	c.Trail.RequestParameters = map[string]any{"routeTableId": in.Table, "destinationCidrBlock": in.CIDR}
}
