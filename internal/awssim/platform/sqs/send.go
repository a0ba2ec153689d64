package sqs

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

const maxDelay = 15 * time.Minute

// An entry is what SendMessage and one entry of SendMessageBatch have in common.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
type entry struct {
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]Attribute
	MessageSystemAttributes map[string]Attribute
	MessageGroupId          string
	MessageDeduplicationId  string
}

type sendInput struct {
	queueAddress
	entry
}

type sendOutput struct {
	MessageId              string
	MD5OfMessageBody       string
	MD5OfMessageAttributes string `json:",omitempty"`
}

func (s *Queues) sendMessage(c *engine.Call, q *Queue, in sendInput) (any, error) {
	sent, err := q.accept(c.Principal, in.entry)
	if err != nil {
		return nil, err
	}
	return sent, nil
}

// accept checks one entry and puts it on the queue.
func (q *Queue) accept(from engine.Principal, e entry) (*sendOutput, error) {
	if err := sendable(e.MessageBody); err != nil {
		return nil, err
	}
	delay := q.Delay
	if e.DelaySeconds != nil {
		delay = time.Duration(*e.DelaySeconds) * time.Second
	}
	if delay < 0 || delay > maxDelay {
		return nil, invalid("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", *e.DelaySeconds)
	}
	m := q.Send(Message{Body: e.MessageBody, Attributes: e.MessageAttributes, Sender: from.KeyID}, delay)
	return &sendOutput{MessageId: m.ID, MD5OfMessageBody: m.MD5(), MD5OfMessageAttributes: attributesMD5(m.Attributes)}, nil
}

type sendBatchInput struct {
	queueAddress
	Entries []struct {
		batchID
		entry
	}
}

type sendBatchOutput struct {
	Successful []sentEntry
	Failed     []failedEntry
}

type sentEntry struct {
	batchID
	sendOutput
}

func (s *Queues) sendBatch(c *engine.Call, q *Queue, in sendBatchInput) (any, error) {
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.Id
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	out := &sendBatchOutput{Successful: []sentEntry{}, Failed: []failedEntry{}}
	for _, e := range in.Entries {
		sent, err := q.accept(c.Principal, e.entry)
		if err != nil {
			out.Failed = append(out.Failed, failed(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, sentEntry{e.batchID, *sent})
	}
	return out, nil
}
