package collect

import (
	"context"
	"fmt"
	"slices"

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

// Candidates returns the names of the endpoint services that admit AWS KMS, sorted. An error
// says that there may be more: the list, or who may connect to one of it, was not read.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func (r *Reader) Candidates(ctx context.Context) ([]string, error) {
	services, gaps := r.Services(ctx)
	var names []string
	for _, s := range services {
		if slices.ContainsFunc(s.Principals, func(p path.AllowedPrincipal) bool {
			return p.Principal == "*" || p.Principal == "cks.kms."+r.region+".amazonaws.com"
		}) {
			names = append(names, s.Name)
		}
	}
	if len(gaps) > 0 {
		return sorted(names), fmt.Errorf("listing endpoint services: %s on %q: %s: %s", gaps[0].Action, gaps[0].On, gaps[0].Cause, gaps[0].Message)
	}
	return sorted(names), nil
}
