package lambda

import (
	"context"
	"encoding/json"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// An Invocation is one batch on its way through a function. Run it without the
// simulator's lock, then give it to Finish under the lock.
type Invocation struct {
	poller   *poller
	batch    []sqs.Message
	payload  []byte
	request  Request
	at       time.Time
	response []byte
	err      error
}

// An Outcome is how one invocation ended.
type Outcome struct {
	Function  string
	RequestID string
	Time      time.Time // simulated
	Messages  []string  // IDs of the batch
	Failed    []string  // IDs of those that come back
	Err       error     // of the function, of its response, or of the polling itself
}

func (p *poller) invocation(batch []sqs.Message) *Invocation {
	now := p.lambda.account.Now()
	request := Request{ID: p.lambda.account.UUID(), FunctionARN: p.function.ARN, Deadline: now.Add(p.function.Timeout)}
	return &Invocation{poller: p, batch: batch, payload: p.payload(batch), request: request, at: now}
}

// Run runs the function's code.
func (inv *Invocation) Run(ctx context.Context) {
	ctx = context.WithValue(ctx, requestKey{}, inv.request)
	inv.response, inv.err = inv.poller.function.invoke(ctx, inv.payload)
}

// Function returns the logical ID of the function that is invoked.
func (inv *Invocation) Function() string { return inv.poller.Function }

// record is one element of the event that a function receives.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
type record struct {
	MessageID         string               `json:"messageId"`
	ReceiptHandle     string               `json:"receiptHandle"`
	Body              string               `json:"body"`
	Attributes        map[string]string    `json:"attributes"`
	MessageAttributes map[string]attribute `json:"messageAttributes"`
	MD5OfBody         string               `json:"md5OfBody"`
	EventSource       string               `json:"eventSource"`
	EventSourceARN    string               `json:"eventSourceARN"`
	Region            string               `json:"awsRegion"`
}

type attribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

func (p *poller) payload(batch []sqs.Message) []byte {
	var event struct{ Records []record }
	for _, m := range batch {
		r := record{MessageID: m.ID, ReceiptHandle: m.Receipt, Body: m.Body, Attributes: m.System(),
			MessageAttributes: map[string]attribute{}, MD5OfBody: m.MD5(), EventSource: "aws:sqs",
			EventSourceARN: p.queue.ARN, Region: p.lambda.account.Region}
		for name, a := range m.Attributes {
			r.MessageAttributes[name] = attribute{StringValue: a.StringValue, BinaryValue: a.BinaryValue,
				StringListValues: []string{}, BinaryListValues: []string{}, DataType: a.DataType}
		}
		event.Records = append(event.Records, r)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		panic("marshalling an SQS event of strings failed: " + err.Error())
	}
	return payload
}
