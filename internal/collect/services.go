package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"golang.org/x/sync/errgroup"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Services returns the endpoint services of the account and Region with who may connect to
// them, sorted by ID, for a failed create that names none: which could have been meant? Parts
// that were not read are gaps, as in a snapshot.
func (r *Reader) Services(ctx context.Context) ([]path.EndpointService, []path.Gap) {
	var list answer[[]path.EndpointService]
	ask(r, &list, question{path.ServicePart, "ec2:DescribeVpcEndpointServiceConfigurations", ""},
		func(ctx context.Context) ([]path.EndpointService, error) {
			return r.ownServices(ctx, &ec2.DescribeVpcEndpointServiceConfigurationsInput{})
		})(ctx)
	if list.err != nil {
		return nil, []path.Gap{list.gap(list.err)}
	}
	services := list.value
	allowed := make([]answer[[]path.AllowedPrincipal], len(services))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, s := range services {
		do := ask(r, &allowed[i], question{path.ServicePermissionsPart, "ec2:DescribeVpcEndpointServicePermissions", s.ARN},
			func(ctx context.Context) ([]path.AllowedPrincipal, error) { return r.principals(ctx, s.ID) })
		group.Go(func() error { do(ctx); return nil })
	}
	_ = group.Wait() // an answer keeps its own error
	var gaps []path.Gap
	for i, a := range allowed {
		if a.err != nil {
			gaps = append(gaps, a.gap(a.err))
			continue
		}
		services[i].Principals = a.value
	}
	return services, orderedGaps(gaps)
}
