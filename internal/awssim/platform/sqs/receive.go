package sqs

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

const maxHidden = 12 * time.Hour

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
type receiveInput struct {
	queueAddress
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             int // the answer is immediate: the clock stands still during a call
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	ReceiveRequestAttemptId     string
}

type receiveOutput struct {
	Messages []received `json:",omitempty"`
}

type received struct {
	MessageId, ReceiptHandle, Body, MD5OfBody string
	Attributes                                map[string]string    `json:",omitempty"`
	MessageAttributes                         map[string]Attribute `json:",omitempty"`
	MD5OfMessageAttributes                    string               `json:",omitempty"`
}

func (s *Queues) receiveMessage(_ *engine.Call, q *Queue, in receiveInput) (any, error) {
	most := 1
	if in.MaxNumberOfMessages != nil {
		most = *in.MaxNumberOfMessages
	}
	if most < 1 || most > 10 {
		return nil, invalid("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", most)
	}
	visibility := q.VisibilityTimeout
	if in.VisibilityTimeout != nil {
		visibility = time.Duration(*in.VisibilityTimeout) * time.Second
	}
	if err := checkHidden(visibility); err != nil {
		return nil, err
	}
	out := &receiveOutput{}
	for _, m := range q.Receive(most, visibility) {
		shown := pick(m.Attributes, in.MessageAttributeNames)
		out.Messages = append(out.Messages, received{MessageId: m.ID, ReceiptHandle: m.Receipt, Body: m.Body, MD5OfBody: m.MD5(),
			Attributes:        pick(m.System(), slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)),
			MessageAttributes: shown, MD5OfMessageAttributes: attributesMD5(shown)})
	}
	return out, nil
}

// pick returns the attributes that names ask for: a name, "All", ".*" or "prefix.*".
func pick[V any](all map[string]V, names []string) map[string]V {
	picked := maps.Clone(all)
	maps.DeleteFunc(picked, func(name string, _ V) bool {
		return !slices.ContainsFunc(names, func(asked string) bool {
			prefix, open := strings.CutSuffix(asked, ".*")
			return asked == "All" || asked == name || open && strings.HasPrefix(name, prefix)
		})
	})
	return picked
}

func checkHidden(d time.Duration) error {
	if d < 0 || d > maxHidden {
		return invalid("Value %d for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.", int(d.Seconds()))
	}
	return nil
}

type handleInput struct {
	queueAddress
	ReceiptHandle string
}

func (s *Queues) deleteMessage(_ *engine.Call, q *Queue, in handleInput) (any, error) {
	if !ofQueue(in.ReceiptHandle, q.Name) {
		return nil, badHandle(in.ReceiptHandle)
	}
	q.Delete(in.ReceiptHandle)
	return &nothing{}, nil
}

type deleteBatchInput struct {
	queueAddress
	Entries []struct {
		batchID
		ReceiptHandle string
	}
}

type deleteBatchOutput struct {
	Successful []batchID
	Failed     []failedEntry
}

func (s *Queues) deleteBatch(_ *engine.Call, q *Queue, in deleteBatchInput) (any, error) {
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.Id
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	out := &deleteBatchOutput{Successful: []batchID{}, Failed: []failedEntry{}}
	for _, e := range in.Entries {
		if !ofQueue(e.ReceiptHandle, q.Name) {
			out.Failed = append(out.Failed, failed(e.Id, badHandle(e.ReceiptHandle)))
			continue
		}
		q.Delete(e.ReceiptHandle)
		out.Successful = append(out.Successful, e.batchID)
	}
	return out, nil
}

type changeVisibilityInput struct {
	handleInput
	VisibilityTimeout int
}

func (s *Queues) changeVisibility(_ *engine.Call, q *Queue, in changeVisibilityInput) (any, error) {
	if !ofQueue(in.ReceiptHandle, q.Name) {
		return nil, badHandle(in.ReceiptHandle)
	}
	d := time.Duration(in.VisibilityTimeout) * time.Second
	if err := checkHidden(d); err != nil {
		return nil, err
	}
	if !q.Hide(in.ReceiptHandle, d) {
		return nil, notInFlight(in.ReceiptHandle)
	}
	return &nothing{}, nil
}
