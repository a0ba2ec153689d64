//go:build e2e

package runtime_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// delivery writes a batch as Lambda delivers it: message i has the ID "message-i".
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
func delivery(t *testing.T, queueARN string, bodies ...string) []byte {
	t.Helper()
	records := []map[string]any{}
	for i, body := range bodies {
		sum := md5.Sum([]byte(body))
		sent := time.Now().UnixMilli()
		records = append(records, map[string]any{
			"messageId":     message(i),
			"receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a" + strconv.Itoa(i),
			"body":          body,
			"attributes": map[string]string{
				"ApproximateReceiveCount": "1", "SentTimestamp": strconv.FormatInt(sent, 10),
				"SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": strconv.FormatInt(sent+2, 10),
			},
			"messageAttributes": map[string]any{"origin": map[string]any{
				"stringValue": "test", "stringListValues": []string{}, "binaryListValues": []string{}, "dataType": "String"}},
			"md5OfBody": hex.EncodeToString(sum[:]), "eventSource": "aws:sqs", "eventSourceARN": queueARN, "awsRegion": "eu-central-1",
		})
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func message(i int) string { return fmt.Sprintf("message-%d", i) }

// The queue from which a batch says to come; no function reads it.
const someQueue = "arn:aws:sqs:eu-central-1:111122223333:some-queue"

// sample reads a file of events/signals and replaces the key store's ID and the times.
func sample(t *testing.T, name, keyStore string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(e2e.Root(), "events", "signals", name))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	text := strings.ReplaceAll(string(body), "cks-1234567890abcdef0", keyStore)
	for _, field := range []string{"time", "eventTime"} {
		_, rest, found := strings.Cut(text, `"`+field+`": "`)
		if found {
			text = strings.ReplaceAll(text, `"`+field+`": "`+rest[:strings.IndexByte(rest, '"')], `"`+field+`": "`+now)
		}
	}
	return text
}

// lookAt asks for one look at a key store: a re-check of no incident.
func lookAt(keyStore string) string {
	return fmt.Sprintf(`{"id":"look-%s","source":"xks-remediator","detail-type":"Recheck","account":"111122223333","region":"eu-central-1",`+
		`"time":%q,"detail":{"subject":"key-store/%s","incident":"","generation":0}}`, keyStore, time.Now().UTC().Format(time.RFC3339), keyStore)
}

// envelope writes an event as EventBridge hands it to a queue.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
func envelope(t *testing.T, e eventbridge.Event) string {
	t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
