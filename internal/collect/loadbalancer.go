package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// loadBalancers returns those of arns that exist, without listeners and nodes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
func (r *Reader) loadBalancers(ctx context.Context, arns []path.ARN) ([]path.LoadBalancer, error) {
	found, err := r.describeLoadBalancers(ctx, arns)
	switch {
	case awserr.IsAbsent(err) && len(arns) == 1:
		return nil, nil
	case awserr.IsAbsent(err):
		// One absent load balancer fails the call for all of them.
		found = nil
		for _, arn := range arns {
			one, err := r.loadBalancers(ctx, []path.ARN{arn})
			if err != nil {
				return nil, err
			}
			found = append(found, one...)
		}
	case err != nil:
		return nil, err
	}
	slices.SortFunc(found, func(a, b path.LoadBalancer) int { return cmp.Compare(a.ARN, b.ARN) })
	return found, nil
}

func (r *Reader) describeLoadBalancers(ctx context.Context, arns []path.ARN) ([]path.LoadBalancer, error) {
	var found []path.LoadBalancer
	p := elbv2.NewDescribeLoadBalancersPaginator(r.elb, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: as[string](arns)})
	err := pages(ctx, p, func(page *elbv2.DescribeLoadBalancersOutput) {
		for _, b := range page.LoadBalancers {
			found = append(found, loadBalancer(b))
		}
	})
	return found, err
}

func loadBalancer(b types.LoadBalancer) path.LoadBalancer {
	lb := path.LoadBalancer{
		ARN: id[path.ARN](b.LoadBalancerArn), Name: aws.ToString(b.LoadBalancerName), Type: string(b.Type),
		Scheme: string(b.Scheme), VPC: id[path.VPCID](b.VpcId),
		SecurityGroups: sorted(as[path.SecurityGroupID](b.SecurityGroups)),
	}
	if b.State != nil {
		lb.State = string(b.State.Code)
	}
	for _, z := range b.AvailabilityZones {
		zone := path.Zone{Name: aws.ToString(z.ZoneName), Subnet: id[path.SubnetID](z.SubnetId)}
		for _, a := range z.LoadBalancerAddresses {
			zone.Address = address(a.PrivateIPv4Address) // there only where somebody chose it
		}
		lb.Zones = append(lb.Zones, zone)
	}
	slices.SortFunc(lb.Zones, func(a, b path.Zone) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Subnet, b.Subnet))
	})
	if len(lb.SecurityGroups) > 0 { // the setting means nothing without groups; on is AWS's default
		lb.Enforcement = cmp.Or(strings.ToLower(aws.ToString(b.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic)), "on")
	}
	return lb
}

// named returns what a load balancer's ARN alone tells of it. The ARN ends in
// loadbalancer/net/<name>/<id>.
func named(arn path.ARN) path.LoadBalancer {
	lb := path.LoadBalancer{ARN: arn}
	if parts := strings.Split(string(arn), "/"); len(parts) == 4 {
		lb.Name = parts[2]
	}
	return lb
}

// crossZone reports whether a load balancer sends traffic to targets in other zones.
func (r *Reader) crossZone(ctx context.Context, arn path.ARN) (bool, error) {
	out, err := r.elb.DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: aws.String(string(arn))})
	if err != nil {
		return false, err
	}
	for _, a := range out.Attributes {
		if aws.ToString(a.Key) == "load_balancing.cross_zone.enabled" {
			return aws.ToString(a.Value) == "true", nil
		}
	}
	return false, nil
}

// listeners returns a load balancer's listeners, sorted by port.
func (r *Reader) listeners(ctx context.Context, arn path.ARN) ([]path.Listener, error) {
	var found []path.Listener
	p := elbv2.NewDescribeListenersPaginator(r.elb, &elbv2.DescribeListenersInput{LoadBalancerArn: aws.String(string(arn))})
	err := pages(ctx, p, func(page *elbv2.DescribeListenersOutput) {
		for _, l := range page.Listeners {
			found = append(found, path.Listener{
				ARN: id[path.ARN](l.ListenerArn), Protocol: string(l.Protocol), Port: number(l.Port, 0),
				TargetGroups: forwards(l.DefaultActions),
			})
		}
	})
	slices.SortFunc(found, func(a, b path.Listener) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.ARN, b.ARN))
	})
	return found, err
}

// forwards returns the target groups to which actions send traffic. An action names one group
// by itself, or several with weights, of which 0 gets none.
func forwards(actions []types.Action) []path.ARN {
	var groups []path.ARN
	for _, a := range actions {
		if a.Type != types.ActionTypeEnumForward {
			continue
		}
		if a.ForwardConfig == nil || len(a.ForwardConfig.TargetGroups) == 0 {
			groups = append(groups, id[path.ARN](a.TargetGroupArn))
			continue
		}
		for _, t := range a.ForwardConfig.TargetGroups {
			if number(t.Weight, 1) > 0 {
				groups = append(groups, id[path.ARN](t.TargetGroupArn))
			}
		}
	}
	return unique(slices.DeleteFunc(groups, func(g path.ARN) bool { return g == "" }))
}
