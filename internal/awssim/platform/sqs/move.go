package sqs

import (
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// A moveTask sends a dead-letter queue's messages back to where they came from.
type moveTask struct {
	source, destination string // ARNs; the destination is empty for each message's own queue
	handle              string
	started             time.Time
	toMove, moved       int
	done                bool
}

// moveTime is how long a task runs before it has moved everything.
const moveTime = time.Second

type moveInput struct {
	SourceArn, DestinationArn    string
	MaxNumberOfMessagesPerSecond *int
}

type moveOutput struct{ TaskHandle string }

// resource is the queue that IAM judges both operations on.
func (in moveInput) resource() []engine.Resource  { return platform.Resource(in.SourceArn) }
func (in movesInput) resource() []engine.Resource { return platform.Resource(in.SourceArn) }
func ofSource[In interface{ resource() []engine.Resource }](_ *engine.Call, in In) []engine.Resource {
	return in.resource()
}

// startMove begins to move what can be received now. What was moved is a new message: another
// ID, no receives, retained from now on.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
func (s *Queues) startMove(_ *engine.Call, in moveInput) (any, error) {
	dead, err := s.deadLetterQueue(in.SourceArn)
	if err != nil {
		return nil, err
	}
	if in.DestinationArn != "" && s.ByARN(in.DestinationArn) == nil {
		return nil, noSuchResource("DestinationArn")
	}
	if rate := in.MaxNumberOfMessagesPerSecond; rate != nil && (*rate < 1 || *rate > 500) {
		return nil, invalid("Value %d for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500.", *rate)
	}
	if slices.ContainsFunc(s.moves, func(t *moveTask) bool { return t.source == dead.ARN && !t.done }) {
		return nil, unsupported("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
	}
	visible, _, _ := dead.Counts()
	task := &moveTask{source: dead.ARN, destination: in.DestinationArn, handle: s.account.UUID(), started: s.account.Now(), toMove: visible}
	s.moves = append(s.moves, task)
	s.account.Clock.After(moveTime, "sqs: moving messages of "+dead.Name, func() { s.move(task, dead) })
	return &moveOutput{TaskHandle: task.handle}, nil
}

// deadLetterQueue returns the queue with an ARN if it is some queue's dead-letter queue.
func (s *Queues) deadLetterQueue(arn string) (*Queue, error) {
	if arn == "" {
		return nil, missing("SourceArn")
	}
	dead := s.ByARN(arn)
	if dead == nil {
		return nil, noSuchResource("SourceArn")
	}
	if !slices.ContainsFunc(s.All(), func(q *Queue) bool { return q.Settings.DeadLetters == arn }) {
		return nil, invalid("Source queue must be configured as a Dead Letter Queue.")
	}
	return dead, nil
}

func (s *Queues) move(task *moveTask, dead *Queue) {
	dead.expire()
	for _, m := range slices.Clone(dead.messages) {
		to := s.ByARN(m.Origin)
		if task.destination != "" {
			to = s.ByARN(task.destination)
		}
		if to == nil || m.visible.After(s.account.Now()) {
			continue // sent here by hand, or in somebody's hands
		}
		dead.remove(m)
		to.Send(Message{Body: m.Body, Attributes: m.Attributes, Sender: m.Sender}, 0)
		task.moved++
	}
	task.done = true
}

type movesInput struct {
	SourceArn  string
	MaxResults *int
}

type movesOutput struct{ Results []moveShown }

// Times are in milliseconds since 1970.
type moveShown struct {
	TaskHandle                        string `json:",omitempty"` // of a task that runs
	Status, SourceArn                 string
	DestinationArn                    string `json:",omitempty"`
	ApproximateNumberOfMessagesMoved  int
	ApproximateNumberOfMessagesToMove int
	StartedTimestamp                  int64
}

// listMoves shows the latest tasks of a queue, one where nobody says how many.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
func (s *Queues) listMoves(_ *engine.Call, in movesInput) (any, error) {
	dead, err := s.deadLetterQueue(in.SourceArn)
	if err != nil {
		return nil, err
	}
	most := 1
	if in.MaxResults != nil {
		if most = *in.MaxResults; most < 1 || most > 10 {
			return nil, invalid("Value %d for parameter MaxResults is invalid. Reason: Must be between 1 and 10.", most)
		}
	}
	out := &movesOutput{Results: []moveShown{}}
	for _, t := range slices.Backward(s.moves) {
		if t.source == dead.ARN && len(out.Results) < most {
			out.Results = append(out.Results, t.show())
		}
	}
	return out, nil
}

func (t *moveTask) show() moveShown {
	shown := moveShown{TaskHandle: t.handle, Status: "RUNNING", SourceArn: t.source, DestinationArn: t.destination,
		ApproximateNumberOfMessagesMoved: t.moved, ApproximateNumberOfMessagesToMove: t.toMove, StartedTimestamp: t.started.UnixMilli()}
	if t.done {
		shown.TaskHandle, shown.Status = "", "COMPLETED"
	}
	return shown
}

func noSuchResource(parameter string) *engine.Error {
	return failure("ResourceNotFoundException", "The resource that you specified for the %s parameter doesn't exist.", parameter)
}

func unsupported(message string) *engine.Error {
	return &engine.Error{Code: "UnsupportedOperation", Query: "AWS.SimpleQueueService.UnsupportedOperation", Message: message}
}
