package cloudtrail

import (
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
)

// Trails says whether any trail records a management call of eventSource, as
// "kms.amazonaws.com". Without one EventBridge sees nothing.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
type Trails interface {
	TrailsRecord(eventSource string, readOnly bool) bool
}

// A Recorder observes every call.
type Recorder struct {
	// Delay is how long a record takes to reach the default bus.
	Delay time.Duration
	// Deliveries, where set, decides how often and after what delays a record reaches the
	// default bus: none loses it, two repeat it, unequal ones reorder. Delivery is best
	// effort.
	Deliveries func(r Record) []time.Duration

	account *platform.Account
	buses   *eventbridge.Buses
	trails  Trails
	started time.Time
	history []Record
}

// New returns a recorder that hands to the default bus of buses what trails let through;
// nil trails let everything through.
func New(account *platform.Account, buses *eventbridge.Buses, trails Trails) *Recorder {
	return &Recorder{Delay: 2 * time.Second, account: account, buses: buses, trails: trails, started: account.Now()}
}

// Observe records a call after it. It is an engine.Observer.
func (r *Recorder) Observe(c *engine.Call, _ any, failure *engine.Error) {
	if c.Service.Operations[c.Operation].NotManagement {
		return
	}
	record := r.record(c, failure)
	r.history = append(r.history, record)
	if r.trails == nil || r.trails.TrailsRecord(record.EventSource, record.ReadOnly) {
		r.Deliver(record)
	}
}

// History returns every record so far, oldest first, whatever the trails say: the event
// history has them all.
func (r *Recorder) History() []Record { return slices.Clone(r.history) }

// maxEvent is the size above which a record is not sent to EventBridge.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
const maxEvent = 256 << 10

// Deliver hands record to the default bus as Delay and Deliveries say.
func (r *Recorder) Deliver(record Record) {
	if len(record.JSON) > maxEvent {
		return
	}
	delays := []time.Duration{r.Delay}
	if r.Deliveries != nil {
		delays = r.Deliveries(record)
	}
	for _, delay := range delays {
		r.account.Clock.After(delay, "cloudtrail: "+record.EventName+" reaches EventBridge", func() {
			r.buses.Put(r.buses.Bus(eventbridge.Default), eventbridge.Event{
				DetailType: eventbridge.APICall,
				Source:     "aws." + strings.TrimSuffix(record.EventSource, ".amazonaws.com"),
				Time:       record.Time.UTC().Format("2006-01-02T15:04:05Z"),
				Detail:     record.JSON,
			})
		})
	}
}
