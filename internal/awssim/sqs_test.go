package awssim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	simsqs "github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// queue creates a queue in s and returns a client and the queue's URL.
func queue(t *testing.T, s *awssim.Sim, settings simsqs.Settings) (*sqs.Client, *string) {
	t.Helper()
	s.Do(func(*network.World) {
		if _, err := s.Queues.Create(settings); err != nil {
			t.Fatal(err)
		}
	})
	client := sqs.NewFromConfig(as(s, awssim.Admin))
	out, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &settings.Name})
	if err != nil {
		t.Fatal(err)
	}
	return client, out.QueueUrl
}

func TestAMessageGoesThroughAQueueWithItsAttributes(t *testing.T) {
	t.Parallel()
	s := start(t)
	client, url := queue(t, s, simsqs.Settings{Name: "q"})
	sent, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("hällo"), DelaySeconds: 900,
		MessageAttributes: map[string]types.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("recheck")}}})
	if err != nil {
		t.Fatal(err) // the client also verifies the digest of the body
	}
	receive := &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}}
	s.Advance(899 * time.Second)
	if got, err := client.ReceiveMessage(t.Context(), receive); err != nil || len(got.Messages) != 0 {
		t.Fatalf("got %d messages and %v before the delay is over", len(got.Messages), err)
	}
	s.Advance(time.Second)
	got, err := client.ReceiveMessage(t.Context(), receive)
	if err != nil || len(got.Messages) != 1 {
		t.Fatalf("got %+v, %v; want one message", got, err)
	}
	m := got.Messages[0]
	if *m.Body != "hällo" || *m.MessageId != *sent.MessageId || *m.MessageAttributes["kind"].StringValue != "recheck" || m.Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("the message is %+v", m)
	}
	if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	attributes, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil || attributes.Attributes["ApproximateNumberOfMessages"] != "0" || attributes.Attributes["ApproximateNumberOfMessagesNotVisible"] != "0" {
		t.Errorf("got %v, %v; want an empty queue", attributes.Attributes, err)
	}
}

func TestABatchIsSentAndDeletedEntryByEntry(t *testing.T) {
	t.Parallel()
	client, url := queue(t, start(t), simsqs.Settings{Name: "q"})
	sent, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("good"), MessageBody: aws.String("a")},
		{Id: aws.String("bad"), MessageBody: aws.String("\x01")},
		{Id: aws.String("late"), MessageBody: aws.String("c"), DelaySeconds: 901},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(sent.Successful) != 1 || *sent.Successful[0].Id != "good" || len(sent.Failed) != 2 || *sent.Failed[0].Code != "InvalidMessageContents" || !sent.Failed[0].SenderFault {
		t.Fatalf("sent %+v", sent)
	}
	got, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url})
	if err != nil {
		t.Fatal(err)
	}
	gone, err := client.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("1"), ReceiptHandle: got.Messages[0].ReceiptHandle}, {Id: aws.String("2"), ReceiptHandle: aws.String("nonsense")},
	}})
	if err != nil || len(gone.Successful) != 1 || len(gone.Failed) != 1 || *gone.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Errorf("deleted %+v, %v; want the first alone", gone, err)
	}
}

func TestQueueErrorsAreThoseOfTheSDK(t *testing.T) {
	t.Parallel()
	client, url := queue(t, start(t), simsqs.Settings{Name: "q"})
	ctx := t.Context()
	_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(*url + "-gone"), MessageBody: aws.String("a")})
	if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok || code(err) != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("sending to no queue: %v (%s)", err, code(err))
	}
	_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: aws.String("nonsense")})
	if _, ok := errors.AsType[*types.ReceiptHandleIsInvalid](err); !ok {
		t.Errorf("deleting by nonsense: %v", err)
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("a"), DelaySeconds: 901})
	if code(err) != "InvalidParameterValue" {
		t.Errorf("a delay of 901 seconds: %v", err)
	}
	entries := make([]types.SendMessageBatchRequestEntry, 11)
	for i := range entries {
		entries[i] = types.SendMessageBatchRequestEntry{Id: aws.String(string(rune('a' + i))), MessageBody: aws.String("a")}
	}
	_, err = client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: entries})
	if _, ok := errors.AsType[*types.TooManyEntriesInBatchRequest](err); !ok {
		t.Errorf("a batch of eleven: %v", err)
	}
	entries[1].Id = entries[0].Id
	_, err = client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: entries[:2]})
	if _, ok := errors.AsType[*types.BatchEntryIdsNotDistinct](err); !ok {
		t.Errorf("a batch with one ID twice: %v", err)
	}
}

func TestAListOfQueuesTakesNoTokenOfNobodys(t *testing.T) {
	t.Parallel()
	client, _ := queue(t, start(t), simsqs.Settings{Name: "q"})
	if _, err := client.ListQueues(t.Context(), &sqs.ListQueuesInput{NextToken: aws.String("nonsense")}); code(err) != "InvalidParameterValue" {
		t.Errorf("got %v, want InvalidParameterValue", err)
	}
}
