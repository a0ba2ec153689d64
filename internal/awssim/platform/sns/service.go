package sns

import (
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Service returns SNS as its clients see it.
func (t *Topics) Service() *engine.Service {
	ofTopic := func(_ *engine.Call, in topicInput) []engine.Resource { return platform.Resource(in.TopicArn) }
	return &engine.Service{
		Name: "sns", IAMPrefix: "sns", Protocol: engine.AWSQuery, Version: "2010-03-31",
		Operations: map[string]engine.Operation{
			"Publish": platform.DataEvent(platform.On(func(_ *engine.Call, in publishInput) []engine.Resource {
				return platform.Resource(in.TopicArn)
			}, t.publish)),
			"GetTopicAttributes":       platform.Read(platform.On(ofTopic, t.attributes)),
			"ListSubscriptionsByTopic": platform.Read(platform.On(ofTopic, t.listSubscriptions)),
			"ListTopics":               platform.Read(platform.On(nil, t.list)),
			"Subscribe": platform.On(func(_ *engine.Call, in subscribeInput) []engine.Resource {
				return platform.Resource(in.TopicArn)
			}, t.subscribe),
			"ConfirmSubscription": platform.On(func(_ *engine.Call, in confirmInput) []engine.Resource {
				return platform.Resource(in.TopicArn)
			}, t.confirm),
		},
	}
}

type topicInput struct{ TopicArn, NextToken string }

type attributesOutput struct{ Attributes map[string]string }

// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
func (t *Topics) attributes(_ *engine.Call, in topicInput) (any, error) {
	topic := t.byARN[in.TopicArn]
	if topic == nil {
		return nil, noTopic()
	}
	confirmed := 0
	for _, s := range topic.subscriptions {
		if s.Confirmed {
			confirmed++
		}
	}
	return &attributesOutput{Attributes: map[string]string{
		"TopicArn":                topic.ARN,
		"Owner":                   t.account.ID,
		"DisplayName":             topic.DisplayName,
		"SubscriptionsConfirmed":  strconv.Itoa(confirmed),
		"SubscriptionsPending":    strconv.Itoa(len(topic.subscriptions) - confirmed),
		"SubscriptionsDeleted":    "0",
		"EffectiveDeliveryPolicy": "{}",
	}}, nil
}

type subscriptionsOutput struct {
	Subscriptions []subscriptionShown
	NextToken     string
}

type subscriptionShown struct {
	SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string
}

func (t *Topics) listSubscriptions(_ *engine.Call, in topicInput) (any, error) {
	topic := t.byARN[in.TopicArn]
	if topic == nil {
		return nil, noTopic()
	}
	first, next, err := t.page(in.NextToken, len(topic.subscriptions))
	if err != nil {
		return nil, err
	}
	out := &subscriptionsOutput{Subscriptions: []subscriptionShown{}, NextToken: next}
	for _, s := range topic.subscriptions[first:min(first+t.PageSize, len(topic.subscriptions))] {
		out.Subscriptions = append(out.Subscriptions, subscriptionShown{SubscriptionArn: s.shownARN(), Owner: t.account.ID,
			Protocol: s.Protocol, Endpoint: s.Endpoint, TopicArn: topic.ARN})
	}
	return out, nil
}

type listOutput struct {
	Topics    []topicShown
	NextToken string
}

type topicShown struct{ TopicArn string }

func (t *Topics) list(_ *engine.Call, in struct{ NextToken string }) (any, error) {
	all := t.All()
	first, next, err := t.page(in.NextToken, len(all))
	if err != nil {
		return nil, err
	}
	out := &listOutput{Topics: []topicShown{}, NextToken: next}
	for _, topic := range all[first:min(first+t.PageSize, len(all))] {
		out.Topics = append(out.Topics, topicShown{topic.ARN})
	}
	return out, nil
}

func (t *Topics) page(token string, length int) (first int, next string, err error) {
	if token != "" {
		if first, err = strconv.Atoi(token); err != nil || first < 0 || first > length {
			return 0, "", invalid("NextToken")
		}
	}
	if first+t.PageSize < length {
		next = strconv.Itoa(first + t.PageSize)
	}
	return first, next, nil
}

type subscribeInput struct {
	TopicArn, Protocol, Endpoint string
	ReturnSubscriptionArn        bool
	Attributes                   map[string]string
}

type subscriptionOutput struct{ SubscriptionArn string }

func (t *Topics) subscribe(_ *engine.Call, in subscribeInput) (any, error) {
	topic := t.byARN[in.TopicArn]
	if topic == nil {
		return nil, noTopic()
	}
	s, err := topic.Subscribe(in.Protocol, in.Endpoint)
	if err != nil {
		return nil, invalid("Protocol")
	}
	switch {
	case s.Confirmed || in.ReturnSubscriptionArn:
		return &subscriptionOutput{s.ARN}, nil
	default:
		return &subscriptionOutput{"pending confirmation"}, nil
	}
}

type confirmInput struct{ TopicArn, Token, AuthenticateOnUnsubscribe string }

func (t *Topics) confirm(_ *engine.Call, in confirmInput) (any, error) {
	topic := t.byARN[in.TopicArn]
	if topic == nil {
		return nil, noTopic()
	}
	for _, s := range topic.subscriptions {
		if s.token == in.Token {
			s.Confirmed = true
			return &subscriptionOutput{s.ARN}, nil
		}
	}
	return nil, invalid("Token")
}
