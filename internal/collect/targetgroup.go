package collect

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// targetGroups returns the target groups of a load balancer, without targets and attributes,
// sorted by ARN.
func (r *Reader) targetGroups(ctx context.Context, balancer path.ARN) ([]path.TargetGroup, error) {
	var found []path.TargetGroup
	p := elbv2.NewDescribeTargetGroupsPaginator(r.elb, &elbv2.DescribeTargetGroupsInput{LoadBalancerArn: aws.String(string(balancer))})
	err := pages(ctx, p, func(page *elbv2.DescribeTargetGroupsOutput) {
		for _, g := range page.TargetGroups {
			found = append(found, targetGroup(g))
		}
	})
	slices.SortFunc(found, func(a, b path.TargetGroup) int { return cmp.Compare(a.ARN, b.ARN) })
	return found, err
}

func targetGroup(g types.TargetGroup) path.TargetGroup {
	return path.TargetGroup{
		ARN: id[path.ARN](g.TargetGroupArn), Name: aws.ToString(g.TargetGroupName), Protocol: string(g.Protocol),
		Port: number(g.Port, 0), TargetType: string(g.TargetType), VPC: id[path.VPCID](g.VpcId),
		LoadBalancers: sorted(as[path.ARN](g.LoadBalancerArns)),
		HealthCheck: path.HealthCheck{
			Enabled: aws.ToBool(g.HealthCheckEnabled), Protocol: string(g.HealthCheckProtocol), Port: aws.ToString(g.HealthCheckPort),
			Interval:           time.Duration(number(g.HealthCheckIntervalSeconds, 0)) * time.Second,
			Timeout:            time.Duration(number(g.HealthCheckTimeoutSeconds, 0)) * time.Second,
			HealthyThreshold:   number(g.HealthyThresholdCount, 0),
			UnhealthyThreshold: number(g.UnhealthyThresholdCount, 0),
		},
	}
}

// attributes returns a target group's attributes by name.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func (r *Reader) attributes(ctx context.Context, group path.ARN) (map[string]string, error) {
	out, err := r.elb.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: aws.String(string(group))})
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, a := range out.Attributes {
		all[aws.ToString(a.Key)] = aws.ToString(a.Value)
	}
	return all, nil
}

// withAttributes fills in what a target group's attributes say.
func withAttributes(g *path.TargetGroup, all map[string]string) {
	g.CrossZone = all["load_balancing.cross_zone.enabled"]
	g.PreserveClientIP = all["preserve_client_ip.enabled"] == "true"
	g.ProxyProtocolV2 = all["proxy_protocol_v2.enabled"] == "true"
}

// targets returns a target group's targets with their health, sorted by ID and port.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html
func (r *Reader) targets(ctx context.Context, group path.ARN) ([]path.Target, error) {
	out, err := r.elb.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(string(group))})
	if err != nil {
		return nil, err
	}
	var found []path.Target
	for _, d := range out.TargetHealthDescriptions {
		found = append(found, target(d))
	}
	slices.SortFunc(found, func(a, b path.Target) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Port, b.Port))
	})
	return found, nil
}

func target(d types.TargetHealthDescription) path.Target {
	var t path.Target
	if d.Target != nil {
		t.ID, t.Port, t.Zone = aws.ToString(d.Target.Id), number(d.Target.Port, 0), aws.ToString(d.Target.AvailabilityZone)
		t.Addr = address(d.Target.Id) // invalid for an instance
	}
	if h := d.TargetHealth; h != nil {
		t.State, t.Reason, t.Description = string(h.State), string(h.Reason), aws.ToString(h.Description)
	}
	return t
}
