package template

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
)

func topic(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("sns", name)
	return identity{arn: arn, ref: arn, attributes: map[string]string{"TopicArn": arn, "TopicName": name}}, nil
}

func subscription(r *resolver, one *resource, _ string) (identity, error) {
	of, err := r.property(one, "TopicArn")
	if err != nil {
		return identity{}, err
	}
	arn := of + ":" + r.uuid(one.logicalID)
	return identity{arn: arn, ref: arn, attributes: map[string]string{"Arn": arn}}, nil
}

func readTopic(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_            struct{} `inert:"DisplayName Tags KmsMasterKeyId TracingConfig"`
		TopicName    string
		Subscription []struct{ Protocol, Endpoint string }
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	b.stack.Topics = append(b.stack.Topics, Topic{LogicalID: id.logicalID, Name: id.name, ARN: id.arn})
	for i, s := range p.Subscription {
		b.stack.Subscriptions = append(b.stack.Subscriptions, Subscription{LogicalID: id.logicalID + ".Subscription." + strconv.Itoa(i+1),
			TopicARN: id.arn, Protocol: s.Protocol, Endpoint: s.Endpoint, FilterScope: "MessageAttributes"})
	}
	return nil
}

func readSubscription(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_                                               struct{} `inert:"DeliveryPolicy"`
		TopicArn, Protocol, Endpoint, FilterPolicyScope string
		FilterPolicy                                    any
		RawMessageDelivery                              bool
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	made := Subscription{LogicalID: id.logicalID, TopicARN: p.TopicArn, Protocol: p.Protocol, Endpoint: p.Endpoint,
		FilterScope: cmp.Or(p.FilterPolicyScope, "MessageAttributes"), Raw: p.RawMessageDelivery}
	if p.FilterPolicy != nil {
		raw, err := json.Marshal(p.FilterPolicy)
		if err != nil {
			return fmt.Errorf("writing FilterPolicy: %w", err)
		}
		made.FilterPolicy = string(raw)
	}
	b.stack.Subscriptions = append(b.stack.Subscriptions, made)
	return nil
}

func readTopicPolicy(b *builder, id identity, properties map[string]any) error {
	var p struct {
		Topics         []string
		PolicyDocument any
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	parsed, err := policy(id.logicalID, p.PolicyDocument)
	if err != nil {
		return err
	}
	for _, arn := range p.Topics {
		b.attached[arn] = append(b.attached[arn], parsed)
	}
	return nil
}
