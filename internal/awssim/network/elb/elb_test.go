package elb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/elb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// fixture is a reference path served to a real client.
type fixture struct {
	*testing.T
	ctx    context.Context
	w      *network.World
	r      *network.Reference
	client *sdk.Client
	server *networktest.Server
}

func serve(t *testing.T, o network.Options) fixture {
	t.Helper()
	w := networktest.NewWorld()
	r := w.BuildReference(o)
	s := networktest.Serve(t, w, elb.Service(w))
	return fixture{t, context.Background(), w, r, sdk.NewFromConfig(s.Config), s}
}

func (f fixture) fails(err error, code string) {
	f.Helper()
	if code == "" {
		if err != nil {
			f.Errorf("got %v, want success", err)
		}
		return
	}
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != code {
		f.Errorf("got %v, want %s", err, code)
	}
}

func TestTheLoadBalancerIsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{CrossZone: true})
	out, err := f.client.DescribeLoadBalancers(f.ctx, &sdk.DescribeLoadBalancersInput{LoadBalancerArns: []string{f.r.Balancer.ARN}})
	if err != nil || len(out.LoadBalancers) != 1 {
		t.Fatalf("described %+v, %v", out, err)
	}
	lb := out.LoadBalancers[0]
	if *lb.LoadBalancerName != "xks-nlb" || lb.Scheme != types.LoadBalancerSchemeEnumInternal || lb.State.Code != types.LoadBalancerStateEnumActive ||
		lb.Type != types.LoadBalancerTypeEnumNetwork || *lb.VpcId != f.r.VPC.ID || len(lb.AvailabilityZones) != 2 ||
		*lb.AvailabilityZones[0].SubnetId != f.r.NodeSubnets[0].ID || len(lb.AvailabilityZones[0].LoadBalancerAddresses) != 0 ||
		lb.SecurityGroups[0] != f.r.BalancerGroup.ID || *lb.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic != "off" || !lb.CreatedTime.Equal(networktest.Start) {
		t.Errorf("it is %+v", lb)
	}
	attributes, err := f.client.DescribeLoadBalancerAttributes(f.ctx, &sdk.DescribeLoadBalancerAttributesInput{LoadBalancerArn: lb.LoadBalancerArn})
	if err != nil {
		t.Fatal(err)
	}
	crossed := ""
	for _, a := range attributes.Attributes {
		if *a.Key == "load_balancing.cross_zone.enabled" {
			crossed = *a.Value
		}
	}
	if crossed != "true" {
		t.Errorf("cross-zone is %q, want true", crossed)
	}
	tags, err := f.client.DescribeTags(f.ctx, &sdk.DescribeTagsInput{ResourceArns: []string{*lb.LoadBalancerArn}})
	if err != nil || *tags.TagDescriptions[0].Tags[0].Key != "xks-remediator" {
		t.Errorf("its tags are %+v, %v", tags, err)
	}
}

func TestALoadBalancerWithoutGroupsHasNoEnforcement(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{NoGroups: true})
	out, err := f.client.DescribeLoadBalancers(f.ctx, &sdk.DescribeLoadBalancersInput{Names: []string{"xks-nlb"}})
	if err != nil {
		t.Fatal(err)
	}
	if lb := out.LoadBalancers[0]; len(lb.SecurityGroups) != 0 || lb.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic != nil {
		t.Errorf("it has %v, enforcement %v; want neither", lb.SecurityGroups, lb.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic)
	}
	_, err = f.client.SetSecurityGroups(f.ctx, &sdk.SetSecurityGroupsInput{LoadBalancerArn: &f.r.Balancer.ARN, SecurityGroups: []string{f.r.ProxyGroup.ID}})
	f.fails(err, "InvalidConfigurationRequest")
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func TestSetSecurityGroupsChangesEnforcement(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	set := func(enforce string, groups ...string) error {
		_, err := f.client.SetSecurityGroups(f.ctx, &sdk.SetSecurityGroupsInput{LoadBalancerArn: &f.r.Balancer.ARN, SecurityGroups: append([]string{}, groups...),
			EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: types.EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnum(enforce)})
		return err
	}
	f.fails(set("on", f.r.BalancerGroup.ID), "")
	if f.r.Balancer.Enforce != "on" {
		t.Errorf("enforcement is %s, want on", f.r.Balancer.Enforce)
	}
	f.fails(set("", f.r.BalancerGroup.ID, f.r.ProxyGroup.ID), "")
	if f.r.Balancer.Enforce != "on" || len(f.r.Nodes[0].Groups) != 2 {
		t.Errorf("enforcement is %s and a node carries %v; want on and both", f.r.Balancer.Enforce, f.r.Nodes[0].Groups)
	}
	f.fails(set("off"), "InvalidConfigurationRequest")
	f.fails(set("off", "sg-0"), "InvalidSecurityGroup")
	other := f.w.AddSecurityGroup(f.w.AddVPC("10.1.0.0/16").ID, "other", "of another VPC")
	f.fails(set("off", other.ID), "InvalidSecurityGroup")
	if judged := f.server.Judged(); judged[0].Resource.ARN != f.r.Balancer.ARN || judged[0].Resource.Tags["xks-remediator"] != "enabled" {
		t.Errorf("it was judged on %+v", judged)
	}
}

func TestListenersComeAndGo(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	list := func() []types.Listener {
		out, err := f.client.DescribeListeners(f.ctx, &sdk.DescribeListenersInput{LoadBalancerArn: &f.r.Balancer.ARN})
		if err != nil {
			t.Fatal(err)
		}
		return out.Listeners
	}
	l := list()[0]
	if l.Protocol != types.ProtocolEnumTcp || *l.Port != 443 || *l.DefaultActions[0].TargetGroupArn != f.r.TargetGroup.ARN || *l.DefaultActions[0].ForwardConfig.TargetGroups[0].Weight != 1 {
		t.Errorf("the listener is %+v", l)
	}
	rules, err := f.client.DescribeRules(f.ctx, &sdk.DescribeRulesInput{ListenerArn: l.ListenerArn})
	if err != nil || len(rules.Rules) != 1 || !*rules.Rules[0].IsDefault {
		t.Errorf("its rules are %+v, %v", rules, err)
	}
	create := func(port int32) error {
		_, err := f.client.CreateListener(f.ctx, &sdk.CreateListenerInput{LoadBalancerArn: &f.r.Balancer.ARN, Port: &port, Protocol: types.ProtocolEnumTcp,
			DefaultActions: []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &f.r.TargetGroup.ARN}}})
		return err
	}
	f.fails(create(443), "DuplicateListener")
	if _, err := f.client.DeleteListener(f.ctx, &sdk.DeleteListenerInput{ListenerArn: l.ListenerArn}); err != nil {
		t.Fatal(err)
	}
	if n := len(list()); n != 0 {
		t.Errorf("%d listeners are left", n)
	}
	f.fails(create(8443), "")
	_, err = f.client.ModifyListener(f.ctx, &sdk.ModifyListenerInput{ListenerArn: list()[0].ListenerArn, Port: aws.Int32(443)})
	f.fails(err, "")
	if err := f.w.Works(f.r.Workload.ID); err != nil {
		t.Errorf("with a listener on 443 again the key answers %v", err)
	}
}

func TestTargetGroupsAndHealth(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{HealthPort: 8443})
	out, err := f.client.DescribeTargetGroups(f.ctx, &sdk.DescribeTargetGroupsInput{LoadBalancerArn: &f.r.Balancer.ARN})
	if err != nil || len(out.TargetGroups) != 1 {
		t.Fatalf("described %+v, %v", out, err)
	}
	tg := out.TargetGroups[0]
	if tg.TargetType != types.TargetTypeEnumIp || *tg.Port != 443 || *tg.HealthCheckPort != "8443" || *tg.HealthCheckIntervalSeconds != 30 || *tg.HealthyThresholdCount != 5 || *tg.UnhealthyThresholdCount != 2 || tg.LoadBalancerArns[0] != f.r.Balancer.ARN {
		t.Errorf("it is %+v", tg)
	}
	f.w.Proxies[f.r.Targets[1].Primary()].Ports = []int{443}
	networktest.Advance(f.w, time.Minute)
	health, err := f.client.DescribeTargetHealth(f.ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: tg.TargetGroupArn})
	if err != nil || len(health.TargetHealthDescriptions) != 4 {
		t.Fatalf("health is %+v, %v", health, err)
	}
	good, bad := health.TargetHealthDescriptions[0], health.TargetHealthDescriptions[1]
	if good.TargetHealth.State != types.TargetHealthStateEnumHealthy || good.TargetHealth.Reason != "" || *good.Target.Port != 443 || *good.HealthCheckPort != "8443" {
		t.Errorf("the first target is %+v", good)
	}
	if bad.TargetHealth.State != types.TargetHealthStateEnumUnhealthy || bad.TargetHealth.Reason != types.TargetHealthReasonEnumFailedHealthChecks || *bad.TargetHealth.Description != "Health checks failed" {
		t.Errorf("the second target is %+v", bad.TargetHealth)
	}
	none, err := f.client.DescribeTargetHealth(f.ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: tg.TargetGroupArn, Targets: []types.TargetDescription{{Id: aws.String("10.0.11.250")}}})
	if err != nil || none.TargetHealthDescriptions[0].TargetHealth.Reason != types.TargetHealthReasonEnumNotRegistered {
		t.Errorf("a stranger is %+v, %v", none, err)
	}
}

func TestTargetsAreRegisteredAndDeregistered(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	target := []types.TargetDescription{{Id: aws.String("10.0.11.20")}}
	_, err := f.client.DeregisterTargets(f.ctx, &sdk.DeregisterTargetsInput{TargetGroupArn: &f.r.TargetGroup.ARN, Targets: target})
	f.fails(err, "")
	if s := f.r.TargetGroup.Targets[0].State; s != "draining" {
		t.Errorf("it is %s, want draining", s)
	}
	_, err = f.client.RegisterTargets(f.ctx, &sdk.RegisterTargetsInput{TargetGroupArn: &f.r.TargetGroup.ARN, Targets: target})
	f.fails(err, "")
	if n := len(f.r.TargetGroup.Targets); n != 4 || f.r.TargetGroup.Targets[3].State != "initial" {
		t.Errorf("%d targets, the last %s; want 4, initial", n, f.r.TargetGroup.Targets[n-1].State)
	}
	_, err = f.client.DeregisterTargets(f.ctx, &sdk.DeregisterTargetsInput{TargetGroupArn: &f.r.TargetGroup.ARN, Targets: []types.TargetDescription{{Id: aws.String("10.0.11.250")}}})
	f.fails(err, "InvalidTarget")
}

func TestAttributesAreModified(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	crossZone := aws.String("load_balancing.cross_zone.enabled")
	_, err := f.client.ModifyLoadBalancerAttributes(f.ctx, &sdk.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &f.r.Balancer.ARN, Attributes: []types.LoadBalancerAttribute{{Key: crossZone, Value: aws.String("true")}}})
	f.fails(err, "")
	if !network.SpansZones(f.r.Balancer, f.r.TargetGroup) {
		t.Error("the load balancer's setting does not reach the target group")
	}
	_, err = f.client.ModifyTargetGroupAttributes(f.ctx, &sdk.ModifyTargetGroupAttributesInput{TargetGroupArn: &f.r.TargetGroup.ARN, Attributes: []types.TargetGroupAttribute{
		{Key: crossZone, Value: aws.String("false")}, {Key: aws.String("proxy_protocol_v2.enabled"), Value: aws.String("true")}}})
	f.fails(err, "")
	if network.SpansZones(f.r.Balancer, f.r.TargetGroup) || !f.r.TargetGroup.ProxyProtocolV2 {
		t.Error("the target group's own settings do not win")
	}
	out, err := f.client.DescribeTargetGroupAttributes(f.ctx, &sdk.DescribeTargetGroupAttributesInput{TargetGroupArn: &f.r.TargetGroup.ARN})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range out.Attributes {
		got[*a.Key] = *a.Value
	}
	if got[*crossZone] != "false" || got["proxy_protocol_v2.enabled"] != "true" || got["preserve_client_ip.enabled"] != "false" || got["deregistration_delay.timeout_seconds"] != "300" {
		t.Errorf("the attributes are %v", got)
	}
}

func TestUnknownARNsHaveTheirOwnErrors(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	arn := func(kind string) *string { return aws.String(f.w.ARN("elasticloadbalancing", kind+"/none")) }
	_, err := f.client.DescribeLoadBalancers(f.ctx, &sdk.DescribeLoadBalancersInput{LoadBalancerArns: []string{*arn("loadbalancer")}})
	f.fails(err, "LoadBalancerNotFound")
	_, err = f.client.DescribeLoadBalancers(f.ctx, &sdk.DescribeLoadBalancersInput{Names: []string{"none"}})
	f.fails(err, "LoadBalancerNotFound")
	_, err = f.client.DescribeListeners(f.ctx, &sdk.DescribeListenersInput{ListenerArns: []string{*arn("listener")}})
	f.fails(err, "ListenerNotFound")
	_, err = f.client.DescribeTargetHealth(f.ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: arn("targetgroup")})
	f.fails(err, "TargetGroupNotFound")
	_, err = f.client.DescribeTargetHealth(f.ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: aws.String("none")})
	f.fails(err, "ValidationError")
	_, err = f.client.DescribeLoadBalancers(f.ctx, &sdk.DescribeLoadBalancersInput{Marker: aws.String("bogus")})
	f.fails(err, "ValidationError")
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	for _, name := range []string{"a", "b", "c", "d"} {
		f.w.AddTargetGroup(name, f.r.VPC.ID, "TCP", 443)
	}
	n, pages := 0, 0
	for p := sdk.NewDescribeTargetGroupsPaginator(f.client, &sdk.DescribeTargetGroupsInput{}); p.HasMorePages(); pages++ {
		out, err := p.NextPage(f.ctx)
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.TargetGroups)
	}
	if n != 5 || pages != 2 {
		t.Errorf("%d target groups came in %d pages, want 5 in 2", n, pages)
	}
}

func TestRulesTakeNoMarkerOfNobodys(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	in := &sdk.DescribeRulesInput{ListenerArn: &f.r.Listener.ARN}
	out, err := f.client.DescribeRules(f.ctx, in)
	if err != nil || len(out.Rules) != 1 || out.NextMarker != nil {
		t.Errorf("got %+v, %v; want the default rule", out, err)
	}
	in.Marker = aws.String("nonsense")
	_, err = f.client.DescribeRules(f.ctx, in)
	f.fails(err, "ValidationError")
}
