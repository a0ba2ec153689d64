//go:build e2e

package moto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
	"github.com/xks-remediator/xks-remediator/internal/wiring/diagnoser"
	"github.com/xks-remediator/xks-remediator/internal/wiring/notifier"
	"github.com/xks-remediator/xks-remediator/internal/wiring/remediator"
)

// A stack is what CloudFormation made of the template, as its administrator reads it back.
type stack struct {
	Functions map[string]deployed `json:"functions"`
	Resources map[string]string   `json:"resources"` // physical IDs
	Inbox     string              `json:"inbox"`     // URL of the queue that is subscribed to the topic
}

// A deployed function, as moto's Lambda describes it.
type deployed struct {
	Env         map[string]any    `json:"env"`
	Credentials map[string]string `json:"credentials"` // of a session of its role
	Sources     []source          `json:"sources"`
}

// A source is an event source mapping.
type source struct {
	ARN   string `json:"arn"`
	URL   string `json:"url"`
	Batch int32  `json:"batch"`
}

func (s source) queue() string { return s.ARN[strings.LastIndex(s.ARN, ":")+1:] }

// A poller is Lambda's side of one event source mapping.
type poller struct {
	source
	function string
	handle   lambda.Handler
}

// pollers starts the functions of a stack, and returns what reads their queues, by queue.
func (s stack) pollers(t *testing.T, a *account, log io.Writer) map[string]poller {
	t.Helper()
	all := map[string]poller{}
	now := func() time.Time { return a.time }
	for name, wire := range map[string]func(map[string]string) (any, error){
		"DiagnoseFunction":  started(t.Context(), log, now, func(e boot.Env[diagnose.Config]) any { return diagnoser.New(e).Handle }),
		"RemediateFunction": started(t.Context(), log, now, func(e boot.Env[remediate.Config]) any { return remediator.New(e).Handle }),
		"NotifyFunction":    started(t.Context(), log, now, func(e boot.Env[notify.Config]) any { return notifier.New(e).Handle }),
	} {
		f := s.Functions[name]
		handle, err := wire(f.environ(a.url))
		if err != nil {
			t.Fatalf("starting %s from the environment that moto stored: %v", name, err)
		}
		for _, from := range f.Sources {
			all[from.queue()] = poller{source: from, function: name, handle: lambda.NewHandler(handle)}
		}
	}
	return all
}

// started starts a function as Lambda does: from its environment alone.
func started[C any](ctx context.Context, log io.Writer, now func() time.Time, wire func(boot.Env[C]) any) func(map[string]string) (any, error) {
	return func(environ map[string]string) (any, error) {
		env, err := boot.LoadFrom[C](environ, log, now)
		if err != nil {
			return nil, err
		}
		return wire(env), nil
	}
}

// environ is a function's process environment: its own variables, and those that Lambda sets.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (f deployed) environ(url string) map[string]string {
	environ := map[string]string{"AWS_REGION": region, "AWS_ENDPOINT_URL": url}
	maps.Copy(environ, f.Credentials)
	for name, value := range f.Env {
		environ[name] = fmt.Sprint(value) // the template's numbers are text to a process
	}
	return environ
}

var errLost = errors.New("receiving a batch")

// poll receives one batch, invokes the function, and deletes what it did not report as failed.
// It returns the bodies that were received. A function that ends with an error fails the whole
// batch, which comes back after the queue's visibility timeout; so does a batch whose answer is
// lost on its way, which is errLost.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (p poller) poll(ctx context.Context, client *sqs.Client) (bodies []string, err error) {
	got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &p.URL, MaxNumberOfMessages: p.Batch,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("%w of %s: %w", errLost, p.queue(), err)
	}
	event := events.SQSEvent{}
	for _, m := range got.Messages {
		bodies = append(bodies, aws.ToString(m.Body))
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Md5OfBody: aws.ToString(m.MD5OfBody), Attributes: m.Attributes, MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSource: "aws:sqs", EventSourceARN: p.ARN, AWSRegion: region,
		})
	}
	if len(event.Records) == 0 {
		return nil, nil
	}
	failed, err := p.invoke(ctx, event)
	if err != nil {
		return bodies, err
	}
	for _, m := range got.Messages {
		if slices.Contains(failed, aws.ToString(m.MessageId)) {
			continue
		}
		if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &p.URL, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return bodies, fmt.Errorf("deleting a message of %s: %w", p.queue(), err)
		}
	}
	return bodies, nil
}

// invoke hands an event to the function and returns the IDs of the messages that failed.
func (p poller) invoke(ctx context.Context, event events.SQSEvent) (failed []string, err error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("writing the event of %s: %w", p.queue(), err)
	}
	answer, err := p.handle.Invoke(ctx, payload)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.function, err)
	}
	var response events.SQSEventResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", p.function, err)
	}
	for _, f := range response.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed, nil
}
