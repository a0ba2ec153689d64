package sqs

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

type attributesInput struct {
	queueAddress
	AttributeNames []string
}

type attributesOutput struct {
	Attributes map[string]string `json:",omitempty"`
}

func (s *Queues) getAttributes(_ *engine.Call, q *Queue, in attributesInput) (any, error) {
	all := q.attributes()
	for _, name := range in.AttributeNames {
		if _, known := all[name]; !known && name != "All" && !optional[name] {
			return nil, failure("InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	return &attributesOutput{Attributes: pick(all, in.AttributeNames)}, nil
}

// optional attributes are left out where they are not set.
var optional = map[string]bool{"Policy": true, "RedrivePolicy": true, "KmsMasterKeyId": true, "RedriveAllowPolicy": true}

// attributes returns what GetQueueAttributes knows of the queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (q *Queue) attributes() map[string]string {
	visible, inFlight, delayed := q.Counts()
	all := map[string]string{
		"QueueArn":                              q.ARN,
		"DelaySeconds":                          seconds(q.Delay),
		"VisibilityTimeout":                     seconds(q.VisibilityTimeout),
		"MessageRetentionPeriod":                seconds(q.Retention),
		"MaximumMessageSize":                    "1048576",
		"ReceiveMessageWaitTimeSeconds":         "0",
		"SqsManagedSseEnabled":                  "true",
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(inFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(delayed),
	}
	if q.Settings.DeadLetters != "" {
		all["RedrivePolicy"] = q.redrivePolicy()
	}
	return all
}

func (q *Queue) redrivePolicy() string {
	text, err := json.Marshal(struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
		MaxReceiveCount     int    `json:"maxReceiveCount"`
	}{q.Settings.DeadLetters, q.MaxReceives})
	if err != nil {
		panic("marshalling a redrive policy of a string and a number failed: " + err.Error())
	}
	return string(text)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
