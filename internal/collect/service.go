package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// serviceSteps read the endpoint service: as its owner, or as another account sees it.
func (s *survey) serviceSteps() []step {
	var (
		own     answer[*path.EndpointService]
		foreign answer[*path.EndpointService]
		through answer[*path.Snapshot]
		allowed answer[[]path.AllowedPrincipal]
		links   answer[[]path.EndpointConnection]
	)
	readForeign := func() []read {
		q := question{path.ServicePart, "ec2:DescribeVpcEndpointServices", ""}
		return []read{ask(s.Reader, &foreign, q, func(ctx context.Context) (*path.EndpointService, error) {
			return s.foreignService(ctx, s.asked.name)
		})}
	}
	readOwn := func() []read {
		switch {
		case s.asked.id == "":
			return nil
		case s.asked.owner != "" && s.asked.owner != s.account:
			return readForeign()
		}
		on := s.serviceARN(s.asked.id)
		return []read{
			ask(s.Reader, &own, question{path.ServicePart, "ec2:DescribeVpcEndpointServiceConfigurations", ""},
				func(ctx context.Context) (*path.EndpointService, error) { return s.ownService(ctx, s.asked.id) }),
			ask(s.Reader, &allowed, question{path.ServicePermissionsPart, "ec2:DescribeVpcEndpointServicePermissions", on},
				func(ctx context.Context) ([]path.AllowedPrincipal, error) { return s.principals(ctx, s.asked.id) }),
			ask(s.Reader, &links, question{path.ConnectionsPart, "ec2:DescribeVpcEndpointConnections", ""},
				func(ctx context.Context) ([]path.EndpointConnection, error) { return s.connections(ctx, s.asked.id) }),
		}
	}
	takeOwn := func() []read {
		switch {
		case !own.asked:
		case own.err != nil:
			s.gap(own.gap(own.err))
			s.blocked(own.gap(own.err), behind(path.ServicePart)...)
		case own.value == nil:
			return readForeign()
		default:
			s.out.Service = own.value
			s.askProof()
			if !note(s, allowed) {
				s.out.Service.Principals = allowed.value
			}
			if !note(s, links) {
				s.out.Service.Connections = links.value
			}
		}
		return nil
	}
	takeForeign := func() []read {
		switch o := s.ownerOf(foreign); {
		case !foreign.asked:
		case o != nil:
			return []read{s.askOwner(o, &through)}
		default:
			s.takeForeign(foreign)
		}
		return nil
	}
	takeOwner := func() []read {
		if through.asked {
			s.takeOwner(s.ownerOf(foreign), foreign, through)
		}
		return nil
	}
	return []step{readOwn, takeOwn, takeForeign, takeOwner}
}

// takeForeign takes up a service that is not among ours: another account's, of which only the
// owner can see more, or none.
func (s *survey) takeForeign(a answer[*path.EndpointService]) {
	switch {
	case a.err != nil:
		s.gap(a.gap(a.err))
		s.blocked(a.gap(a.err), behind(path.ServicePart)...)
	case a.value != nil:
		s.out.Service = a.value
		for _, p := range behind(path.ServicePart) {
			s.gap(question{p, actionOf(p), a.value.ARN}.notVisible(
				"the endpoint service belongs to account " + a.value.Owner + ", which alone can read this"))
		}
	}
}

// actionOf returns the action that reads a part, the first where there are several.
func actionOf(p path.Part) string {
	switch p {
	case path.ServicePermissionsPart:
		return "ec2:DescribeVpcEndpointServicePermissions"
	case path.ConnectionsPart:
		return "ec2:DescribeVpcEndpointConnections"
	case path.LoadBalancerPart:
		return "elasticloadbalancing:DescribeLoadBalancers"
	case path.ListenersPart:
		return "elasticloadbalancing:DescribeListeners"
	case path.TargetGroupsPart:
		return "elasticloadbalancing:DescribeTargetGroups"
	case path.TargetHealthPart:
		return "elasticloadbalancing:DescribeTargetHealth"
	case path.SecurityGroupsPart:
		return "ec2:DescribeSecurityGroups"
	case path.VPCsPart:
		return "ec2:DescribeVpcs"
	case path.VPCAttributesPart:
		return "ec2:DescribeVpcAttribute"
	case path.SubnetsPart:
		return "ec2:DescribeSubnets"
	case path.NetworkACLsPart:
		return "ec2:DescribeNetworkAcls"
	case path.RouteTablesPart:
		return "ec2:DescribeRouteTables"
	default:
		return "ec2:DescribeNetworkInterfaces"
	}
}

// ownService returns the account's own service with an ID, nil where it has none.
func (r *Reader) ownService(ctx context.Context, want path.ServiceID) (*path.EndpointService, error) {
	services, err := r.ownServices(ctx, &ec2.DescribeVpcEndpointServiceConfigurationsInput{ServiceIds: []string{string(want)}})
	switch {
	case awserr.IsAbsent(err) || awserr.Code(err) == "InvalidVpcEndpointServiceIdId.Malformed":
		return nil, nil
	case err != nil:
		return nil, err
	case len(services) == 0:
		return nil, nil
	}
	return &services[0], nil
}

// foreignService returns another account's service as a consumer sees it, nil where there
// is none.
func (r *Reader) foreignService(ctx context.Context, name string) (*path.EndpointService, error) {
	out, err := r.ec2.DescribeVpcEndpointServices(ctx, &ec2.DescribeVpcEndpointServicesInput{ServiceNames: []string{name}})
	switch {
	case awserr.IsAbsent(err):
		return nil, nil
	case err != nil:
		return nil, err
	case len(out.ServiceDetails) == 0:
		return nil, nil
	}
	service := r.seenService(out.ServiceDetails[0])
	return &service, nil
}
