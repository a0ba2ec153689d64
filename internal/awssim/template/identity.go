package template

import (
	"errors"
	"fmt"
	"strings"
)

// An identity is what Ref and GetAtt return for a resource, and the name and ARN behind them.
type identity struct {
	logicalID  string
	name       string
	arn        string
	ref        string
	attributes map[string]string
}

// A kind is a resource type: the property that names it, what it is then known by, and how
// it gets into the Stack. A name that the template leaves out is made up of stack, logical
// ID and a suffix, at most longest characters.
type kind struct {
	named    string
	longest  int
	identify func(r *resolver, one *resource, name string) (identity, error)
	read     func(b *builder, id identity, properties map[string]any) error
}

// implicit starts the kinds that no template may write: what SAM adds to a function.
const implicit = "implicit "

// kinds are the resource types that the simulator knows.
func kinds() map[string]kind {
	return map[string]kind{
		"AWS::Serverless::Function":       {named: "FunctionName", longest: 64, identify: function, read: readFunction},
		implicit + "role":                 {longest: 64, identify: role, read: readNothing},
		implicit + "mapping":              {longest: 64, identify: mappingID, read: readNothing},
		"AWS::Lambda::EventSourceMapping": {longest: 64, identify: mappingID, read: readMapping},
		"AWS::Lambda::Permission":         {longest: 100, identify: nameOnly, read: readPermission},
		"AWS::IAM::Role":                  {named: "RoleName", longest: 64, identify: role, read: readRole},
		"AWS::IAM::Policy":                {named: "PolicyName", longest: 128, identify: nameOnly, read: readPolicy},
		"AWS::IAM::ManagedPolicy":         {named: "ManagedPolicyName", longest: 128, identify: managedPolicy, read: readManagedPolicy},
		"AWS::SQS::Queue":                 {named: "QueueName", longest: 80, identify: queue, read: readQueue},
		"AWS::SQS::QueuePolicy":           {longest: 80, identify: nameOnly, read: readQueuePolicy},
		"AWS::Events::EventBus":           {named: "Name", longest: 256, identify: bus, read: readBus},
		"AWS::Events::EventBusPolicy":     {longest: 64, identify: nameOnly, read: readBusPolicy},
		"AWS::Events::Rule":               {named: "Name", longest: 64, identify: rule, read: readRule},
		"AWS::DynamoDB::Table":            {named: "TableName", longest: 255, identify: table, read: readTable},
		"AWS::SNS::Topic":                 {named: "TopicName", longest: 256, identify: topic, read: readTopic},
		"AWS::SNS::Subscription":          {longest: 256, identify: subscription, read: readSubscription},
		"AWS::SNS::TopicPolicy":           {longest: 256, identify: nameOnly, read: readTopicPolicy},
		"AWS::Logs::LogGroup":             {named: "LogGroupName", longest: 512, identify: logGroup, read: readLogGroup},
		"AWS::CloudWatch::Alarm":          {named: "AlarmName", longest: 255, identify: alarm, read: readAlarm},
		"AWS::KMS::Key":                   {longest: 64, identify: key, read: readKey},
		"AWS::KMS::Alias":                 {named: "AliasName", longest: 256, identify: nameOnly, read: readAlias},
	}
}

// identity returns what a resource of the template is known by.
func (r *resolver) identity(logicalID string) (identity, error) {
	if id, ok := r.identities[logicalID]; ok {
		return *id, nil
	}
	one, ok := r.resources[logicalID]
	if !ok {
		return identity{}, fmt.Errorf("there is no parameter or resource %s", logicalID)
	}
	exists, err := r.exists(one)
	if err != nil {
		return identity{}, err
	}
	if !exists {
		return identity{}, fmt.Errorf("%s is not created, since its condition %s is false", logicalID, one.condition)
	}
	if err := r.enter(logicalID); err != nil {
		return identity{}, err
	}
	defer r.leave()
	k := r.kinds[one.kind]
	name, err := r.property(one, k.named)
	if err != nil {
		return identity{}, err
	}
	if name == "" {
		name = r.madeUp(logicalID, k.longest)
	}
	id, err := k.identify(r, one, name)
	if err != nil {
		return identity{}, err
	}
	id.logicalID, id.name = logicalID, name
	r.identities[logicalID] = &id
	return id, nil
}

// madeUp is the name of a resource whose template gives none.
func (r *resolver) madeUp(logicalID string, longest int) string {
	const length = 12
	base := r.options.StackName + "-" + logicalID
	return base[:min(len(base), longest-length-1)] + "-" + r.suffix(logicalID, length)
}

// addImplicit adds the resources that SAM makes of a function: its role, where it names
// none, and a mapping for each of its events.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
func (r *resolver) addImplicit() error {
	for _, one := range r.document.resources {
		if one.kind != "AWS::Serverless::Function" {
			continue
		}
		if _, ok := one.properties["Role"]; !ok {
			if err := r.add(&resource{logicalID: one.logicalID + "Role", kind: implicit + "role", condition: one.condition}); err != nil {
				return err
			}
		}
		events, ok := one.properties["Events"].(map[string]any)
		if !ok && one.properties["Events"] != nil {
			return errors.New(one.logicalID + ": Events: expected a mapping")
		}
		for _, event := range sortedKeys(events) {
			if err := r.add(&resource{logicalID: one.logicalID + event, kind: implicit + "mapping", condition: one.condition}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *resolver) add(one *resource) error {
	if _, ok := r.resources[one.logicalID]; ok {
		return fmt.Errorf("%s: SAM makes an %s of this name", one.logicalID, strings.TrimSpace(one.kind))
	}
	r.resources[one.logicalID] = one
	r.order = append(r.order, one)
	return nil
}

func nameOnly(_ *resolver, _ *resource, name string) (identity, error) {
	return identity{ref: name}, nil
}

func readNothing(*builder, identity, map[string]any) error { return nil }
