package sqs

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Service returns SQS as its clients see it.
func (s *Queues) Service() *engine.Service {
	return &engine.Service{
		Name: "sqs", IAMPrefix: "sqs", Protocol: engine.JSON10, Targets: []string{"AmazonSQS."},
		Operations: map[string]engine.Operation{
			"SendMessage":             platform.DataEvent(onQueue(s, s.sendMessage)),
			"SendMessageBatch":        platform.DataEvent(as("SendMessage", onQueue(s, s.sendBatch))),
			"ReceiveMessage":          platform.DataEvent(onQueue(s, s.receiveMessage)),
			"DeleteMessage":           platform.DataEvent(onQueue(s, s.deleteMessage)),
			"DeleteMessageBatch":      platform.DataEvent(as("DeleteMessage", onQueue(s, s.deleteBatch))),
			"ChangeMessageVisibility": platform.DataEvent(onQueue(s, s.changeVisibility)),
			"GetQueueAttributes":      platform.Read(onQueue(s, s.getAttributes)),
			"PurgeQueue":              onQueue(s, s.purge),
			"GetQueueUrl":             platform.Read(platform.On(s.namedQueue, s.getURL)),
			"ListQueues":              platform.Read(platform.On(nil, s.list)),
			"StartMessageMoveTask":    platform.On(ofSource[moveInput], s.startMove),
			"ListMessageMoveTasks":    platform.Read(platform.On(ofSource[movesInput], s.listMoves)),
		},
	}
}

// addressed is implemented by parameters that name their queue by its URL.
type addressed interface{ queueURL() string }

// onQueue returns an operation on the queue that its parameters name.
func onQueue[In addressed](s *Queues, do func(c *engine.Call, q *Queue, in In) (any, error)) engine.Operation {
	resource := func(_ *engine.Call, in In) []engine.Resource {
		return platform.Resource(s.account.ARN("sqs", nameOf(in.queueURL())))
	}
	return platform.On(resource, func(c *engine.Call, in In) (any, error) {
		if in.queueURL() == "" {
			return nil, missing("QueueUrl")
		}
		q := s.byURL(in.queueURL())
		if q == nil {
			return nil, noSuchQueue()
		}
		return do(c, q, in)
	})
}

// as has IAM judge an operation by another one's action.
func as(action string, o engine.Operation) engine.Operation {
	o.Action = action
	return o
}

type queueAddress struct{ QueueUrl string }

func (a queueAddress) queueURL() string { return a.QueueUrl }

type getURLInput struct{ QueueName, QueueOwnerAWSAccountId string }

type getURLOutput struct{ QueueUrl string }

func (s *Queues) namedQueue(_ *engine.Call, in getURLInput) []engine.Resource {
	return platform.Resource(s.account.ARN("sqs", in.QueueName))
}

func (s *Queues) getURL(_ *engine.Call, in getURLInput) (any, error) {
	q := s.byName[in.QueueName]
	if q == nil {
		return nil, noSuchQueue()
	}
	return &getURLOutput{QueueUrl: q.URL}, nil
}

type listInput struct {
	QueueNamePrefix, NextToken string
	MaxResults                 int
}

type listOutput struct {
	QueueUrls []string `json:",omitempty"`
	NextToken string   `json:",omitempty"`
}

func (s *Queues) list(_ *engine.Call, in listInput) (any, error) {
	if in.NextToken != "" && s.byName[in.NextToken] == nil { // the name of the last queue before
		return nil, invalid("Value %s for parameter NextToken is invalid.", in.NextToken)
	}
	var urls []string
	for _, q := range s.All() {
		if q.Name > in.NextToken && strings.HasPrefix(q.Name, in.QueueNamePrefix) {
			urls = append(urls, q.URL)
		}
	}
	if in.MaxResults > 0 && len(urls) > in.MaxResults {
		urls = urls[:in.MaxResults]
		return &listOutput{QueueUrls: urls, NextToken: nameOf(urls[len(urls)-1])}, nil
	}
	return &listOutput{QueueUrls: urls}, nil
}

type nothing struct{}

func (s *Queues) purge(_ *engine.Call, q *Queue, _ queueAddress) (any, error) {
	q.Purge()
	return &nothing{}, nil
}
