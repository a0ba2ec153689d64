// Package sqs is the simulated Amazon SQS: standard queues with delays, visibility
// timeouts, redrive to a dead-letter queue and retention, all on the simulator's clock.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/welcome.html
package sqs

import (
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Settings are a queue's attributes. A zero VisibilityTimeout and a zero Retention mean
// AWS's defaults, 30 seconds and four days.
type Settings struct {
	Name              string
	Delay             time.Duration
	VisibilityTimeout time.Duration
	Retention         time.Duration
	DeadLetters       string          // ARN of the dead-letter queue; empty for none
	MaxReceives       int             // maxReceiveCount of the redrive policy
	Policies          []engine.Policy // who else may send
}

const (
	defaultVisibility = 30 * time.Second
	defaultRetention  = 4 * 24 * time.Hour
)

// A Queue holds messages until they are deleted, too old, or received too often.
type Queue struct {
	Settings
	ARN, URL string

	account  *platform.Account
	queues   *Queues
	messages []*Message
	arrivals []func()
	receipts int
}

// Admits says whether the queue's own policies let a service send, as
// "events.amazonaws.com" for the rule whose ARN is source.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (q *Queue) Admits(service, source string) bool {
	effect, _ := engine.Evaluate(q.Policies, engine.Request{
		Service: service, Action: "sqs:SendMessage", Resource: q.ARN,
		Context: map[string]string{"aws:SourceArn": source, "aws:SourceAccount": q.account.ID, "aws:PrincipalIsAWSService": "true"},
	})
	return effect == engine.Allow
}

// OnArrival has f called under the simulator's lock each time that a message becomes
// visible, be it new, delayed or returned.
func (q *Queue) OnArrival(f func()) { q.arrivals = append(q.arrivals, f) }

// Send puts a message on the queue after delay and returns it.
func (q *Queue) Send(m Message, delay time.Duration) *Message {
	m.ID = q.account.UUID()
	m.Sent = q.account.Now()
	q.add(&m, delay)
	return &m
}

func (q *Queue) add(m *Message, delay time.Duration) {
	m.visible = q.account.Now().Add(delay)
	q.messages = append(q.messages, m)
	q.announce(delay)
}

func (q *Queue) announce(after time.Duration) {
	q.account.Clock.After(after, "sqs: message visible on "+q.Name, func() {
		for _, f := range q.arrivals {
			f()
		}
	})
}

// Receive takes up to most visible messages, oldest first, and hides them for
// visibility. A message that was received MaxReceives times already goes to the
// dead-letter queue instead.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
func (q *Queue) Receive(most int, visibility time.Duration) []Message {
	q.expire()
	now := q.account.Now()
	var received []Message
	for _, m := range slices.Clone(q.messages) {
		if len(received) == most {
			break
		}
		if m.visible.After(now) || q.redrive(m) {
			continue
		}
		received = append(received, *q.hand(m, visibility))
	}
	return received
}

// hand gives m a new receipt and hides it.
func (q *Queue) hand(m *Message, visibility time.Duration) *Message {
	now := q.account.Now()
	m.Receives++
	if m.FirstReceived.IsZero() {
		m.FirstReceived = now
	}
	q.receipts++
	m.Receipt = receipt(q.Name, m.ID, q.receipts)
	m.visible = now.Add(visibility)
	q.announce(visibility)
	return m
}

// redrive moves m to the dead-letter queue where it was received too often. It keeps the
// time at which it was first sent, as standard queues do.
func (q *Queue) redrive(m *Message) bool {
	dead := q.deadLetters()
	if dead == nil || m.Receives < q.MaxReceives {
		return false
	}
	q.remove(m)
	moved := *m
	moved.Receipt, moved.Origin = "", q.ARN
	dead.add(&moved, 0)
	return true
}

func (q *Queue) deadLetters() *Queue {
	if q.Settings.DeadLetters == "" {
		return nil
	}
	return q.queues.ByARN(q.Settings.DeadLetters)
}

// Delete removes the message that was last received with handle. An older handle of the
// same message removes nothing, and says nothing.
func (q *Queue) Delete(handle string) {
	if m := q.find(handle); m != nil {
		q.remove(m)
	}
}

// Hide changes for how long the message that was last received with handle stays
// invisible; zero returns it at once. It is false where no such message is in flight.
func (q *Queue) Hide(handle string, d time.Duration) bool {
	m := q.find(handle)
	if m == nil || !m.visible.After(q.account.Now()) {
		return false
	}
	m.visible = q.account.Now().Add(d)
	q.announce(d)
	return true
}

// Purge removes every message.
func (q *Queue) Purge() { q.messages = nil }

// Messages returns what the queue holds, visible or not, oldest first.
func (q *Queue) Messages() []Message {
	q.expire()
	all := make([]Message, len(q.messages))
	for i, m := range q.messages {
		all[i] = *m
	}
	return all
}

// Counts returns how many messages can be received now, are in flight, and wait for
// their delay.
func (q *Queue) Counts() (visible, inFlight, delayed int) {
	q.expire()
	now := q.account.Now()
	for _, m := range q.messages {
		switch {
		case !m.visible.After(now):
			visible++
		case m.Receipt != "":
			inFlight++
		default:
			delayed++
		}
	}
	return visible, inFlight, delayed
}

func (q *Queue) find(handle string) *Message {
	for _, m := range q.messages {
		if m.Receipt == handle {
			return m
		}
	}
	return nil
}

func (q *Queue) remove(m *Message) {
	q.messages = slices.DeleteFunc(q.messages, func(other *Message) bool { return other == m })
}

// expire forgets what is older than the retention period.
func (q *Queue) expire() {
	oldest := q.account.Now().Add(-q.Retention)
	q.messages = slices.DeleteFunc(q.messages, func(m *Message) bool { return m.Sent.Before(oldest) })
}
