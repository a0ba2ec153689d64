package awssim_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	simsqs "github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

const deadARN = "arn:aws:sqs:eu-central-1:111122223333:dead"

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
func TestDeadLettersGoBackToTheirQueueAsNewMessages(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, dead := queue(t, s, simsqs.Settings{Name: "dead"})
	client, url := queue(t, s, simsqs.Settings{Name: "q", DeadLetters: deadARN, MaxReceives: 1})
	sent, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("order")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: dead, MessageBody: aws.String("by hand")}); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Millisecond) // a message can be received once its arrival is through
	received := func(url *string) []types.Message {
		t.Helper()
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 1,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		return out.Messages
	}
	if got := received(url); len(got) != 1 {
		t.Fatalf("received %d messages, want 1", len(got))
	}
	s.Advance(2 * time.Second)
	if got := received(url); len(got) != 0 {
		t.Fatalf("received %d messages after the last try, want none", len(got))
	}
	started, err := client.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(deadARN)})
	if err != nil || aws.ToString(started.TaskHandle) == "" {
		t.Fatalf("starting: got %+v, %v", started, err)
	}
	_, err = client.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(deadARN)})
	if code(err) != "AWS.SimpleQueueService.UnsupportedOperation" {
		t.Errorf("a second task beside the first: %v", err)
	}
	s.Advance(time.Minute)
	back := received(url)
	if len(back) != 1 || *back[0].Body != "order" || *back[0].MessageId == *sent.MessageId || back[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("what came back is %+v; want the order as a new message", back)
	}
	if left := received(dead); len(left) != 1 || *left[0].Body != "by hand" {
		t.Errorf("the dead-letter queue holds %+v; want what no queue gave up", left)
	}
	tasks, err := client.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(deadARN)})
	if err != nil || len(tasks.Results) != 1 {
		t.Fatalf("tasks: got %+v, %v", tasks, err)
	}
	if r := tasks.Results[0]; *r.Status != "COMPLETED" || r.ApproximateNumberOfMessagesMoved != 1 || r.TaskHandle != nil {
		t.Errorf("the task is %+v", r)
	}
}

func TestMessagesAreMovedOutOfDeadLetterQueuesOnly(t *testing.T) {
	t.Parallel()
	s := start(t)
	queue(t, s, simsqs.Settings{Name: "dead"})
	client, _ := queue(t, s, simsqs.Settings{Name: "q", DeadLetters: deadARN, MaxReceives: 1})
	const other = "arn:aws:sqs:eu-central-1:111122223333:q"
	for name, tt := range map[string]struct {
		in   sqs.StartMessageMoveTaskInput
		want string
	}{
		"a queue that is nobody's dead-letter queue": {sqs.StartMessageMoveTaskInput{SourceArn: aws.String(other)}, "InvalidParameterValue"},
		"a queue that is not":                        {sqs.StartMessageMoveTaskInput{SourceArn: aws.String(other + "0")}, "ResourceNotFoundException"},
		"to a queue that is not":                     {sqs.StartMessageMoveTaskInput{SourceArn: aws.String(deadARN), DestinationArn: aws.String(other + "0")}, "ResourceNotFoundException"},
		"faster than it can be":                      {sqs.StartMessageMoveTaskInput{SourceArn: aws.String(deadARN), MaxNumberOfMessagesPerSecond: aws.Int32(501)}, "InvalidParameterValue"},
		"to another queue":                           {sqs.StartMessageMoveTaskInput{SourceArn: aws.String(deadARN), DestinationArn: aws.String(other)}, ""},
	} {
		if _, err := client.StartMessageMoveTask(t.Context(), &tt.in); code(err) != tt.want {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
		s.Advance(time.Minute)
	}
	_, err := client.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(deadARN), MaxResults: aws.Int32(11)})
	if code(err) != "InvalidParameterValue" {
		t.Errorf("eleven tasks: %v", err)
	}
}
