//go:build e2e

package usertools

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// redrive follows the runbook: a message to on-call fails five times and is put aside, the
// reason goes, and the runbook's command sends the message back.
func (s *suite) redrive(t *testing.T) {
	template, err := os.ReadFile(filepath.Join(e2e.Root(), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sim := awssim.New(awssim.Options{})
	t.Cleanup(sim.Close)
	var tries, heard atomic.Int64
	var mended atomic.Bool
	notify := func(_ context.Context, payload []byte) ([]byte, error) {
		if !strings.Contains(string(payload), "an order to tell") {
			return nil, nil
		}
		tries.Add(1)
		if !mended.Load() {
			return nil, errors.New("the topic is gone")
		}
		heard.Add(1)
		return nil, nil
	}
	idle := func(context.Context, []byte) ([]byte, error) { return nil, nil }
	if _, err := sim.Deploy(template, map[string]string{"Mode": "observe"}, map[string]awssim.Function{
		"NotifyFunction": notify, "DiagnoseFunction": idle, "RemediateFunction": idle}); err != nil {
		t.Fatal(err)
	}
	sh := s.shellOf(t, sim)
	queue := func(part string) string {
		return strings.TrimSpace(sh.must(t, `aws sqs --endpoint-url $AWS_ENDPOINT_URL list-queues --query "QueueUrls[?contains(@,'`+part+`')]|[0]" --output text`))
	}
	waiting := func(url string) string {
		return strings.TrimSpace(sh.must(t, "aws sqs --endpoint-url $AWS_ENDPOINT_URL get-queue-attributes --queue-url "+url+
			" --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages --output text"))
	}
	sh.must(t, "aws sqs --endpoint-url $AWS_ENDPOINT_URL send-message --queue-url "+queue("NoticeQueue")+" --message-body 'an order to tell'")
	sim.Advance(time.Hour)
	dead := queue("NoticeDeadLetter")
	if got := waiting(dead); got != "1" || tries.Load() != 5 {
		t.Fatalf("%s messages are put aside after %d tries, want 1 after 5", got, tries.Load())
	}
	mended.Store(true)
	arn := strings.TrimSpace(sh.must(t, "aws sqs --endpoint-url $AWS_ENDPOINT_URL get-queue-attributes --queue-url "+dead+" --attribute-names QueueArn --query Attributes.QueueArn --output text"))
	command := strings.Replace(runbook(t), "<ARN of the dead-letter queue>", arn, 1)
	// Version 1 of the AWS CLI has an endpoint of its own for SQS.
	sh.must(t, command+" --endpoint-url $AWS_ENDPOINT_URL")
	sim.Advance(10 * time.Minute)
	if got := waiting(dead); got != "0" || heard.Load() != 1 {
		t.Errorf("%s messages are still put aside and %d were told, want 0 and 1", got, heard.Load())
	}
	listed := sh.must(t, "aws sqs --endpoint-url $AWS_ENDPOINT_URL list-message-move-tasks --source-arn "+arn+" --query 'Results[0].[Status,ApproximateNumberOfMessagesMoved]' --output text")
	if listed != "COMPLETED\t1\n" {
		t.Errorf("the task is %q", listed)
	}
	again := strings.Replace(runbook(t), "<ARN of the dead-letter queue>", arn, 1)
	sh.must(t, again+" --endpoint-url $AWS_ENDPOINT_URL") // a repeat changes nothing
	sim.Advance(10 * time.Minute)
	if heard.Load() != 1 {
		t.Errorf("%d messages were told after a repeat, want 1", heard.Load())
	}
}

// runbook returns the command that docs/operations.md gives for it.
func runbook(t *testing.T) string {
	t.Helper()
	for _, c := range documented(t) {
		if strings.HasPrefix(c.command, "aws sqs start-message-move-task ") {
			return c.command
		}
	}
	t.Fatal("docs/operations.md says nothing of aws sqs start-message-move-task")
	return ""
}
