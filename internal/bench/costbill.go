package main

import (
	"math"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
)

// A month as AWS's own estimates have it.
const (
	hoursAMonth     = 730.0
	incidentsAMonth = hoursAMonth / 24 // one a day
)

// Assumptions of the bill that no run can count.
const (
	// callTime is what an AWS call takes; a function is billed as if it made its calls one
	// after the other, which it does not.
	callTime = 50 * time.Millisecond
	// pollers are the connections that Lambda keeps to a queue whose mapping has a maximum
	// concurrency, each a request every 20 seconds while the queue is empty.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	pollers      = 5
	pollsAnHour  = 3600 / 20
	requestsToOf = 2 // KMS requests of SNS for a message under a customer managed key
	logMonths    = 3 // of template.yaml's LogRetentionDays, 90
	keptDays     = 400
)

// A line is one item of a bill.
type line struct {
	price price
	n     float64 // units a month
}

func (l line) dollars() float64 { return l.price.of(l.n) }

// A bill is a month of one stack.
type bill []line

func (b bill) dollars() float64 {
	sum := 0.0
	for _, l := range b {
		sum += l.dollars()
	}
	return sum
}

// A costCase is a stack beside some key stores: what a span at rest used, and a
// span with an incident in it.
type costCase struct {
	keyStores int
	canary    bool
	rest      usage
	incident  usage
	stack     *awssim.Stack
}

// month returns the bill of a month with so many incidents.
func (c costCase) month(incidents float64) bill {
	// sum adds up a month: hours at rest, and what each incident used beyond.
	sum := func(count func(usage) float64) float64 {
		return count(c.rest)*hoursAMonth*float64(time.Hour)/float64(c.rest.span) + (count(c.incident)-count(c.rest))*incidents
	}
	whole := func(count func(usage) int) float64 { return sum(func(u usage) float64 { return float64(count(u)) }) }
	gigabytes := whole(func(u usage) int { return u.logBytes }) / 1e9
	messages := whole(func(u usage) int { return u.messages })
	// A metric is billed for the hours in which it has a value; those of an incident for one.
	metrics := float64(c.rest.metrics) + float64(c.incident.metrics-c.rest.metrics)*incidents/hoursAMonth
	record := float64(c.incident.recordBytes)
	lines := bill{
		{keyPrice, float64(len(c.stack.Keys))},
		{alarmPrice, float64(len(c.stack.Alarms))},
		{metricPrice, metrics},
		{requestPrice, whole(func(u usage) int { return u.operations("cloudwatch:") })},
		{sqsPrice, float64(len(c.stack.Mappings))*pollers*pollsAnHour*hoursAMonth + whole(func(u usage) int { return u.sent + u.batches })},
		{kmsPrice, whole(func(u usage) int { return u.operations("kms:") }) + requestsToOf*messages},
		{ingestPrice, gigabytes},
		{logPrice, gigabytes * logMonths},
		{invokePrice, whole(func(u usage) int { return u.batches })},
		{durationPrice, sum(c.gigabyteSeconds)},
		{eventPrice, whole(func(u usage) int { return u.events })},
		{writePrice, whole(func(u usage) int { return u.operations("dynamodb:PutItem") }) * math.Ceil(record/1024)},
		{readPrice, sum(c.readUnits)},
		{tablePrice, (float64(c.keyStores) + incidents/incidentsAMonth*keptDays) * record / 1e9},
		{publishPrice, messages},
		{emailPrice, messages},
	}
	if c.canary {
		lines[0].n += float64(c.keyStores)
	}
	return lines
}

// gigabyteSeconds is what the functions' calls take at the memory of template.yaml.
func (c costCase) gigabyteSeconds(u usage) float64 {
	total := 0.0
	for _, f := range c.stack.Functions {
		total += float64(u.callsBy[f.LogicalID]) * callTime.Seconds() * float64(f.MemoryMB) / 1024
	}
	return total
}

// readUnits are those of strongly consistent reads; each record is taken to be as large as
// the largest.
func (c costCase) readUnits(u usage) float64 {
	units := func(records int) float64 { return math.Ceil(float64(records*u.recordBytes) / 4096) }
	return float64(u.operations("dynamodb:GetItem"))*units(1) + float64(u.operations("dynamodb:Query"))*units(c.keyStores)
}
