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

// interfaces returns the network interfaces that every filter admits, sorted by ID.
func (r *Reader) interfaces(ctx context.Context, filters ...types.Filter) ([]path.NetworkInterface, error) {
	described, err := r.describeInterfaces(ctx, filters...)
	return networkInterfaces(described), err
}

// primaryInterfaces returns the interface of each instance that a load balancer sends to when
// the instance is a target: its first.
func (r *Reader) primaryInterfaces(ctx context.Context, instances []string) ([]path.NetworkInterface, error) {
	described, err := r.describeInterfaces(ctx, filter("attachment.instance-id", instances...))
	first := slices.DeleteFunc(described, func(i types.NetworkInterface) bool {
		return i.Attachment == nil || number(i.Attachment.DeviceIndex, 0) != 0
	})
	return networkInterfaces(first), err
}

// describeInterfaces asks as often as the first filter has more values than one call takes. In
// an account with many interfaces AWS refuses most filters but in pages, so it names a size.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
func (r *Reader) describeInterfaces(ctx context.Context, filters ...types.Filter) ([]types.NetworkInterface, error) {
	var found []types.NetworkInterface
	for _, f := range limited(filters) {
		p := ec2.NewDescribeNetworkInterfacesPaginator(r.ec2, &ec2.DescribeNetworkInterfacesInput{Filters: f, MaxResults: aws.Int32(pageLimit)})
		err := pages(ctx, p, func(page *ec2.DescribeNetworkInterfacesOutput) {
			found = append(found, page.NetworkInterfaces...)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func networkInterfaces(described []types.NetworkInterface) []path.NetworkInterface {
	var found []path.NetworkInterface
	for _, i := range described {
		found = append(found, networkInterface(i))
	}
	slices.SortFunc(found, func(a, b path.NetworkInterface) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(found, func(a, b path.NetworkInterface) bool { return a.ID == b.ID })
}

// limited cuts the first filter's values to what one call takes; each element is one call's
// filters.
func limited(filters []types.Filter) [][]types.Filter {
	var calls [][]types.Filter
	for values := range slices.Chunk(filters[0].Values, filterLimit) {
		first := filter(*filters[0].Name, values...)
		calls = append(calls, append([]types.Filter{first}, filters[1:]...))
	}
	return calls
}

func networkInterface(i types.NetworkInterface) path.NetworkInterface {
	out := path.NetworkInterface{
		ID: id[path.InterfaceID](i.NetworkInterfaceId), Type: string(i.InterfaceType), Description: aws.ToString(i.Description),
		VPC: id[path.VPCID](i.VpcId), Subnet: id[path.SubnetID](i.SubnetId), Zone: aws.ToString(i.AvailabilityZone),
		Addrs: addresses(i), RequesterManaged: aws.ToBool(i.RequesterManaged),
	}
	for _, g := range i.Groups {
		out.SecurityGroups = append(out.SecurityGroups, id[path.SecurityGroupID](g.GroupId))
	}
	slices.Sort(out.SecurityGroups)
	if i.Attachment != nil {
		out.Instance = aws.ToString(i.Attachment.InstanceId)
	}
	return out
}

// addresses returns an interface's private IPv4 addresses, the primary first and the rest in
// order. AWS KMS speaks IPv4 only.
func addresses(i types.NetworkInterface) []netip.Addr {
	primary := address(i.PrivateIpAddress)
	var rest []netip.Addr
	for _, a := range i.PrivateIpAddresses {
		if addr := address(a.PrivateIpAddress); addr.IsValid() && addr != primary {
			rest = append(rest, addr)
		}
	}
	slices.SortFunc(rest, netip.Addr.Compare)
	if !primary.IsValid() {
		return rest
	}
	return append([]netip.Addr{primary}, rest...)
}
