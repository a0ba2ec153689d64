//go:build e2e

package wire

import (
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// first returns the first of the world's things of a kind, in the order of their names.
func first[T any](g *tourist, kind func(*network.World) map[string]T) (id string, item T) {
	g.sim.Do(func(w *network.World) {
		for key := range kind(w) {
			if id == "" || key < id {
				id, item = key, kind(w)[key]
			}
		}
	})
	return id, item
}

func text(s string) *string { return aws.String(s) }

func (g *tourist) seeNetwork() {
	vpc, _ := first(g, func(w *network.World) map[string]*network.VPC { return w.VPCs })
	g.sim.Do(func(w *network.World) {
		w.AddPeering(vpc, w.AddVPC("10.9.0.0/16").ID)
		w.PrefixLists["pl-0123456789abcdef0"] = &network.PrefixList{ID: "pl-0123456789abcdef0", Name: "proxies",
			Entries: []network.PrefixListEntry{{CIDR: netip.MustParsePrefix("10.9.0.0/24")}}}
	})
	g.ok(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{}))
	g.ok(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}, Filters: nil}))
	g.ok(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{Filters: []ec2types.Filter{{Name: text("vpc-id"), Values: []string{vpc, "vpc-0a"}}}}))
	g.want("InvalidVpcID.NotFound")(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-0123456789abcdef9"}}))
	g.want("DryRunOperation")(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{DryRun: aws.Bool(true)}))
	g.ok(g.ec2.DescribeVpcAttribute(g.ctx, &ec2.DescribeVpcAttributeInput{VpcId: &vpc, Attribute: ec2types.VpcAttributeNameEnableDnsSupport}))
	g.ok(g.ec2.DescribeVpcAttribute(g.ctx, &ec2.DescribeVpcAttributeInput{VpcId: &vpc, Attribute: ec2types.VpcAttributeNameEnableDnsHostnames}))
	dns := func(on bool) *ec2types.AttributeBooleanValue { return &ec2types.AttributeBooleanValue{Value: &on} }
	g.ok(g.ec2.ModifyVpcAttribute(g.ctx, &ec2.ModifyVpcAttributeInput{VpcId: &vpc, EnableDnsHostnames: dns(true)}))
	g.ok(g.ec2.ModifyVpcAttribute(g.ctx, &ec2.ModifyVpcAttributeInput{VpcId: &vpc, EnableDnsSupport: dns(true)}))
	g.want("InvalidParameterCombination")(g.ec2.ModifyVpcAttribute(g.ctx, &ec2.ModifyVpcAttributeInput{VpcId: &vpc, EnableDnsSupport: dns(true), EnableDnsHostnames: dns(true)}))
	g.ok(g.ec2.DescribeSubnets(g.ctx, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(5)}))
	g.ok(g.ec2.DescribeAvailabilityZones(g.ctx, &ec2.DescribeAvailabilityZonesInput{}))
	g.ok(g.ec2.DescribeRouteTables(g.ctx, &ec2.DescribeRouteTablesInput{}))
	g.ok(g.ec2.DescribeVpcPeeringConnections(g.ctx, &ec2.DescribeVpcPeeringConnectionsInput{}))
	g.want("InvalidVpcPeeringConnectionID.NotFound")(g.ec2.DescribeVpcPeeringConnections(g.ctx, &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{"pcx-0123456789abcdef9"}}))
	g.ok(g.ec2.DescribeManagedPrefixLists(g.ctx, &ec2.DescribeManagedPrefixListsInput{}))
	g.ok(g.ec2.GetManagedPrefixListEntries(g.ctx, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: text("pl-0123456789abcdef0")}))
	g.want("InvalidPrefixListID.NotFound")(g.ec2.GetManagedPrefixListEntries(g.ctx, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: text("pl-0123456789abcdef9")}))
	g.ok(g.ec2.DescribeInstances(g.ctx, &ec2.DescribeInstancesInput{}))
	g.ok(g.ec2.DescribeNetworkInterfaces(g.ctx, &ec2.DescribeNetworkInterfacesInput{}))
	g.ok(g.ec2.DescribeTags(g.ctx, &ec2.DescribeTagsInput{}))
	g.ok(g.ec2.CreateTags(g.ctx, &ec2.CreateTagsInput{Resources: []string{vpc}, Tags: []ec2types.Tag{{Key: text("team"), Value: text("payments & co <1>")}}}))
	g.ok(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}}))
	g.ok(g.ec2.DeleteTags(g.ctx, &ec2.DeleteTagsInput{Resources: []string{vpc}, Tags: []ec2types.Tag{{Key: text("team")}}}))
	g.seeACLs()
	g.seeRoutes()
	g.seeGroups()
	g.seeServices()
}

func (g *tourist) seeACLs() {
	acl, _ := first(g, func(w *network.World) map[string]*network.ACL { return w.ACLs })
	entry := &ec2.CreateNetworkAclEntryInput{NetworkAclId: &acl, RuleNumber: aws.Int32(77), Protocol: text("6"), RuleAction: ec2types.RuleActionAllow,
		Egress: aws.Bool(false), CidrBlock: text("10.9.0.0/24"), PortRange: &ec2types.PortRange{From: aws.Int32(443), To: aws.Int32(443)}}
	g.ok(g.ec2.DescribeNetworkAcls(g.ctx, &ec2.DescribeNetworkAclsInput{NetworkAclIds: []string{acl}}))
	g.ok(g.ec2.CreateNetworkAclEntry(g.ctx, entry))
	g.want("NetworkAclEntryAlreadyExists")(g.ec2.CreateNetworkAclEntry(g.ctx, entry))
	g.ok(g.ec2.DescribeNetworkAcls(g.ctx, &ec2.DescribeNetworkAclsInput{}))
	gone := &ec2.DeleteNetworkAclEntryInput{NetworkAclId: &acl, RuleNumber: aws.Int32(77), Egress: aws.Bool(false)}
	g.ok(g.ec2.DeleteNetworkAclEntry(g.ctx, gone))
	g.want("InvalidNetworkAclEntry.NotFound")(g.ec2.DeleteNetworkAclEntry(g.ctx, gone))
	g.want("InvalidNetworkAclID.NotFound")(g.ec2.DescribeNetworkAcls(g.ctx, &ec2.DescribeNetworkAclsInput{NetworkAclIds: []string{"acl-0123456789abcdef9"}}))
}

func (g *tourist) seeRoutes() {
	table, _ := first(g, func(w *network.World) map[string]*network.RouteTable { return w.RouteTables })
	to := text("192.168.7.0/24")
	route := &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: to, TransitGatewayId: text("tgw-0123456789abcdef0")}
	g.ok(g.ec2.CreateRoute(g.ctx, route))
	g.want("RouteAlreadyExists")(g.ec2.CreateRoute(g.ctx, route))
	g.ok(g.ec2.ReplaceRoute(g.ctx, &ec2.ReplaceRouteInput{RouteTableId: &table, DestinationCidrBlock: to, GatewayId: text("vgw-0123456789abcdef0")}))
	g.ok(g.ec2.DescribeRouteTables(g.ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table}}))
	g.want("InvalidVpcPeeringConnectionID.NotFound")(g.ec2.ReplaceRoute(g.ctx, &ec2.ReplaceRouteInput{RouteTableId: &table, DestinationCidrBlock: to, VpcPeeringConnectionId: text("pcx-0123456789abcdef9")}))
	gone := &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: to}
	g.ok(g.ec2.DeleteRoute(g.ctx, gone))
	g.want("InvalidRoute.NotFound")(g.ec2.DeleteRoute(g.ctx, gone))
}

func (g *tourist) seeGroups() {
	group, _ := first(g, func(w *network.World) map[string]*network.SecurityGroup { return w.SecurityGroups })
	flows := []ec2types.IpPermission{
		{IpProtocol: text("tcp"), FromPort: aws.Int32(8443), ToPort: aws.Int32(8443), IpRanges: []ec2types.IpRange{
			{CidrIp: text("10.9.0.0/24"), Description: text("one")}, {CidrIp: text("10.9.1.0/24")}}},
		{IpProtocol: text("tcp"), FromPort: aws.Int32(8444), ToPort: aws.Int32(8445), Ipv6Ranges: []ec2types.Ipv6Range{{CidrIpv6: text("2001:db8::/64")}}},
		{IpProtocol: text("tcp"), FromPort: aws.Int32(8446), ToPort: aws.Int32(8446), UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &group}}},
		{IpProtocol: text("tcp"), FromPort: aws.Int32(8447), ToPort: aws.Int32(8447), PrefixListIds: []ec2types.PrefixListId{{PrefixListId: text("pl-0123456789abcdef0")}}},
	}
	g.ok(g.ec2.AuthorizeSecurityGroupIngress(g.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: flows}))
	g.ok(g.ec2.AuthorizeSecurityGroupEgress(g.ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &group, IpPermissions: flows[:1],
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeSecurityGroupRule, Tags: []ec2types.Tag{{Key: text("team"), Value: text("payments")}}}}}))
	g.want("InvalidPermission.Duplicate")(g.ec2.AuthorizeSecurityGroupIngress(g.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: flows[:1]}))
	g.want("InvalidGroup.NotFound")(g.ec2.AuthorizeSecurityGroupIngress(g.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: text("sg-0123456789abcdef9"), IpPermissions: flows[:1]}))
	g.ok(g.ec2.DescribeSecurityGroups(g.ctx, &ec2.DescribeSecurityGroupsInput{}))
	rules, err := g.ec2.DescribeSecurityGroupRules(g.ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{{Name: text("group-id"), Values: []string{group}}}})
	g.ok(rules, err)
	g.want("DryRunOperation")(g.ec2.RevokeSecurityGroupIngress(g.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: flows, DryRun: aws.Bool(true)}))
	g.ok(g.ec2.RevokeSecurityGroupIngress(g.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: flows}))
	for _, rule := range rules.SecurityGroupRules {
		if aws.ToBool(rule.IsEgress) && aws.ToInt32(rule.FromPort) == 8443 {
			g.ok(g.ec2.RevokeSecurityGroupEgress(g.ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, SecurityGroupRuleIds: []string{*rule.SecurityGroupRuleId}}))
		}
	}
	g.want("InvalidSecurityGroupRuleId.NotFound")(g.ec2.RevokeSecurityGroupEgress(g.ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, SecurityGroupRuleIds: []string{"sgr-0123456789abcdef9"}}))
	g.want("InvalidPermission.NotFound")(g.ec2.RevokeSecurityGroupIngress(g.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: flows[:1]}))
	g.want("InvalidGroup.NotFound")(g.ec2.DescribeSecurityGroups(g.ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-0123456789abcdef9"}}))
}

func (g *tourist) seeServices() {
	service, found := first(g, func(w *network.World) map[string]*network.EndpointService { return w.Services })
	g.ok(g.ec2.DescribeVpcEndpointServiceConfigurations(g.ctx, &ec2.DescribeVpcEndpointServiceConfigurationsInput{}))
	g.ok(g.ec2.DescribeVpcEndpointServices(g.ctx, &ec2.DescribeVpcEndpointServicesInput{ServiceNames: []string{found.Name}}))
	g.ok(g.ec2.DescribeVpcEndpointConnections(g.ctx, &ec2.DescribeVpcEndpointConnectionsInput{
		Filters: []ec2types.Filter{{Name: text("service-id"), Values: []string{service}}}}))
	g.ok(g.ec2.ModifyVpcEndpointServicePermissions(g.ctx, &ec2.ModifyVpcEndpointServicePermissionsInput{ServiceId: &service, AddAllowedPrincipals: []string{"arn:aws:iam::444455556666:root"}}))
	g.ok(g.ec2.DescribeVpcEndpointServicePermissions(g.ctx, &ec2.DescribeVpcEndpointServicePermissionsInput{ServiceId: &service}))
	g.ok(g.ec2.ModifyVpcEndpointServicePermissions(g.ctx, &ec2.ModifyVpcEndpointServicePermissionsInput{ServiceId: &service, RemoveAllowedPrincipals: []string{"arn:aws:iam::444455556666:root"}}))
	g.ok(g.ec2.ModifyVpcEndpointServiceConfiguration(g.ctx, &ec2.ModifyVpcEndpointServiceConfigurationInput{ServiceId: &service, AcceptanceRequired: aws.Bool(true)}))
	g.ok(g.ec2.StartVpcEndpointServicePrivateDnsVerification(g.ctx, &ec2.StartVpcEndpointServicePrivateDnsVerificationInput{ServiceId: &service}))
	var endpoint string
	g.sim.Do(func(w *network.World) {
		for _, c := range w.Services[service].Connections {
			c.State, endpoint = "pendingAcceptance", c.EndpointID
		}
	})
	g.ok(g.ec2.AcceptVpcEndpointConnections(g.ctx, &ec2.AcceptVpcEndpointConnectionsInput{ServiceId: &service, VpcEndpointIds: []string{endpoint, "vpce-0123456789abcdef9"}}))
	g.ok(g.ec2.RejectVpcEndpointConnections(g.ctx, &ec2.RejectVpcEndpointConnectionsInput{ServiceId: &service, VpcEndpointIds: []string{endpoint}}))
	g.ok(g.ec2.DescribeVpcEndpointConnections(g.ctx, &ec2.DescribeVpcEndpointConnectionsInput{}))
	g.want("InvalidVpcEndpointServiceId.NotFound")(g.ec2.DescribeVpcEndpointServicePermissions(g.ctx, &ec2.DescribeVpcEndpointServicePermissionsInput{ServiceId: text("vpce-svc-0123456789abcdef9")}))
}

func (g *tourist) seeBalancers() {
	balancer, nlb := first(g, func(w *network.World) map[string]*network.LoadBalancer { return w.LoadBalancers })
	listener, _ := first(g, func(w *network.World) map[string]*network.Listener { return w.Listeners })
	group, _ := first(g, func(w *network.World) map[string]*network.TargetGroup { return w.TargetGroups })
	g.ok(g.elb.DescribeLoadBalancers(g.ctx, &elbv2.DescribeLoadBalancersInput{}))
	g.ok(g.elb.DescribeLoadBalancers(g.ctx, &elbv2.DescribeLoadBalancersInput{Names: []string{nlb.Name}}))
	g.want("LoadBalancerNotFound")(g.elb.DescribeLoadBalancers(g.ctx, &elbv2.DescribeLoadBalancersInput{Names: []string{"nobody"}}))
	g.want("ValidationError")(g.elb.DescribeLoadBalancers(g.ctx, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{"nonsense"}}))
	g.ok(g.elb.DescribeLoadBalancerAttributes(g.ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &balancer}))
	g.ok(g.elb.ModifyLoadBalancerAttributes(g.ctx, &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &balancer,
		Attributes: []elbtypes.LoadBalancerAttribute{{Key: text("load_balancing.cross_zone.enabled"), Value: text("true")}}}))
	g.ok(g.elb.SetSecurityGroups(g.ctx, &elbv2.SetSecurityGroupsInput{LoadBalancerArn: &balancer, SecurityGroups: nlb.Groups,
		EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: elbtypes.EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnumOff}))
	var subnets []string
	for _, z := range nlb.Zones {
		subnets = append(subnets, z.Subnet)
	}
	g.ok(g.elb.SetSubnets(g.ctx, &elbv2.SetSubnetsInput{LoadBalancerArn: &balancer, Subnets: subnets}))
	g.want("SubnetNotFound")(g.elb.SetSubnets(g.ctx, &elbv2.SetSubnetsInput{LoadBalancerArn: &balancer, Subnets: []string{"subnet-0123456789abcdef9"}}))
	g.ok(g.elb.DescribeTags(g.ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{balancer, group}}))
	g.ok(g.elb.DescribeListeners(g.ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: &balancer}))
	g.ok(g.elb.DescribeRules(g.ctx, &elbv2.DescribeRulesInput{ListenerArn: &listener}))
	forward := []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &group}}
	more, err := g.elb.CreateListener(g.ctx, &elbv2.CreateListenerInput{LoadBalancerArn: &balancer, Port: aws.Int32(8443), Protocol: elbtypes.ProtocolEnumTcp, DefaultActions: forward})
	g.ok(more, err)
	g.want("DuplicateListener")(g.elb.CreateListener(g.ctx, &elbv2.CreateListenerInput{LoadBalancerArn: &balancer, Port: aws.Int32(8443), Protocol: elbtypes.ProtocolEnumTcp, DefaultActions: forward}))
	if err == nil {
		arn := more.Listeners[0].ListenerArn
		g.ok(g.elb.ModifyListener(g.ctx, &elbv2.ModifyListenerInput{ListenerArn: arn, Port: aws.Int32(8444)}))
		g.ok(g.elb.DeleteListener(g.ctx, &elbv2.DeleteListenerInput{ListenerArn: arn}))
		g.want("ListenerNotFound")(g.elb.DeleteListener(g.ctx, &elbv2.DeleteListenerInput{ListenerArn: arn}))
	}
	g.seeTargets(group)
}

func (g *tourist) seeTargets(group string) {
	g.ok(g.elb.DescribeTargetGroups(g.ctx, &elbv2.DescribeTargetGroupsInput{}))
	g.ok(g.elb.DescribeTargetGroups(g.ctx, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{group}}))
	g.want("TargetGroupNotFound")(g.elb.DescribeTargetGroups(g.ctx, &elbv2.DescribeTargetGroupsInput{Names: []string{"nobody"}}))
	g.ok(g.elb.DescribeTargetGroupAttributes(g.ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: &group}))
	g.ok(g.elb.ModifyTargetGroupAttributes(g.ctx, &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: &group,
		Attributes: []elbtypes.TargetGroupAttribute{{Key: text("deregistration_delay.timeout_seconds"), Value: text("60")}}}))
	g.ok(g.elb.DescribeTargetHealth(g.ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &group}))
	targets := []elbtypes.TargetDescription{{Id: text("10.0.11.77"), Port: aws.Int32(443)}}
	g.ok(g.elb.RegisterTargets(g.ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: &group, Targets: targets}))
	g.ok(g.elb.DescribeTargetHealth(g.ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &group}))
	g.ok(g.elb.DeregisterTargets(g.ctx, &elbv2.DeregisterTargetsInput{TargetGroupArn: &group, Targets: targets}))
	g.ok(g.elb.DescribeTargetHealth(g.ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &group}))
}
