package template

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/pattern"
)

func bus(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("events", "event-bus/"+name)
	return identity{arn: arn, ref: name, attributes: map[string]string{"Arn": arn, "Name": name}}, nil
}

// rule is known by its name alone on the default bus, else by bus and name.
func rule(r *resolver, one *resource, name string) (identity, error) {
	of, err := r.property(one, "EventBusName")
	if err != nil {
		return identity{}, err
	}
	id := identity{ref: name, arn: r.arn("events", "rule/"+name)}
	if of = nameOf(of); of != "" && of != "default" {
		id.ref, id.arn = of+"|"+name, r.arn("events", "rule/"+of+"/"+name)
	}
	id.attributes = map[string]string{"Arn": id.arn}
	return id, nil
}

func readBus(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_      struct{} `inert:"Description Tags KmsKeyIdentifier"`
		Name   string
		Policy any
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	made := Bus{LogicalID: id.logicalID, Name: id.name, ARN: id.arn}
	if p.Policy != nil {
		parsed, err := policy(id.logicalID, p.Policy)
		if err != nil {
			return err
		}
		made.Policies = append(made.Policies, parsed)
	}
	b.stack.Buses = append(b.stack.Buses, made)
	return nil
}

func readBusPolicy(b *builder, id identity, properties map[string]any) error {
	var p struct {
		EventBusName string
		StatementId  string
		Statement    any
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	if p.Statement == nil {
		return errors.New("has no Statement")
	}
	statement := p.Statement
	if one, ok := statement.(map[string]any); ok { // its Sid is the StatementId
		one = maps.Clone(one)
		one["Sid"] = cmp.Or(p.StatementId, id.logicalID)
		statement = one
	}
	parsed, err := policy(cmp.Or(p.StatementId, id.logicalID), map[string]any{"Version": "2012-10-17", "Statement": statement})
	if err != nil {
		return err
	}
	name := cmp.Or(nameOf(p.EventBusName), "default")
	b.attached[name] = append(b.attached[name], parsed)
	return nil
}

type targetProperties struct {
	Id               string
	Arn              string
	Input            string
	DeadLetterConfig struct{ Arn string }
	RetryPolicy      struct{ MaximumRetryAttempts, MaximumEventAgeInSeconds *int }
	SqsParameters    struct{ MessageGroupId string }
}

func readRule(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_                  struct{} `inert:"Description Tags"`
		Name               string
		EventBusName       string
		EventPattern       any
		ScheduleExpression string
		State              string
		Targets            []targetProperties
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	made := Rule{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, Bus: cmp.Or(nameOf(p.EventBusName), "default"),
		Schedule: p.ScheduleExpression, State: cmp.Or(p.State, "ENABLED")}
	if err := made.trigger(p.EventPattern); err != nil {
		return err
	}
	switch made.State {
	case "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
	default:
		return fmt.Errorf("the State %s is not known", made.State)
	}
	if len(p.Targets) > 5 {
		return fmt.Errorf("a rule has at most 5 Targets, and this one %d", len(p.Targets))
	}
	for _, t := range p.Targets {
		made.Targets = append(made.Targets, t.target())
	}
	b.stack.Rules = append(b.stack.Rules, made)
	return nil
}

// trigger sets what starts the rule: a pattern or a schedule, which is of the default bus only.
func (r *Rule) trigger(eventPattern any) error {
	if (eventPattern == nil) == (r.Schedule == "") {
		return errors.New("needs either EventPattern or ScheduleExpression")
	}
	if eventPattern == nil {
		if r.Bus != "default" {
			return errors.New("ScheduleExpression: only the default bus has schedules")
		}
		if !strings.HasPrefix(r.Schedule, "rate(") && !strings.HasPrefix(r.Schedule, "cron(") {
			return fmt.Errorf("the ScheduleExpression %q is not known", r.Schedule)
		}
		return nil
	}
	source, err := json.Marshal(eventPattern)
	if err != nil {
		return fmt.Errorf("writing EventPattern: %w", err)
	}
	r.PatternSource = string(source)
	r.Pattern, err = pattern.Compile(source)
	return err
}

// target fills in what AWS takes where the template is silent.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
func (t targetProperties) target() Target {
	return Target{ID: t.Id, ARN: t.Arn, Input: t.Input, DeadLetterARN: t.DeadLetterConfig.Arn,
		MaxAttempts:    orDefault(t.RetryPolicy.MaximumRetryAttempts, 185),
		MaxAge:         time.Duration(orDefault(t.RetryPolicy.MaximumEventAgeInSeconds, 86400)) * time.Second,
		MessageGroupID: t.SqsParameters.MessageGroupId}
}
