package awssim

import (
	"encoding/json"
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
)

// Calls returns every call since the last ResetCalls, in the order in which they took effect.
func (s *Sim) Calls() []engine.Record { return s.server.Calls() }

// ResetCalls forgets the calls made so far.
func (s *Sim) ResetCalls() { s.server.Reset() }

// Intercept has f see each call before it is authorized; what it returns spoils the call.
// It runs under the lock. A nil f removes it.
func (s *Sim) Intercept(f engine.Intercept) {
	s.server.SetIntercept(func(c *engine.Call) *engine.Fault {
		if process := s.Lambda.Function(c.Principal.Name); process != nil && process.Dead() {
			return &engine.Fault{Lose: true} // the dead call nobody
		}
		if f == nil {
			return nil
		}
		return f(c)
	})
}

// Crash returns a fault that ends the process of the function at the call which it spoils:
// after the call took effect, or before. The invocation has failed, and whatever its
// remains still send is lost.
func (s *Sim) Crash(function string, afterEffect bool) *engine.Fault {
	return &engine.Fault{Lose: !afterEffect, Crash: func() {
		if f := s.Lambda.Function(function); f != nil {
			f.Kill()
		}
	}}
}

// Deny refuses an action, as "ec2:AuthorizeSecurityGroupIngress" or "ec2:*", to a
// principal from now on: one by its name, a function by its logical ID or that of its role.
func (s *Sim) Deny(name, action string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.IAM.Deny(name, action)
	for _, function := range s.byRole[name] {
		found = s.IAM.Deny(function, action) || found
	}
	if !found {
		return fmt.Errorf("denying %s to %s: no principal, function or role has that name", action, name)
	}
	return nil
}

// Restore takes a Deny back.
func (s *Sim) Restore(name, action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.IAM.Restore(name, action)
	for _, function := range s.byRole[name] {
		s.IAM.Restore(function, action)
	}
}

// Emit puts an event on the default bus at once, as an AWS service does.
func (s *Sim) Emit(e eventbridge.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Buses.Put(s.Buses.Bus(eventbridge.Default), e)
}

// An Alarm is a change of state of a CloudWatch alarm.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
type Alarm struct {
	Name            string
	State, Previous string // OK, ALARM or INSUFFICIENT_DATA
	Reason          string
	Configuration   json.RawMessage // {"metrics": […]}
}

// Alarm emits a CloudWatch Alarm State Change.
func (s *Sim) Alarm(a Alarm) error {
	type state struct {
		Value     string `json:"value"`
		Reason    string `json:"reason,omitempty"`
		Timestamp string `json:"timestamp"`
	}
	now := s.Now().UTC().Format("2006-01-02T15:04:05.000-0700")
	detail, err := json.Marshal(struct {
		AlarmName     string          `json:"alarmName"`
		State         state           `json:"state"`
		PreviousState state           `json:"previousState"`
		Configuration json.RawMessage `json:"configuration,omitempty"`
	}{a.Name, state{a.State, a.Reason, now}, state{Value: a.Previous, Timestamp: now}, a.Configuration})
	if err != nil {
		return fmt.Errorf("writing the configuration of alarm %s: %w", a.Name, err)
	}
	s.Emit(eventbridge.Event{Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change",
		Resources: []string{s.account.ARN("cloudwatch", "alarm:"+a.Name)}, Detail: detail})
	return nil
}

// mayPoll judges what an event source mapping does with its function's role.
func (s *Sim) mayPoll(function, action, queueARN string) error {
	p, known := s.principal(function)
	if !known {
		return fmt.Errorf("function %s has no role", function)
	}
	service := &engine.Service{Name: "sqs", Protocol: engine.JSON10}
	call := engine.NewCall(service, action, p, s.account.Now(), "", func(any) error { return nil })
	if refused := s.IAM.Authorize(call, action, []engine.Resource{{ARN: queueARN}}); refused != nil {
		return refused
	}
	return nil
}
