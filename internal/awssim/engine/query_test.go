package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

type filter struct {
	Name   string
	Values []string `query:"Value"`
}

func TestEC2ClientSendsFlattenedListsAndReadsSets(t *testing.T) {
	t.Parallel()
	type input struct {
		Filters    []filter `query:"Filter"`
		ServiceIds []string `query:"ServiceId"`
		MaxResults *int32
	}
	type tag struct{ Key, Value string }
	type connection struct {
		ServiceID         string    `xml:"serviceId"`
		State             string    `xml:"vpcEndpointState"`
		CreationTimestamp time.Time // creationTimestamp
		Tags              []tag     `xml:"tagSet"`
	}
	type answer struct {
		Connections []connection `xml:"vpcEndpointConnectionSet"`
		NextToken   string
	}
	var seen input
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := serve(t, service(ec2Service(), "DescribeVpcEndpointConnections", func(in input) { seen = in },
		&answer{NextToken: "more", Connections: []connection{
			{ServiceID: "vpce-svc-1", State: "available", CreationTimestamp: at, Tags: []tag{{"a<b", "c&d"}}}, {ServiceID: "vpce-svc-2"}}}))
	out, err := ec2.NewFromConfig(b.config("AKIAADMIN")).DescribeVpcEndpointConnections(ctx(t), &ec2.DescribeVpcEndpointConnectionsInput{
		MaxResults: aws.Int32(5), Filters: []ec2types.Filter{{Name: aws.String("service-id"), Values: []string{"vpce-svc-1", "vpce-svc-2"}},
			{Name: aws.String("vpc-endpoint-state"), Values: []string{"available"}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := input{Filters: []filter{{"service-id", []string{"vpce-svc-1", "vpce-svc-2"}}, {"vpc-endpoint-state", []string{"available"}}}, MaxResults: aws.Int32(5)}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("what the operation saw (-want +got):\n%s", diff)
	}
	if len(out.VpcEndpointConnections) != 2 || *out.NextToken != "more" {
		t.Fatalf("got %+v", out)
	}
	first := out.VpcEndpointConnections[0]
	if *first.ServiceId != "vpce-svc-1" || first.VpcEndpointState != "available" || !first.CreationTimestamp.Equal(at) {
		t.Errorf("got %+v", first)
	}
	if tag := first.Tags[0]; *tag.Key != "a<b" || *tag.Value != "c&d" {
		t.Errorf("got tag %s=%s", *tag.Key, *tag.Value)
	}
}

func TestEC2ClientSendsNestedLists(t *testing.T) {
	t.Parallel()
	type ipRange struct{ CidrIp, Description string }
	type permission struct {
		IpProtocol       string
		FromPort, ToPort *int32
		IpRanges         []ipRange
		Groups           []struct{ GroupId string }
	}
	type input struct {
		GroupId       string
		IpPermissions []permission
	}
	var seen input
	b := serve(t, service(ec2Service(), "AuthorizeSecurityGroupIngress", func(in input) { seen = in }, nil))
	_, err := ec2.NewFromConfig(b.config("AKIAADMIN")).AuthorizeSecurityGroupIngress(ctx(t), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String("sg-1"), IpPermissions: []ec2types.IpPermission{
			{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
				IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.0.1.7/32"), Description: aws.String("a b+c")}}},
			{IpProtocol: aws.String("-1"), UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: aws.String("sg-2")}}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := input{"sg-1", []permission{{"tcp", aws.Int32(443), aws.Int32(443), []ipRange{{"10.0.1.7/32", "a b+c"}}, nil},
		{IpProtocol: "-1", Groups: []struct{ GroupId string }{{"sg-2"}}}}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("what the operation saw (-want +got):\n%s", diff)
	}
}

func TestAListKeepsItsOrderPastTen(t *testing.T) {
	t.Parallel()
	type input struct {
		GroupIds []string `query:"GroupId"`
	}
	var seen input
	b := serve(t, service(ec2Service(), "DescribeSecurityGroups", func(in input) { seen = in }, nil))
	want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}
	if _, err := ec2.NewFromConfig(b.config("AKIAADMIN")).DescribeSecurityGroups(ctx(t), &ec2.DescribeSecurityGroupsInput{GroupIds: want}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, seen.GroupIds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEC2ErrorsHaveTheirCodeAndRequestID(t *testing.T) {
	t.Parallel()
	type input struct{}
	b := serve(t, service(ec2Service(), "DescribeVpcs", func(input) {}, &engine.Error{Code: "InvalidVpcID.NotFound", Message: "The vpc ID 'vpc-1' does not exist"}))
	_, err := ec2.NewFromConfig(b.config("AKIAADMIN")).DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{})
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != "InvalidVpcID.NotFound" || api.ErrorMessage() != "The vpc ID 'vpc-1' does not exist" {
		t.Errorf("got %v", err)
	}
	if id, ok := errors.AsType[interface {
		error
		ServiceRequestID() string
	}](err); !ok || id.ServiceRequestID() == "" {
		t.Errorf("got %v, want a request ID", err)
	}
}

func TestELBClientSendsAndReadsMembers(t *testing.T) {
	t.Parallel()
	type input struct{ Names []string }
	type zone struct{ ZoneName, SubnetId string }
	type balancer struct {
		LoadBalancerArn   string
		CreatedTime       time.Time
		AvailabilityZones []zone
		SecurityGroups    []string
		State             *struct{ Code string }
	}
	type answer struct{ LoadBalancers []balancer }
	var seen input
	s := engine.Service{Name: "elasticloadbalancing", IAMPrefix: "elasticloadbalancing", Protocol: engine.AWSQuery, Version: "2015-12-01"}
	at := time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC)
	b := serve(t, service(s, "DescribeLoadBalancers", func(in input) { seen = in }, &answer{[]balancer{
		{LoadBalancerArn: "arn:1", CreatedTime: at, AvailabilityZones: []zone{{"a", "subnet-1"}, {"b", "subnet-2"}},
			SecurityGroups: []string{"sg-1"}, State: &struct{ Code string }{"active"}}}}))
	client := elb.NewFromConfig(b.config("AKIAADMIN"))
	out, err := client.DescribeLoadBalancers(ctx(t), &elb.DescribeLoadBalancersInput{Names: []string{"x", "y"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"x", "y"}, seen.Names); diff != "" {
		t.Errorf("what the operation saw (-want +got):\n%s", diff)
	}
	got := out.LoadBalancers[0]
	if *got.AvailabilityZones[1].SubnetId != "subnet-2" || got.SecurityGroups[0] != "sg-1" || got.State.Code != elbtypes.LoadBalancerStateEnumActive || !got.CreatedTime.Equal(at) {
		t.Errorf("got %+v", got)
	}
	if _, err := client.DescribeLoadBalancers(ctx(t), &elb.DescribeLoadBalancersInput{Names: []string{}}); err != nil {
		t.Errorf("an empty list: %v", err)
	}
}

func TestELBErrorsAreModelled(t *testing.T) {
	t.Parallel()
	type input struct{ Names []string }
	s := engine.Service{Name: "elasticloadbalancing", IAMPrefix: "elasticloadbalancing", Protocol: engine.AWSQuery, Version: "2015-12-01"}
	b := serve(t, service(s, "DescribeLoadBalancers", func(input) {}, &engine.Error{Code: "LoadBalancerNotFound", Message: "gone"}))
	_, err := elb.NewFromConfig(b.config("AKIAADMIN")).DescribeLoadBalancers(ctx(t), &elb.DescribeLoadBalancersInput{Names: []string{"x"}})
	if _, ok := errors.AsType[*elbtypes.LoadBalancerNotFoundException](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestSNSClientSendsAndReadsMaps(t *testing.T) {
	t.Parallel()
	type attribute struct {
		DataType, StringValue string
		BinaryValue           []byte
	}
	type input struct {
		TopicArn, Subject, Message string
		MessageAttributes          map[string]attribute
	}
	type answer struct{ MessageId string }
	var seen input
	s := engine.Service{Name: "sns", IAMPrefix: "sns", Protocol: engine.AWSQuery, Version: "2010-03-31"}
	publish := service(s, "Publish", func(in input) { seen = in }, &answer{"m-1"})
	publish.Operations["GetTopicAttributes"] = engine.Operation{Do: func(*engine.Call) (any, error) {
		return &struct{ Attributes map[string]string }{map[string]string{"SubscriptionsPending": "1", "SubscriptionsConfirmed": "2"}}, nil
	}}
	b := serve(t, publish)
	client := sns.NewFromConfig(b.config("AKIAADMIN"))
	out, err := client.Publish(ctx(t), &sns.PublishInput{TopicArn: aws.String("arn:t"), Subject: aws.String("[XKS] down"), Message: aws.String("línea\nzwei"),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"severity": {DataType: aws.String("String"), StringValue: aws.String("critical")},
			"blob":     {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := input{"arn:t", "[XKS] down", "línea\nzwei", map[string]attribute{"severity": {DataType: "String", StringValue: "critical"}, "blob": {DataType: "Binary", BinaryValue: []byte{1, 2}}}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("what the operation saw (-want +got):\n%s", diff)
	}
	if *out.MessageId != "m-1" {
		t.Errorf("got message ID %s", *out.MessageId)
	}
	attributes, err := client.GetTopicAttributes(ctx(t), &sns.GetTopicAttributesInput{TopicArn: aws.String("arn:t")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"SubscriptionsPending": "1", "SubscriptionsConfirmed": "2"}, attributes.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestSTSNeedsNoPermission(t *testing.T) {
	t.Parallel()
	s := &engine.Service{Name: "sts", IAMPrefix: "sts", Protocol: engine.AWSQuery, Version: "2011-06-15", Operations: map[string]engine.Operation{
		"GetCallerIdentity": {Free: true, ReadOnly: true, Do: func(c *engine.Call) (any, error) {
			return &struct{ Account, Arn string }{account, c.Principal.ARN}, nil
		}}}}
	b := serve(t, s)
	b.iam.Add(engine.Principal{Name: "nobody", ARN: "arn:aws:iam::111122223333:user/Bob", KeyID: "AKIABOB"})
	out, err := sts.NewFromConfig(b.config("AKIABOB")).GetCallerIdentity(ctx(t), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Arn != "arn:aws:iam::111122223333:user/Bob" || *out.Account != account {
		t.Errorf("got %s in %s", *out.Arn, *out.Account)
	}
}
