package lambda

import (
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// A Mapping feeds a function from a queue.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
type Mapping struct {
	Function       string // logical ID
	Queue          string // ARN
	BatchSize      int    // 0 means 10
	Window         time.Duration
	ReportFailures bool // FunctionResponseTypes has ReportBatchItemFailures
	MaxConcurrency int  // 0 means no limit of its own
	Disabled       bool
}

// A poller is a mapping at work.
type poller struct {
	Mapping
	lambda   *Lambda
	function *Function
	queue    *sqs.Queue
	awake    bool // a poll is due
	inFlight int
}

// startingBatches is how many batches Lambda works on at first.
const startingBatches = 5

func (m Mapping) check(f *Function, q *sqs.Queue) error {
	const maxBatch, freeBatch, maxWindow = 10000, 10, 300 * time.Second
	switch {
	case m.BatchSize < 1 || m.BatchSize > maxBatch:
		return fmt.Errorf("the batch size %d is not between 1 and %d", m.BatchSize, maxBatch)
	case m.Window < 0 || m.Window > maxWindow:
		return fmt.Errorf("the batch window %s is not between 0 and 300 seconds", m.Window)
	case m.BatchSize > freeBatch && m.Window < time.Second:
		return fmt.Errorf("the batch size %d needs a batch window of at least one second", m.BatchSize)
	case m.MaxConcurrency != 0 && (m.MaxConcurrency < 2 || m.MaxConcurrency > 1000):
		return fmt.Errorf("the maximum concurrency %d is not between 2 and 1000", m.MaxConcurrency)
	case q.VisibilityTimeout < f.Timeout:
		return fmt.Errorf("the queue's visibility timeout %s is less than the function's timeout %s", q.VisibilityTimeout, f.Timeout)
	}
	return nil
}

// wake has the mapping poll after the window, or nearly at once without one.
func (p *poller) wake() {
	delay := p.lambda.PollDelay
	if p.Window > 0 {
		delay = p.Window
	}
	p.wakeAfter(delay)
}

func (p *poller) wakeAfter(delay time.Duration) {
	if p.awake || p.Disabled {
		return
	}
	p.awake = true
	p.lambda.account.Clock.After(delay, "lambda: "+p.Function+" polls "+p.queue.Name, p.poll)
}

// poll makes an invocation of each batch, as many as may be in flight.
func (p *poller) poll() {
	p.awake = false
	if err := p.permitted(); err != nil {
		p.lambda.note(Outcome{Function: p.Function, Time: p.lambda.account.Now(), Err: err})
		return
	}
	for p.inFlight < p.limit() {
		batch := p.queue.Receive(p.BatchSize, p.queue.VisibilityTimeout)
		if len(batch) == 0 {
			return
		}
		p.inFlight++
		p.lambda.ready = append(p.lambda.ready, p.invocation(batch))
	}
}

func (p *poller) limit() int {
	switch {
	case !p.lambda.Concurrent:
		return 1
	case p.MaxConcurrency > 0:
		return p.MaxConcurrency
	}
	return startingBatches
}

// permitted says whether the function's role lets the mapping work.
func (p *poller) permitted() error {
	if p.lambda.Authorize == nil {
		return nil
	}
	for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
		if err := p.lambda.Authorize(p.Function, action, p.queue.ARN); err != nil {
			return fmt.Errorf("polling %s for %s: %w", p.queue.Name, p.Function, err)
		}
	}
	return nil
}

// finish takes what was done off the queue. What failed comes back by itself when its
// visibility timeout is over.
func (p *poller) finish(inv *Invocation) Outcome {
	p.inFlight--
	o := Outcome{Function: p.Function, RequestID: inv.request.ID, Time: inv.at, Err: inv.err}
	failed, err := failures(p.ReportFailures, inv)
	if err != nil && o.Err == nil {
		o.Err = err
	}
	for _, m := range inv.batch {
		o.Messages = append(o.Messages, m.ID)
		if failed[m.ID] {
			o.Failed = append(o.Failed, m.ID)
			continue
		}
		p.queue.Delete(m.Receipt)
	}
	p.wakeAfter(0)
	return o
}
