package collect

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

func (r *Reader) serviceARN(id path.ServiceID) path.ARN {
	return path.ARN("arn:" + r.partition + ":ec2:" + r.region + ":" + r.account + ":vpc-endpoint-service/" + string(id))
}

func (r *Reader) ownServices(ctx context.Context, in *ec2.DescribeVpcEndpointServiceConfigurationsInput) ([]path.EndpointService, error) {
	var services []path.EndpointService
	p := ec2.NewDescribeVpcEndpointServiceConfigurationsPaginator(r.ec2, in)
	err := pages(ctx, p, func(page *ec2.DescribeVpcEndpointServiceConfigurationsOutput) {
		for _, c := range page.ServiceConfigurations {
			services = append(services, r.ownedService(c))
		}
	})
	slices.SortFunc(services, func(a, b path.EndpointService) int { return cmp.Compare(a.ID, b.ID) })
	return services, err
}

// ownedService is a service as its owner sees it.
func (r *Reader) ownedService(c types.ServiceConfiguration) path.EndpointService {
	service := path.EndpointService{
		ID: id[path.ServiceID](c.ServiceId), ARN: r.serviceARN(id[path.ServiceID](c.ServiceId)), Name: aws.ToString(c.ServiceName),
		Owned: true, Owner: r.account, State: string(c.ServiceState), Types: serviceTypes(c.ServiceType),
		Zones: sorted(c.AvailabilityZones), ZoneIDs: sorted(c.AvailabilityZoneIds),
		AcceptanceRequired:   aws.ToBool(c.AcceptanceRequired),
		LoadBalancers:        sorted(as[path.ARN](c.NetworkLoadBalancerArns)),
		GatewayLoadBalancers: sorted(as[path.ARN](c.GatewayLoadBalancerArns)),
		AddressTypes:         sorted(as[string](c.SupportedIpAddressTypes)),
		PrivateDnsName:       aws.ToString(c.PrivateDnsName),
		Tags:                 ec2Tags(c.Tags),
	}
	if d := c.PrivateDnsNameConfiguration; d != nil {
		service.PrivateDnsState = string(d.State)
		service.PrivateDnsRecordName = aws.ToString(d.Name)
		service.PrivateDnsRecordValue = aws.ToString(d.Value)
	}
	return service
}

// seenService is a service as another account sees it: only the zones in common, and neither
// state nor load balancers.
func (r *Reader) seenService(d types.ServiceDetail) path.EndpointService {
	service := path.EndpointService{
		ID: id[path.ServiceID](d.ServiceId), Name: aws.ToString(d.ServiceName), Owner: aws.ToString(d.Owner),
		Types: serviceTypes(d.ServiceType), Zones: sorted(d.AvailabilityZones), ZoneIDs: sorted(d.AvailabilityZoneIds),
		AcceptanceRequired: aws.ToBool(d.AcceptanceRequired),
		AddressTypes:       sorted(as[string](d.SupportedIpAddressTypes)),
		PrivateDnsName:     aws.ToString(d.PrivateDnsName),
		PrivateDnsState:    string(d.PrivateDnsNameVerificationState),
		Tags:               ec2Tags(d.Tags),
	}
	if service.ID == "" {
		service.ID = serviceOf(service.Name, "").id
	}
	service.ARN = path.ARN("arn:" + r.partition + ":ec2:" + r.region + ":" + service.Owner + ":vpc-endpoint-service/" + string(service.ID))
	return service
}

func serviceTypes(details []types.ServiceTypeDetail) []string {
	var out []string
	for _, d := range details {
		out = append(out, string(d.ServiceType))
	}
	return sorted(out)
}

func (r *Reader) principals(ctx context.Context, service path.ServiceID) ([]path.AllowedPrincipal, error) {
	var allowed []path.AllowedPrincipal
	p := ec2.NewDescribeVpcEndpointServicePermissionsPaginator(r.ec2, &ec2.DescribeVpcEndpointServicePermissionsInput{ServiceId: aws.String(string(service))})
	err := pages(ctx, p, func(page *ec2.DescribeVpcEndpointServicePermissionsOutput) {
		for _, a := range page.AllowedPrincipals {
			allowed = append(allowed, path.AllowedPrincipal{Type: string(a.PrincipalType), Principal: aws.ToString(a.Principal)})
		}
	})
	slices.SortFunc(allowed, func(a, b path.AllowedPrincipal) int {
		return cmp.Or(cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.Type, b.Type))
	})
	return allowed, err
}

func (r *Reader) connections(ctx context.Context, service path.ServiceID) ([]path.EndpointConnection, error) {
	var links []path.EndpointConnection
	p := ec2.NewDescribeVpcEndpointConnectionsPaginator(r.ec2, &ec2.DescribeVpcEndpointConnectionsInput{
		Filters: []types.Filter{filter("service-id", string(service))},
	})
	err := pages(ctx, p, func(page *ec2.DescribeVpcEndpointConnectionsOutput) {
		for _, c := range page.VpcEndpointConnections {
			links = append(links, path.EndpointConnection{
				EndpointID: aws.ToString(c.VpcEndpointId), Owner: aws.ToString(c.VpcEndpointOwner),
				State: string(c.VpcEndpointState), Created: instant(c.CreationTimestamp),
			})
		}
	})
	slices.SortFunc(links, func(a, b path.EndpointConnection) int { return cmp.Compare(a.EndpointID, b.EndpointID) })
	return links, err
}
