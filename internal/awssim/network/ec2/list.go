package ec2

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// listing is what all describe calls that filter and page have in common.
type listing struct {
	dryable
	Filters    []serve.Filter `query:"Filter"`
	MaxResults *int
	NextToken  string
}

// list filters and pages items as a describe call asks for.
func list[T any](a api, in listing, items []T, fields serve.Fields[T], tags func(T) map[string]string) ([]T, string, error) {
	kept, unknown := serve.Select(items, in.Filters, fields, tags)
	if unknown != "" {
		return nil, "", fail("InvalidParameterValue", "The filter '%s' is invalid", unknown)
	}
	return page(a, in, kept)
}

// page pages items alone. MaxResults is between 5 and 1,000.
func page[T any](a api, in listing, items []T) ([]T, string, error) {
	most := 0
	if in.MaxResults != nil {
		most = *in.MaxResults
		if most < 5 || most > 1000 {
			return nil, "", fail("InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.", most)
		}
	}
	part, next, ok := serve.Page(items, in.NextToken, most, a.PageSize)
	if !ok {
		return nil, "", fail("InvalidNextToken", "The token '%s' is invalid", in.NextToken)
	}
	return part, next, nil
}

// pick returns the resources with the given IDs, in order of ID, or all where none is given.
// An ID that is not there is the kind's NotFound error.
func pick[T any](from map[string]T, ids []string, k kind) ([]T, error) {
	if len(ids) == 0 {
		ids = slices.Collect(maps.Keys(from))
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var picked []T
	for _, id := range slices.Compact(ids) {
		item, err := get(from, id, k)
		if err != nil {
			return nil, err
		}
		picked = append(picked, item)
	}
	return picked, nil
}

// get returns the resource with an ID, or its kind's error.
func get[T any](from map[string]T, id string, k kind) (T, error) {
	item, ok := from[id]
	if ok {
		return item, nil
	}
	if id == "" {
		return item, fail("MissingParameter", "The request must contain the parameter %s", k.parameter)
	}
	if !strings.HasPrefix(id, k.prefix) {
		return item, fail(k.malformed, "Invalid id: \"%s\" (expecting \"%s...\")", id, k.prefix)
	}
	return item, fail(k.missing, "The %s ID '%s' does not exist", k.name, id)
}

// A kind is how EC2 speaks of a kind of resource whose ID leads nowhere.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
type kind struct{ name, parameter, prefix, missing, malformed string }

var (
	aService    = kind{"VpcEndpointService", "ServiceId", "vpce-svc-", "InvalidVpcEndpointServiceId.NotFound", "InvalidVpcEndpointServiceIdId.Malformed"}
	aGroup      = kind{"security group", "GroupId", "sg-", "InvalidGroup.NotFound", "InvalidGroupId.Malformed"}
	anInterface = kind{"networkInterface", "NetworkInterfaceId", "eni-", "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.Malformed"}
	aSubnet     = kind{"subnet", "SubnetId", "subnet-", "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed"}
	aVPC        = kind{"vpc", "VpcId", "vpc-", "InvalidVpcID.NotFound", "InvalidVpcID.Malformed"}
	anACL       = kind{"networkAcl", "NetworkAclId", "acl-", "InvalidNetworkAclID.NotFound", "InvalidNetworkAclId.Malformed"}
	aRouteTable = kind{"routeTable", "RouteTableId", "rtb-", "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed"}
	aPrefixList = kind{"prefix list", "PrefixListId", "pl-", "InvalidPrefixListID.NotFound", "InvalidPrefixListId.Malformed"}
	aPeering    = kind{"vpcPeeringConnection", "VpcPeeringConnectionId", "pcx-", "InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.Malformed"}
	anInstance  = kind{"instance", "InstanceId", "i-", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"}
)

// fail returns an EC2 error.
func fail(code, format string, args ...any) error {
	return &engine.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
