package ec2_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/ec2"
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
	s := networktest.Serve(t, w, ec2.Service(w))
	return fixture{t, context.Background(), w, r, sdk.NewFromConfig(s.Config), s}
}

// fails checks an error's code; an empty code wants success.
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

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func TestUnknownIDsHaveTheirOwnErrors(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	c, ctx := f.client, f.ctx
	_, err := c.DescribeSecurityGroups(ctx, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{"sg-0"}})
	f.fails(err, "InvalidGroup.NotFound")
	_, err = c.DescribeSecurityGroups(ctx, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{"group"}})
	f.fails(err, "InvalidGroupId.Malformed")
	_, err = c.DescribeSubnets(ctx, &sdk.DescribeSubnetsInput{SubnetIds: []string{"subnet-0"}})
	f.fails(err, "InvalidSubnetID.NotFound")
	_, err = c.DescribeVpcs(ctx, &sdk.DescribeVpcsInput{VpcIds: []string{"vpc-0"}})
	f.fails(err, "InvalidVpcID.NotFound")
	_, err = c.DescribeNetworkInterfaces(ctx, &sdk.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{"eni-0"}})
	f.fails(err, "InvalidNetworkInterfaceID.NotFound")
	_, err = c.DescribeNetworkAcls(ctx, &sdk.DescribeNetworkAclsInput{NetworkAclIds: []string{"acl-0"}})
	f.fails(err, "InvalidNetworkAclID.NotFound")
	_, err = c.DescribeRouteTables(ctx, &sdk.DescribeRouteTablesInput{RouteTableIds: []string{"rtb-0"}})
	f.fails(err, "InvalidRouteTableID.NotFound")
	_, err = c.DescribeInstances(ctx, &sdk.DescribeInstancesInput{InstanceIds: []string{"i-0"}})
	f.fails(err, "InvalidInstanceID.NotFound")
	_, err = c.DescribeVpcEndpointServiceConfigurations(ctx, &sdk.DescribeVpcEndpointServiceConfigurationsInput{ServiceIds: []string{"vpce-svc-0"}})
	f.fails(err, "InvalidVpcEndpointServiceId.NotFound")
	_, err = c.DescribeVpcEndpointServicePermissions(ctx, &sdk.DescribeVpcEndpointServicePermissionsInput{ServiceId: aws.String("vpce-svc-0")})
	f.fails(err, "InvalidVpcEndpointServiceId.NotFound")
	_, err = c.DescribeVpcEndpointServices(ctx, &sdk.DescribeVpcEndpointServicesInput{ServiceNames: []string{"com.amazonaws.vpce.eu-central-1.vpce-svc-0"}})
	f.fails(err, "InvalidServiceName")
	_, err = c.GetManagedPrefixListEntries(ctx, &sdk.GetManagedPrefixListEntriesInput{PrefixListId: aws.String("pl-0")})
	f.fails(err, "InvalidPrefixListID.NotFound")
	_, err = c.DescribeSecurityGroupRules(ctx, &sdk.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{"sgr-0"}})
	f.fails(err, "InvalidSecurityGroupRuleId.NotFound")
	_, err = c.DescribeNetworkInterfaces(ctx, &sdk.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("colour", "red")}})
	f.fails(err, "InvalidParameterValue")
}

func TestTheEndpointServiceIsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	out, err := f.client.DescribeVpcEndpointServiceConfigurations(f.ctx, &sdk.DescribeVpcEndpointServiceConfigurationsInput{
		Filters: []types.Filter{filter("service-name", f.r.Service.Name)}})
	if err != nil || len(out.ServiceConfigurations) != 1 {
		t.Fatalf("described %d services, %v; want 1", len(out.ServiceConfigurations), err)
	}
	s := out.ServiceConfigurations[0]
	dns := s.PrivateDnsNameConfiguration
	switch {
	case *s.ServiceId != f.r.Service.ID, s.ServiceState != types.ServiceStateAvailable, s.ServiceType[0].ServiceType != types.ServiceTypeInterface,
		len(s.AvailabilityZones) != 2, len(s.AvailabilityZoneIds) != 2, *s.AcceptanceRequired, len(s.NetworkLoadBalancerArns) != 1,
		s.NetworkLoadBalancerArns[0] != f.r.Balancer.ARN, *s.PrivateDnsName != "payments-hsm.xks.example.com",
		dns.State != types.DnsNameStateVerified, *dns.Type != "TXT", *dns.Name != f.r.Service.PrivateDNS.RecordName,
		*dns.Value != f.r.Service.PrivateDNS.RecordValue, s.SupportedIpAddressTypes[0] != types.ServiceConnectivityTypeIpv4, len(s.Tags) != 2:
		t.Errorf("the service is described as %+v, DNS %+v", s, dns)
	}
	seen, err := f.client.DescribeVpcEndpointServices(f.ctx, &sdk.DescribeVpcEndpointServicesInput{ServiceNames: []string{f.r.Service.Name}})
	if err != nil || len(seen.ServiceDetails) != 1 {
		t.Fatalf("a consumer sees %v, %v", seen, err)
	}
	if d := seen.ServiceDetails[0]; *d.Owner != f.w.Account || d.PrivateDnsNameVerificationState != types.DnsNameStateVerified || *d.PrivateDnsName != *s.PrivateDnsName {
		t.Errorf("a consumer sees %+v", d)
	}
}

func TestAnotherAccountsServiceIsSeenByThoseAllowedOnly(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	f.r.Service.Owner = "444455556666"
	see := func() error {
		_, err := f.client.DescribeVpcEndpointServices(f.ctx, &sdk.DescribeVpcEndpointServicesInput{ServiceNames: []string{f.r.Service.Name}})
		return err
	}
	f.fails(see(), "InvalidServiceName")
	f.r.Service.Principals = append(f.r.Service.Principals, "arn:aws:iam::111122223333:root")
	f.fails(see(), "")
	_, err := f.client.DescribeVpcEndpointServicePermissions(f.ctx, &sdk.DescribeVpcEndpointServicePermissionsInput{ServiceId: &f.r.Service.ID})
	f.fails(err, "InvalidVpcEndpointServiceId.NotFound")
	own, err := f.client.DescribeVpcEndpointServiceConfigurations(f.ctx, &sdk.DescribeVpcEndpointServiceConfigurationsInput{})
	if err != nil || len(own.ServiceConfigurations) != 0 {
		t.Errorf("among its own services the account sees %+v, %v", own.ServiceConfigurations, err)
	}
}

func TestPermissionsAreAddedOnceAndRemoved(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	f.r.Service.Principals = nil
	kms := "cks.kms.eu-central-1.amazonaws.com"
	modify := func(in sdk.ModifyVpcEndpointServicePermissionsInput) int {
		t.Helper()
		in.ServiceId = &f.r.Service.ID
		out, err := f.client.ModifyVpcEndpointServicePermissions(f.ctx, &in)
		if err != nil {
			t.Fatal(err)
		}
		return len(out.AddedPrincipals)
	}
	if n := modify(sdk.ModifyVpcEndpointServicePermissionsInput{AddAllowedPrincipals: []string{kms}}); n != 1 {
		t.Errorf("%d principals were added, want 1", n)
	}
	if n := modify(sdk.ModifyVpcEndpointServicePermissionsInput{AddAllowedPrincipals: []string{kms}}); n != 0 {
		t.Errorf("%d principals were added again, want 0", n)
	}
	out, err := f.client.DescribeVpcEndpointServicePermissions(f.ctx, &sdk.DescribeVpcEndpointServicePermissionsInput{ServiceId: &f.r.Service.ID})
	if err != nil || len(out.AllowedPrincipals) != 1 || *out.AllowedPrincipals[0].Principal != kms || out.AllowedPrincipals[0].PrincipalType != types.PrincipalTypeService {
		t.Errorf("the allow list is %+v, %v", out.AllowedPrincipals, err)
	}
	modify(sdk.ModifyVpcEndpointServicePermissionsInput{RemoveAllowedPrincipals: []string{kms}})
	if len(f.r.Service.Principals) != 0 {
		t.Errorf("after removal the allow list is %v", f.r.Service.Principals)
	}
	_, err = f.client.ModifyVpcEndpointServicePermissions(f.ctx, &sdk.ModifyVpcEndpointServicePermissionsInput{ServiceId: &f.r.Service.ID, DryRun: aws.Bool(true), AddAllowedPrincipals: []string{kms}})
	f.fails(err, "DryRunOperation")
	if len(f.r.Service.Principals) != 0 {
		t.Error("a dry run changed the allow list")
	}
}

func TestConnectionsAreAcceptedAndRejected(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	c := f.r.Service.Connections[0]
	c.State = "pendingAcceptance"
	describe := func(want string) {
		t.Helper()
		out, err := f.client.DescribeVpcEndpointConnections(f.ctx, &sdk.DescribeVpcEndpointConnectionsInput{Filters: []types.Filter{filter("service-id", f.r.Service.ID)}})
		if err != nil || len(out.VpcEndpointConnections) != 1 {
			t.Fatalf("described %v, %v", out, err)
		}
		got := out.VpcEndpointConnections[0]
		if string(got.VpcEndpointState) != want || *got.VpcEndpointOwner != "999988887777" || !got.CreationTimestamp.Equal(networktest.Start) {
			t.Errorf("the connection is %s of %s since %s, want %s", got.VpcEndpointState, *got.VpcEndpointOwner, got.CreationTimestamp, want)
		}
	}
	describe("pendingAcceptance")
	accepted, err := f.client.AcceptVpcEndpointConnections(f.ctx, &sdk.AcceptVpcEndpointConnectionsInput{ServiceId: &f.r.Service.ID, VpcEndpointIds: []string{c.EndpointID, "vpce-0"}})
	if err != nil || len(accepted.Unsuccessful) != 1 || *accepted.Unsuccessful[0].ResourceId != "vpce-0" {
		t.Errorf("accepting answers %+v, %v; want the unknown one unsuccessful", accepted, err)
	}
	describe("available")
	again, err := f.client.AcceptVpcEndpointConnections(f.ctx, &sdk.AcceptVpcEndpointConnectionsInput{ServiceId: &f.r.Service.ID, VpcEndpointIds: []string{c.EndpointID}})
	if err != nil || len(again.Unsuccessful) != 1 || *again.Unsuccessful[0].Error.Code != "InvalidState" {
		t.Errorf("accepting what is available answers %+v, %v; want InvalidState inside a success", again, err)
	}
	if _, err := f.client.RejectVpcEndpointConnections(f.ctx, &sdk.RejectVpcEndpointConnectionsInput{ServiceId: &f.r.Service.ID, VpcEndpointIds: []string{c.EndpointID}}); err != nil {
		t.Fatal(err)
	}
	describe("rejected")
}

func TestPrivateDNSVerificationIsStarted(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	f.r.Service.PrivateDNS.State = "failed"
	if _, err := f.client.StartVpcEndpointServicePrivateDnsVerification(f.ctx, &sdk.StartVpcEndpointServicePrivateDnsVerificationInput{ServiceId: &f.r.Service.ID}); err != nil {
		t.Fatal(err)
	}
	networktest.Advance(f.w, f.w.Timing.Verify)
	if s := f.r.Service.PrivateDNS.State; s != "verified" {
		t.Errorf("the record is there and the state is %s, want verified", s)
	}
	f.r.Service.PrivateDNS = nil
	_, err := f.client.StartVpcEndpointServicePrivateDnsVerification(f.ctx, &sdk.StartVpcEndpointServicePrivateDnsVerificationInput{ServiceId: &f.r.Service.ID})
	f.fails(err, "InvalidState")
}

func TestTheServicesConfigurationIsModified(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{NoKeyStore: true})
	modify := func(in sdk.ModifyVpcEndpointServiceConfigurationInput) error {
		in.ServiceId = &f.r.Service.ID
		_, err := f.client.ModifyVpcEndpointServiceConfiguration(f.ctx, &in)
		return err
	}
	f.r.Service.Acceptance, f.r.Service.Zones = true, f.r.Service.Zones[:1]
	f.fails(modify(sdk.ModifyVpcEndpointServiceConfigurationInput{AcceptanceRequired: aws.Bool(false)}), "")
	if f.r.Service.Acceptance || len(f.r.Service.Zones) != 2 {
		t.Errorf("acceptance %t in zones %v, want false in both", f.r.Service.Acceptance, f.r.Service.Zones)
	}
	f.fails(modify(sdk.ModifyVpcEndpointServiceConfigurationInput{PrivateDnsName: aws.String("new.xks.example.com")}), "")
	if dns := f.r.Service.PrivateDNS; dns.Name != "new.xks.example.com" || dns.State != "pendingVerification" {
		t.Errorf("the new name is %+v, want it pending", dns)
	}
	f.fails(modify(sdk.ModifyVpcEndpointServiceConfigurationInput{RemovePrivateDnsName: aws.Bool(true)}), "")
	if f.r.Service.PrivateDNS != nil {
		t.Error("the private DNS name is still there")
	}
	f.fails(modify(sdk.ModifyVpcEndpointServiceConfigurationInput{RemoveNetworkLoadBalancerArns: []string{f.r.Balancer.ARN}}), "")
	if len(f.r.Service.Balancers) != 0 || len(f.r.Service.Zones) != 0 {
		t.Errorf("load balancers %v, zones %v; want none", f.r.Service.Balancers, f.r.Service.Zones)
	}
}

func TestInterfacesAreFoundAsTheProductLooksForThem(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{SharedGroup: 2})
	_, id, _ := strings.Cut(f.r.Balancer.ARN, ":loadbalancer/")
	tests := map[string]struct {
		filters []types.Filter
		want    int
	}{
		"nodes by description":        {[]types.Filter{filter("description", "ELB "+id), filter("vpc-id", f.r.VPC.ID)}, 2},
		"nodes by type":               {[]types.Filter{filter("interface-type", "network_load_balancer"), filter("subnet-id", f.r.NodeSubnets[0].ID)}, 1},
		"targets by address":          {[]types.Filter{filter("addresses.private-ip-address", "10.0.11.20", "10.0.12.20")}, 2},
		"a target by primary address": {[]types.Filter{filter("private-ip-address", "10.0.11.21")}, 1},
		"carriers of a group":         {[]types.Filter{filter("group-id", f.r.ProxyGroup.ID)}, 6},
		"nobody":                      {[]types.Filter{filter("attachment.instance-id", "i-0")}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			for p := sdk.NewDescribeNetworkInterfacesPaginator(f.client, &sdk.DescribeNetworkInterfacesInput{Filters: tt.filters}); p.HasMorePages(); {
				out, err := p.NextPage(f.ctx)
				if err != nil {
					t.Fatal(err)
				}
				if len(out.NetworkInterfaces) > 3 {
					t.Errorf("a page holds %d interfaces, want 3 at most", len(out.NetworkInterfaces))
				}
				n += len(out.NetworkInterfaces)
			}
			if n != tt.want {
				t.Errorf("found %d interfaces, want %d", n, tt.want)
			}
		})
	}
	node, err := f.client.DescribeNetworkInterfaces(f.ctx, &sdk.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{f.r.Nodes[0].ID}})
	if err != nil {
		t.Fatal(err)
	}
	n := node.NetworkInterfaces[0]
	if !*n.RequesterManaged || *n.PrivateIpAddresses[0].PrivateIpAddress != "10.0.1.7" || *n.Groups[0].GroupId != f.r.BalancerGroup.ID || *n.AvailabilityZone != "eu-central-1a" {
		t.Errorf("the node is %+v", n)
	}
	_, err = f.client.DescribeNetworkInterfaces(f.ctx, &sdk.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(4)})
	f.fails(err, "InvalidParameterValue")
}

func TestTheVPCIsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	subnets, err := f.client.DescribeSubnets(f.ctx, &sdk.DescribeSubnetsInput{SubnetIds: []string{f.r.NodeSubnets[0].ID}})
	if err != nil {
		t.Fatal(err)
	}
	if s := subnets.Subnets[0]; *s.CidrBlock != "10.0.1.0/24" || *s.AvailabilityZoneId != "euc1-az2" || *s.AvailableIpAddressCount != 256-5-1 {
		t.Errorf("the subnet is %+v", s)
	}
	vpcs, err := f.client.DescribeVpcs(f.ctx, &sdk.DescribeVpcsInput{})
	if err != nil || *vpcs.Vpcs[0].CidrBlock != "10.0.0.0/16" || *vpcs.Vpcs[0].CidrBlockAssociationSet[0].CidrBlock != "10.0.0.0/16" {
		t.Errorf("the VPC is %+v, %v", vpcs, err)
	}
	dns, err := f.client.DescribeVpcAttribute(f.ctx, &sdk.DescribeVpcAttributeInput{VpcId: &f.r.VPC.ID, Attribute: types.VpcAttributeNameEnableDnsHostnames})
	if err != nil || !*dns.EnableDnsHostnames.Value || dns.EnableDnsSupport != nil {
		t.Errorf("the attribute is %+v, %v", dns, err)
	}
	zones, err := f.client.DescribeAvailabilityZones(f.ctx, &sdk.DescribeAvailabilityZonesInput{})
	if err != nil || len(zones.AvailabilityZones) != 2 || *zones.AvailabilityZones[0].ZoneName != "eu-central-1a" {
		t.Errorf("the zones are %+v, %v", zones, err)
	}
	tables, err := f.client.DescribeRouteTables(f.ctx, &sdk.DescribeRouteTablesInput{Filters: []types.Filter{filter("association.main", "true")}})
	if err != nil || *tables.RouteTables[0].Routes[0].GatewayId != "local" || !*tables.RouteTables[0].Associations[0].Main {
		t.Errorf("the main route table is %+v, %v", tables, err)
	}
}

func TestNetworkACLEntriesComeAndGo(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	acl := f.r.NodeSubnets[0].ACL
	create := func(number int32) error {
		_, err := f.client.CreateNetworkAclEntry(f.ctx, &sdk.CreateNetworkAclEntryInput{NetworkAclId: &acl, RuleNumber: &number, Protocol: aws.String("6"),
			RuleAction: types.RuleActionDeny, Egress: aws.Bool(false), CidrBlock: aws.String("10.0.1.7/24"), PortRange: &types.PortRange{From: aws.Int32(443), To: aws.Int32(443)}})
		return err
	}
	f.fails(create(100), "NetworkAclEntryAlreadyExists")
	f.fails(create(32767), "InvalidParameterValue")
	f.fails(create(90), "")
	out, err := f.client.DescribeNetworkAcls(f.ctx, &sdk.DescribeNetworkAclsInput{NetworkAclIds: []string{acl}})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int32
	for _, e := range out.NetworkAcls[0].Entries {
		if !*e.Egress {
			numbers = append(numbers, *e.RuleNumber)
			if *e.RuleNumber == 90 && (*e.CidrBlock != "10.0.1.0/24" || *e.PortRange.To != 443 || e.RuleAction != types.RuleActionDeny || *e.Protocol != "6") {
				t.Errorf("the entry is %+v", e)
			}
		}
	}
	if len(numbers) != 3 || numbers[0] != 90 || numbers[2] != 32767 || len(out.NetworkAcls[0].Associations) != 4 {
		t.Errorf("inbound numbers %v, %d subnets; want 90, 100, 32767 and 4", numbers, len(out.NetworkAcls[0].Associations))
	}
	drop := func() error {
		_, err := f.client.DeleteNetworkAclEntry(f.ctx, &sdk.DeleteNetworkAclEntryInput{NetworkAclId: &acl, RuleNumber: aws.Int32(90), Egress: aws.Bool(false)})
		return err
	}
	f.fails(drop(), "")
	f.fails(drop(), "InvalidNetworkAclEntry.NotFound")
	for n := range int32(18) {
		f.fails(create(n+1), "")
	}
	f.fails(create(50), "NetworkAclEntryLimitExceeded")
}

func TestTagsAreGivenAndTaken(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	id := f.r.ProxyGroup.ID
	tag := types.Tag{Key: aws.String("xks-remediator"), Value: aws.String("enabled")}
	if _, err := f.client.DeleteTags(f.ctx, &sdk.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: tag.Key}}}); err != nil {
		t.Fatal(err)
	}
	if len(f.r.ProxyGroup.Tags) != 0 {
		t.Errorf("the group still has %v", f.r.ProxyGroup.Tags)
	}
	if _, err := f.client.CreateTags(f.ctx, &sdk.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{tag}}); err != nil {
		t.Fatal(err)
	}
	out, err := f.client.DescribeTags(f.ctx, &sdk.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", id)}})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Value != "enabled" || out.Tags[0].ResourceType != types.ResourceTypeSecurityGroup {
		t.Errorf("the tags are %+v, %v", out, err)
	}
	_, err = f.client.CreateTags(f.ctx, &sdk.CreateTagsInput{Resources: []string{"sg-0"}, Tags: []types.Tag{tag}})
	f.fails(err, "InvalidID")
}
