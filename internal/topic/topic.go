// Package topic publishes notices to an SNS topic, and tells whether anybody would hear.
// It changes nothing in what it publishes.
package topic

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/notice"
)

// A Publisher publishes to one topic. It is safe for concurrent use.
type Publisher struct {
	client *sns.Client
	arn    string
}

// New returns the publisher of a topic.
func New(cfg aws.Config, arn string) *Publisher {
	return &Publisher{client: sns.NewFromConfig(cfg), arn: arn}
}

// Publish sends a message. Its attributes are of type String. A message that is too long is
// an error, since a part of it would be no use.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (p *Publisher) Publish(ctx context.Context, m notice.Message) error {
	attributes := make(map[string]types.MessageAttributeValue, len(m.Attributes))
	for name, value := range m.Attributes {
		attributes[name] = types.MessageAttributeValue{DataType: new("String"), StringValue: new(value)}
	}
	_, err := p.client.Publish(ctx, &sns.PublishInput{
		TopicArn: &p.arn, Subject: &m.Subject, Message: &m.Body, MessageAttributes: attributes,
	})
	if err != nil {
		return fmt.Errorf("publishing to %s: %w", p.arn, awserr.WithAction(err, "sns:Publish", p.arn))
	}
	return nil
}

// Confirmed returns how many confirmed subscriptions the topic has. With none, nobody reads
// what is published, and SNS does not say so.
// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
func (p *Publisher) Confirmed(ctx context.Context) (subscriptions int, err error) {
	out, err := p.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &p.arn})
	if err != nil {
		return 0, fmt.Errorf("reading the attributes of %s: %w", p.arn, awserr.WithAction(err, "sns:GetTopicAttributes", p.arn))
	}
	subscriptions, err = strconv.Atoi(out.Attributes["SubscriptionsConfirmed"])
	if err != nil {
		return 0, fmt.Errorf("reading the number of confirmed subscriptions of %s: %w", p.arn, err)
	}
	return subscriptions, nil
}
