package template

import (
	"errors"
	"fmt"
	"time"
)

func queue(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("sqs", name)
	url := "https://sqs." + r.options.Region + ".amazonaws.com/" + r.options.Account + "/" + name
	return identity{arn: arn, ref: url, attributes: map[string]string{"Arn": arn, "QueueName": name, "QueueUrl": url}}, nil
}

func readQueue(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_                             struct{} `inert:"Tags SqsManagedSseEnabled KmsMasterKeyId KmsDataKeyReusePeriodSeconds"`
		QueueName                     string
		DelaySeconds                  int
		VisibilityTimeout             *int
		MessageRetentionPeriod        *int
		ReceiveMessageWaitTimeSeconds int
		RedrivePolicy                 *struct {
			DeadLetterTargetArn string `property:"deadLetterTargetArn"`
			MaxReceiveCount     int    `property:"maxReceiveCount"`
		}
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	q := Queue{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, URL: id.ref}
	for _, setting := range []struct {
		name          string
		seconds       int
		least, utmost int
		into          *time.Duration
	}{
		{"DelaySeconds", p.DelaySeconds, 0, 900, &q.Delay},
		{"VisibilityTimeout", orDefault(p.VisibilityTimeout, 30), 0, 43200, &q.VisibilityTimeout},
		{"MessageRetentionPeriod", orDefault(p.MessageRetentionPeriod, 345600), 60, 1209600, &q.Retention},
		{"ReceiveMessageWaitTimeSeconds", p.ReceiveMessageWaitTimeSeconds, 0, 20, &q.ReceiveWait},
	} {
		if setting.seconds < setting.least || setting.seconds > setting.utmost {
			return fmt.Errorf("%s: %d s is not within %d and %d", setting.name, setting.seconds, setting.least, setting.utmost)
		}
		*setting.into = time.Duration(setting.seconds) * time.Second
	}
	if p.RedrivePolicy != nil {
		q.DeadLetterARN, q.MaxReceiveCount = p.RedrivePolicy.DeadLetterTargetArn, p.RedrivePolicy.MaxReceiveCount
		if q.DeadLetterARN == "" || q.MaxReceiveCount < 1 {
			return errors.New("RedrivePolicy: needs deadLetterTargetArn and maxReceiveCount")
		}
	}
	b.stack.Queues = append(b.stack.Queues, q)
	return nil
}

func readQueuePolicy(b *builder, id identity, properties map[string]any) error {
	var p struct {
		Queues         []string
		PolicyDocument any
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	parsed, err := policy(id.logicalID, p.PolicyDocument)
	if err != nil {
		return err
	}
	for _, url := range p.Queues {
		b.attached[url] = append(b.attached[url], parsed)
	}
	return nil
}
