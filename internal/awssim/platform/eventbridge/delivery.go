package eventbridge

import (
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// principal is how EventBridge presents itself to a queue's policy.
const principal = "events.amazonaws.com"

// Dropped is an event that reached neither its target nor a dead-letter queue.
type Dropped struct {
	Rule, Target string // name and ARN
	Event        Event
	Reason       string
}

// Dropped returns what was lost for want of a target, of a permission or of a
// dead-letter queue.
func (b *Buses) Dropped() []Dropped { return slices.Clone(b.dropped) }

// send schedules the deliveries of e to each target of r.
func (b *Buses) send(r *Rule, e Event) {
	for _, target := range r.Targets {
		delays := []time.Duration{b.Delay}
		if b.Deliveries != nil {
			delays = b.Deliveries(r.Name, e)
		}
		for _, delay := range delays {
			b.account.Clock.After(delay, "eventbridge: "+r.Name+" delivers", func() { b.deliver(r, target, e) })
		}
	}
}

// deliver puts e on the target queue. A missing queue or permission goes to the target's
// dead-letter queue without another try.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
func (b *Buses) deliver(r *Rule, t Target, e Event) {
	body := t.Input
	if body == "" {
		body = string(e.text())
	}
	code, reason := b.enqueue(r, t.ARN, sqs.Message{Body: body})
	if code == "" {
		return
	}
	attributes := map[string]sqs.Attribute{
		"RULE_ARN": sqs.Text(r.arn), "TARGET_ARN": sqs.Text(t.ARN),
		"ERROR_CODE": sqs.Text(code), "ERROR_MESSAGE": sqs.Text(reason),
	}
	if t.DeadLetters != "" {
		failed, why := b.enqueue(r, t.DeadLetters, sqs.Message{Body: body, Attributes: attributes})
		if failed == "" {
			return
		}
		reason += "; dead-letter queue: " + why
	}
	b.dropped = append(b.dropped, Dropped{Rule: r.Name, Target: t.ARN, Event: e, Reason: reason})
}

// enqueue sends m where the queue exists and admits the rule, else it says why not.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
func (b *Buses) enqueue(r *Rule, arn string, m sqs.Message) (code, reason string) {
	q := b.queues.ByARN(arn)
	if q == nil {
		return "NO_RESOURCE", "the queue " + arn + " does not exist"
	}
	if !q.Admits(principal, r.arn) {
		return "NO_PERMISSIONS", "the policy of queue " + q.Name + " does not let " + principal + " send for " + r.arn
	}
	m.Sender = principal
	q.Send(m, q.Delay)
	return "", ""
}
