//go:build e2e

package wire

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	topictypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queuetypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// mistakes are calls that fit their models, and that the services refuse all the same.
func (g *tourist) mistakes() {
	g.networkMistakes()
	g.balancerMistakes()
	g.queueMistakes()
	topic := &g.stack.Topics[0].ARN
	g.want("InvalidParameter")(g.topics.Publish(g.ctx, &sns.PublishInput{TopicArn: topic, Message: text("")}))
	g.want("ParameterValueInvalid")(g.topics.Publish(g.ctx, &sns.PublishInput{TopicArn: topic, Message: text("m"),
		MessageAttributes: map[string]topictypes.MessageAttributeValue{"kind": {DataType: text("String"), StringValue: text("")}}}))
	one := trailtypes.LookupAttribute{AttributeKey: trailtypes.LookupAttributeKeyEventName, AttributeValue: text("Decrypt")}
	g.want("InvalidLookupAttributesException")(g.trail.LookupEvents(g.ctx, &cloudtrail.LookupEventsInput{LookupAttributes: []trailtypes.LookupAttribute{one, one}}))
	g.want("InvalidNextTokenException")(g.trail.LookupEvents(g.ctx, &cloudtrail.LookupEventsInput{NextToken: text("nonsense")}))
}

// keyMistakes need a key store that works.
func (g *tourist) keyMistakes(store, key *string) {
	g.want("InvalidMarkerException")(g.kms.ListKeys(g.ctx, &kms.ListKeysInput{Marker: text("nonsense")}))
	g.want("InvalidMarkerException")(g.kms.DescribeCustomKeyStores(g.ctx, &kms.DescribeCustomKeyStoresInput{Marker: text("nonsense")}))
	g.want("UnsupportedOperationException")(g.kms.CreateKey(g.ctx, &kms.CreateKeyInput{Origin: kmstypes.OriginTypeExternalKeyStore,
		CustomKeyStoreId: store, XksKeyId: text("cc8562717f809024"), MultiRegion: aws.Bool(true)}))
	made, err := g.kms.Encrypt(g.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p")})
	g.ok(made, err)
	if err == nil {
		g.want("IncorrectKeyException")(g.kms.Decrypt(g.ctx, &kms.DecryptInput{CiphertextBlob: made.CiphertextBlob, KeyId: text("1234abcd-12ab-34cd-56ef-1234567890ab")}))
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		g.sim.Do(func(w *network.World) { w.AddPublicKeyStore("public-"+name, "https://"+name+".example.com") })
	}
	g.want("LimitExceededException")(g.kms.CreateCustomKeyStore(g.ctx, &kms.CreateCustomKeyStoreInput{CustomKeyStoreName: text("eleventh")}))
	g.sim.Do(func(w *network.World) {
		for id, ks := range w.KeyStores {
			if ks.Connectivity == "PUBLIC_ENDPOINT" {
				delete(w.KeyStores, id)
			}
		}
	})
}

func (g *tourist) networkMistakes() {
	group, _ := first(g, func(w *network.World) map[string]*network.SecurityGroup { return w.SecurityGroups })
	service, _ := first(g, func(w *network.World) map[string]*network.EndpointService { return w.Services })
	vpc, _ := first(g, func(w *network.World) map[string]*network.VPC { return w.VPCs })
	odd := []ec2types.IpPermission{{IpProtocol: text("nonsense"), IpRanges: []ec2types.IpRange{{CidrIp: text("10.9.0.0/24")}}}}
	g.want("InvalidPermission.Malformed")(g.ec2.AuthorizeSecurityGroupIngress(g.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: odd}))
	g.want("MissingParameter")(g.ec2.AuthorizeSecurityGroupIngress(g.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group}))
	g.want("InvalidNextToken")(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{NextToken: text("nonsense")}))
	g.want("InvalidParameterValue")(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{Filters: []ec2types.Filter{{Name: text("nonsense"), Values: []string{vpc}}}}))
	g.want("InvalidID")(g.ec2.CreateTags(g.ctx, &ec2.CreateTagsInput{Resources: []string{"vpc-0123456789abcdef9"}, Tags: []ec2types.Tag{{Key: text("team")}}}))
	g.want("InvalidParameterCombination")(g.ec2.ModifyVpcEndpointServiceConfiguration(g.ctx, &ec2.ModifyVpcEndpointServiceConfigurationInput{
		ServiceId: &service, PrivateDnsName: text("a.example.com"), RemovePrivateDnsName: aws.Bool(true)}))
	g.want("InvalidParameter")(g.ec2.ModifyVpcEndpointServiceConfiguration(g.ctx, &ec2.ModifyVpcEndpointServiceConfigurationInput{
		ServiceId: &service, AddNetworkLoadBalancerArns: []string{"arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/x/0123456789abcdef"}}))
	many := make([]ec2types.IpRange, 61) // one more than a group holds
	for i := range many {
		many[i].CidrIp = text("10.9." + strconv.Itoa(i) + ".0/24")
	}
	g.want("RulesPerSecurityGroupLimitExceeded")(g.ec2.AuthorizeSecurityGroupIngress(g.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group,
		IpPermissions: []ec2types.IpPermission{{IpProtocol: text("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), IpRanges: many}}}))
}

func (g *tourist) balancerMistakes() {
	balancer, _ := first(g, func(w *network.World) map[string]*network.LoadBalancer { return w.LoadBalancers })
	listener, _ := first(g, func(w *network.World) map[string]*network.Listener { return w.Listeners })
	g.want("InvalidConfigurationRequest")(g.elb.ModifyLoadBalancerAttributes(g.ctx, &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &balancer,
		Attributes: []elbtypes.LoadBalancerAttribute{{Key: text("load_balancing.cross_zone.enabled"), Value: text("perhaps")}}}))
	g.want("InvalidSecurityGroup")(g.elb.SetSecurityGroups(g.ctx, &elbv2.SetSecurityGroupsInput{LoadBalancerArn: &balancer, SecurityGroups: []string{"sg-0123456789abcdef9"}}))
	g.want("InvalidLoadBalancerAction")(g.elb.ModifyListener(g.ctx, &elbv2.ModifyListenerInput{ListenerArn: &listener,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{StatusCode: text("503")}}}}))
}

func (g *tourist) queueMistakes() {
	found, err := g.queues.GetQueueUrl(g.ctx, &sqs.GetQueueUrlInput{QueueName: &g.stack.Queues[0].Name})
	g.ok(found, err)
	if err != nil {
		return
	}
	entry := queuetypes.SendMessageBatchRequestEntry{Id: text("a"), MessageBody: text("m")}
	send := func(entries ...queuetypes.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
		return g.queues.SendMessageBatch(g.ctx, &sqs.SendMessageBatchInput{QueueUrl: found.QueueUrl, Entries: entries})
	}
	g.want("AWS.SimpleQueueService.BatchEntryIdsNotDistinct")(send(entry, entry))
	g.want("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")(send(slices.Repeat([]queuetypes.SendMessageBatchRequestEntry{entry}, 11)...))
}
