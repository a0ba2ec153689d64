//go:build e2e

package wire

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	tabletypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	topictypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queuetypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func (g *tourist) seeTables() {
	table := &g.stack.Tables[0].Name
	key := map[string]tabletypes.AttributeValue{"pk": &tabletypes.AttributeValueMemberS{Value: "TOUR#ü"}, "sk": &tabletypes.AttributeValueMemberS{Value: "1"}}
	item := map[string]tabletypes.AttributeValue{"pk": key["pk"], "sk": key["sk"],
		"n": &tabletypes.AttributeValueMemberN{Value: "12.5"}, "b": &tabletypes.AttributeValueMemberB{Value: []byte{0, 255}},
		"t": &tabletypes.AttributeValueMemberBOOL{Value: true}, "z": &tabletypes.AttributeValueMemberNULL{Value: true},
		"l": &tabletypes.AttributeValueMemberL{Value: []tabletypes.AttributeValue{&tabletypes.AttributeValueMemberS{Value: ""}}},
		"m": &tabletypes.AttributeValueMemberM{Value: map[string]tabletypes.AttributeValue{}}, "s": &tabletypes.AttributeValueMemberSS{Value: []string{"a", "b"}}}
	g.ok(g.tables.ListTables(g.ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(1)}))
	g.ok(g.tables.DescribeTable(g.ctx, &dynamodb.DescribeTableInput{TableName: table}))
	g.ok(g.tables.DescribeTimeToLive(g.ctx, &dynamodb.DescribeTimeToLiveInput{TableName: table}))
	g.ok(g.tables.PutItem(g.ctx, &dynamodb.PutItemInput{TableName: table, Item: item}))
	g.want("ConditionalCheckFailedException")(g.tables.PutItem(g.ctx, &dynamodb.PutItemInput{TableName: table, Item: item,
		ConditionExpression: text("attribute_not_exists(pk)"), ReturnValuesOnConditionCheckFailure: tabletypes.ReturnValuesOnConditionCheckFailureAllOld}))
	g.ok(g.tables.GetItem(g.ctx, &dynamodb.GetItemInput{TableName: table, Key: key, ConsistentRead: aws.Bool(true)}))
	g.ok(g.tables.UpdateItem(g.ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key, UpdateExpression: text("SET #n = #n + :one REMOVE z"),
		ExpressionAttributeNames:  map[string]string{"#n": "n"},
		ExpressionAttributeValues: map[string]tabletypes.AttributeValue{":one": &tabletypes.AttributeValueMemberN{Value: "1"}}, ReturnValues: tabletypes.ReturnValueAllNew}))
	g.ok(g.tables.Query(g.ctx, &dynamodb.QueryInput{TableName: table, KeyConditionExpression: text("pk = :pk"),
		ExpressionAttributeValues: map[string]tabletypes.AttributeValue{":pk": key["pk"]}}))
	g.ok(g.tables.Scan(g.ctx, &dynamodb.ScanInput{TableName: table}))
	g.ok(g.tables.DeleteItem(g.ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key, ReturnValues: tabletypes.ReturnValueAllOld}))
	g.ok(g.tables.GetItem(g.ctx, &dynamodb.GetItemInput{TableName: table, Key: key}))
	g.want("ResourceNotFoundException")(g.tables.GetItem(g.ctx, &dynamodb.GetItemInput{TableName: text("nobodys-table"), Key: key}))
	g.want("ValidationException")(g.tables.Query(g.ctx, &dynamodb.QueryInput{TableName: table, KeyConditionExpression: text("pk ! :pk")}))
}

func (g *tourist) seeQueues() {
	name := &g.stack.Queues[0].Name
	found, err := g.queues.GetQueueUrl(g.ctx, &sqs.GetQueueUrlInput{QueueName: name})
	g.ok(found, err)
	if err != nil {
		return
	}
	url := found.QueueUrl
	g.ok(g.queues.ListQueues(g.ctx, &sqs.ListQueuesInput{}))
	g.want("AWS.SimpleQueueService.NonExistentQueue")(g.queues.GetQueueUrl(g.ctx, &sqs.GetQueueUrlInput{QueueName: text("nobodys-queue")}))
	g.ok(g.queues.GetQueueAttributes(g.ctx, &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []queuetypes.QueueAttributeName{queuetypes.QueueAttributeNameAll}}))
	g.ok(g.queues.PurgeQueue(g.ctx, &sqs.PurgeQueueInput{QueueUrl: url}))
	g.ok(g.queues.SendMessage(g.ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: text("grüße <&>"),
		MessageAttributes: map[string]queuetypes.MessageAttributeValue{"kind": {DataType: text("String"), StringValue: text("tour")}}}))
	g.ok(g.queues.SendMessageBatch(g.ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []queuetypes.SendMessageBatchRequestEntry{
		{Id: text("a"), MessageBody: text("one")}, {Id: text("b"), MessageBody: text("two"), DelaySeconds: 9}, {Id: text("c"), MessageBody: text("three"), DelaySeconds: 901}}}))
	g.want("AWS.SimpleQueueService.EmptyBatchRequest")(g.queues.SendMessageBatch(g.ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []queuetypes.SendMessageBatchRequestEntry{}}))
	got, err := g.queues.ReceiveMessage(g.ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []queuetypes.MessageSystemAttributeName{queuetypes.MessageSystemAttributeNameAll}})
	g.ok(got, err)
	if err != nil || len(got.Messages) < 2 {
		g.t.Errorf("the tour: %d messages were received (%v)", len(got.Messages), err)
		return
	}
	handle := got.Messages[0].ReceiptHandle
	g.ok(g.queues.ChangeMessageVisibility(g.ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: 90}))
	g.ok(g.queues.DeleteMessage(g.ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: handle}))
	g.ok(g.queues.DeleteMessageBatch(g.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: []queuetypes.DeleteMessageBatchRequestEntry{
		{Id: text("a"), ReceiptHandle: got.Messages[1].ReceiptHandle}, {Id: text("b"), ReceiptHandle: text("nonsense")}}}))
	g.want("ReceiptHandleIsInvalid")(g.queues.DeleteMessage(g.ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: text("nonsense")}))
	g.ok(g.queues.ReceiveMessage(g.ctx, &sqs.ReceiveMessageInput{QueueUrl: url}))
	g.moveMessages()
}

// moveMessages sends back what is in a dead-letter queue, as the runbook says.
func (g *tourist) moveMessages() {
	var dead, other string
	g.sim.Do(func(*network.World) {
		for _, q := range g.sim.Queues.All() {
			if q.Settings.DeadLetters != "" {
				dead, other = q.Settings.DeadLetters, q.ARN
			}
		}
	})
	g.ok(g.queues.StartMessageMoveTask(g.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &dead, MaxNumberOfMessagesPerSecond: aws.Int32(10)}))
	g.want("AWS.SimpleQueueService.UnsupportedOperation")(g.queues.StartMessageMoveTask(g.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &dead}))
	g.want("InvalidParameterValue")(g.queues.StartMessageMoveTask(g.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &other}))
	g.want("ResourceNotFoundException")(g.queues.StartMessageMoveTask(g.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: text(dead + "0")}))
	g.ok(g.queues.ListMessageMoveTasks(g.ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &dead, MaxResults: aws.Int32(10)}))
}

func (g *tourist) seeTopics() {
	topic := &g.stack.Topics[0].ARN
	g.ok(g.topics.ListTopics(g.ctx, &sns.ListTopicsInput{}))
	g.ok(g.topics.GetTopicAttributes(g.ctx, &sns.GetTopicAttributesInput{TopicArn: topic}))
	g.ok(g.topics.Subscribe(g.ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: text("email"), Endpoint: text("on-call@example.com")}))
	g.ok(g.topics.Subscribe(g.ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: text("https"), Endpoint: text("https://pager.example.com/x"), ReturnSubscriptionArn: true}))
	g.ok(g.topics.ListSubscriptionsByTopic(g.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: topic}))
	g.want("InvalidParameter")(g.topics.ConfirmSubscription(g.ctx, &sns.ConfirmSubscriptionInput{TopicArn: topic, Token: text("nonsense")}))
	g.ok(g.topics.Publish(g.ctx, &sns.PublishInput{TopicArn: topic, Subject: text("tour"), Message: text("grüße <&>"),
		MessageAttributes: map[string]topictypes.MessageAttributeValue{"kind": {DataType: text("String"), StringValue: text("tour")}}}))
	g.want("NotFound")(g.topics.GetTopicAttributes(g.ctx, &sns.GetTopicAttributesInput{TopicArn: text(*topic + "-nobodys")}))
	g.ok(g.sts.GetCallerIdentity(g.ctx, &sts.GetCallerIdentityInput{}))
}

func (g *tourist) seeEvents() {
	rule := g.stack.Rules[0]
	g.ok(g.events.ListEventBuses(g.ctx, &eventbridge.ListEventBusesInput{}))
	g.ok(g.events.DescribeEventBus(g.ctx, &eventbridge.DescribeEventBusInput{}))
	g.ok(g.events.DescribeEventBus(g.ctx, &eventbridge.DescribeEventBusInput{Name: &g.stack.Buses[0].Name}))
	g.ok(g.events.ListRules(g.ctx, &eventbridge.ListRulesInput{EventBusName: &rule.Bus, Limit: aws.Int32(2)}))
	g.ok(g.events.DescribeRule(g.ctx, &eventbridge.DescribeRuleInput{Name: &rule.Name, EventBusName: &rule.Bus}))
	g.ok(g.events.ListTargetsByRule(g.ctx, &eventbridge.ListTargetsByRuleInput{Rule: &rule.Name, EventBusName: &rule.Bus}))
	g.want("ResourceNotFoundException")(g.events.DescribeRule(g.ctx, &eventbridge.DescribeRuleInput{Name: text("nobodys-rule")}))
	g.ok(g.events.PutEvents(g.ctx, &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
		{Source: text("tour"), DetailType: text("Tour"), Detail: text(`{"a":1}`), Time: aws.Time(g.sim.Now()), Resources: []string{"arn:aws:s3:::b"}},
		{Source: text("tour"), DetailType: text("Tour"), Detail: text(`no JSON`)},
	}}))
}
