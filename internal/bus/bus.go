// Package bus puts lifecycle events on the product's EventBridge bus, and sends delayed
// looks to the re-check queue. It says of each event whether AWS took it; what was not taken
// stays in the sender's outbox.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

const (
	// maxEntries is how many events a PutEvents call takes.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
	maxEntries = 10
	// maxBytes bounds one call, and so one event. AWS takes 256 KB, and the queues behind the
	// bus take as much with the envelope that EventBridge puts around an event.
	maxBytes = 240_000
	// maxDelay is how long SQS holds a message back at most.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
	maxDelay = 900 * time.Second
)

// A Bus is the product's event bus and its queue of delayed looks. It is safe for
// concurrent use.
type Bus struct {
	events *eventbridge.Client
	queues *sqs.Client
	name   string
	queue  string
}

// New returns the bus of a name or ARN, with the re-check queue of a URL.
func New(cfg aws.Config, name, queueURL string) *Bus {
	return &Bus{events: eventbridge.NewFromConfig(cfg), queues: sqs.NewFromConfig(cfg), name: name, queue: queueURL}
}

// Put puts events on the bus and returns, for each in order, nil where the bus accepted it.
// An event that is no valid one is not put: its readers would drop it. One that is too large
// for EventBridge is put without parts of its evidence, and says so.
func (b *Bus) Put(ctx context.Context, all []lifecycle.Event) []error {
	errs := make([]error, len(all))
	var call batch
	for i, e := range all {
		entry, err := b.entry(e)
		if err != nil {
			errs[i] = fmt.Errorf("putting event %d of incident %s: %w", e.Sequence, e.Incident, err)
			continue
		}
		if !call.takes(entry) {
			b.send(ctx, &call, errs)
		}
		call.add(i, entry)
	}
	b.send(ctx, &call, errs)
	return errs
}

func (b *Bus) entry(e lifecycle.Event) (types.PutEventsRequestEntry, error) {
	if err := e.Validate(); err != nil {
		return types.PutEventsRequestEntry{}, err
	}
	detail, err := json.Marshal(lifecycle.Fit(e, maxBytes-len(e.Type)-len(lifecycle.Source)-timeBytes))
	if err != nil {
		return types.PutEventsRequestEntry{}, fmt.Errorf("writing it as JSON: %w", err)
	}
	return types.PutEventsRequestEntry{
		EventBusName: &b.name, Source: new(lifecycle.Source), DetailType: new(string(e.Type)),
		Detail: new(string(detail)), Time: &e.Time,
	}, nil
}

// timeBytes is what EventBridge counts for an entry's time.
const timeBytes = 14

// A batch is the entries of one call, and where they stand among all events.
type batch struct {
	entries []types.PutEventsRequestEntry
	indexes []int
	bytes   int
}

func sizeOf(e types.PutEventsRequestEntry) int {
	return len(*e.Source) + len(*e.DetailType) + len(*e.Detail) + timeBytes
}

func (b *batch) takes(e types.PutEventsRequestEntry) bool {
	return len(b.entries) < maxEntries && b.bytes+sizeOf(e) <= maxBytes
}

func (b *batch) add(index int, e types.PutEventsRequestEntry) {
	b.entries, b.indexes, b.bytes = append(b.entries, e), append(b.indexes, index), b.bytes+sizeOf(e)
}

// send makes the call for a batch, notes what was not accepted, and empties the batch.
// EventBridge answers 200 also where it refused entries, and the SDK does not retry those.
func (b *Bus) send(ctx context.Context, call *batch, errs []error) {
	if len(call.entries) == 0 {
		return
	}
	out, err := b.events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: call.entries})
	for i, index := range call.indexes {
		switch {
		case err != nil:
			errs[index] = fmt.Errorf("putting events on bus %s: %w", b.name, awserr.WithAction(err, "events:PutEvents", b.name))
		case i >= len(out.Entries):
			errs[index] = fmt.Errorf("putting events on bus %s: %w", b.name, errNoAnswer)
		case out.FailedEntryCount > 0 && aws.ToString(out.Entries[i].ErrorCode) != "":
			errs[index] = fmt.Errorf("putting events on bus %s: %s: %s", b.name, *out.Entries[i].ErrorCode, aws.ToString(out.Entries[i].ErrorMessage))
		}
	}
	*call = batch{}
}

var errNoAnswer = errors.New("EventBridge said nothing of this event")

// Recheck sends a delayed look to the queue. SQS delays by whole seconds, 900 at most: a
// part of a second counts as one, and a longer delay is cut.
func (b *Bus) Recheck(ctx context.Context, body []byte, delay time.Duration) error {
	delay = min(max(delay, 0), maxDelay)
	whole := int32((delay + time.Second - 1) / time.Second)
	_, err := b.queues.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &b.queue, MessageBody: new(string(body)), DelaySeconds: whole,
	})
	if err != nil {
		return fmt.Errorf("sending a re-check in %d s: %w", whole, awserr.WithAction(err, "sqs:SendMessage", b.queue))
	}
	return nil
}
