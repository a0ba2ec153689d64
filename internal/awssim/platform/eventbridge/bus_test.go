package eventbridge_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// A bench is an EventBridge with a queue that admits every rule and its dead-letter queue.
type bench struct {
	t      *testing.T
	clock  *engine.Clock
	queues *sqs.Queues
	buses  *eventbridge.Buses
	queue  *sqs.Queue
	dead   *sqs.Queue
}

func newBench(t *testing.T) *bench {
	t.Helper()
	clock := engine.NewClock(start)
	account := platform.NewAccount(clock, "eu-central-1", "111122223333")
	b := &bench{t: t, clock: clock, queues: sqs.New(account)}
	b.buses = eventbridge.New(account, b.queues)
	b.queue, b.dead = b.create("q"), b.create("dead")
	return b
}

func (b *bench) create(name string) *sqs.Queue {
	b.t.Helper()
	open, err := engine.ParsePolicy("open", []byte(`{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`))
	if err != nil {
		b.t.Fatal(err)
	}
	q, err := b.queues.Create(sqs.Settings{Name: name, Policies: []engine.Policy{open}})
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

func (b *bench) rule(r eventbridge.Rule) {
	b.t.Helper()
	if r.Name == "" {
		r.Name = "r"
	}
	if r.Targets == nil {
		r.Targets = []eventbridge.Target{{ID: "1", ARN: b.queue.ARN, DeadLetters: b.dead.ARN}}
	}
	if err := b.buses.AddRule(b.buses.Bus(""), r); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) put(e eventbridge.Event) string { return b.buses.Put(b.buses.Bus(""), e) }

func (b *bench) advance(d time.Duration) {
	until := b.clock.Now().Add(d)
	for do := b.clock.Pop(until); do != nil; do = b.clock.Pop(until) {
		do()
	}
}

func TestATargetReceivesTheWholeEnvelopeAfterTheDelay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rule(eventbridge.Rule{Pattern: `{"source":["aws.kms"]}`})
	id := b.put(eventbridge.Event{Source: "aws.kms", DetailType: "KMS CMK Rotation", Detail: []byte(`{"key-id":"k"}`)})
	b.put(eventbridge.Event{Source: "aws.ec2", DetailType: "other", Detail: []byte(`{}`)})
	b.advance(b.buses.Delay - time.Nanosecond)
	if got := b.queue.Messages(); len(got) != 0 {
		t.Fatal("the event arrived before the delay was over")
	}
	b.advance(time.Nanosecond)
	got := b.queue.Messages()
	if len(got) != 1 {
		t.Fatalf("the queue holds %d messages; want the one that matches", len(got))
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got[0].Body), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"version": "0", "id": id, "detail-type": "KMS CMK Rotation", "source": "aws.kms",
		"account": "111122223333", "time": "2026-03-02T03:00:00Z", "region": "eu-central-1",
		"resources": []any{}, "detail": map[string]any{"key-id": "k"}}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("the envelope differs (-want +got):\n%s", diff)
	}
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func TestReadOnlyManagementEventsNeedTheWiderState(t *testing.T) {
	t.Parallel()
	const plain, all, off = eventbridge.Enabled, eventbridge.EnabledWithAll, eventbridge.Disabled
	tests := map[string]struct {
		state          eventbridge.State
		detailType     string
		source, called string
		want           int
	}{
		"a write, plain":                       {plain, eventbridge.APICall, "kms.amazonaws.com", "ConnectCustomKeyStore", 1},
		"a write, all":                         {all, eventbridge.APICall, "kms.amazonaws.com", "ConnectCustomKeyStore", 1},
		"a write, disabled":                    {off, eventbridge.APICall, "kms.amazonaws.com", "ConnectCustomKeyStore", 0},
		"Decrypt, plain":                       {plain, eventbridge.APICall, "kms.amazonaws.com", "Decrypt", 0},
		"Decrypt, all":                         {all, eventbridge.APICall, "kms.amazonaws.com", "Decrypt", 1},
		"GenerateDataKey, plain":               {plain, eventbridge.APICall, "kms.amazonaws.com", "GenerateDataKey", 0},
		"Describe, plain":                      {plain, eventbridge.APICall, "kms.amazonaws.com", "DescribeCustomKeyStores", 0},
		"Describe, all":                        {all, eventbridge.APICall, "kms.amazonaws.com", "DescribeCustomKeyStores", 1},
		"a reading verb of another service":    {plain, eventbridge.APICall, "ec2.amazonaws.com", "GetManagedPrefixListEntries", 0},
		"Decrypt of a service that is not KMS": {plain, eventbridge.APICall, "other.amazonaws.com", "Decrypt", 1},
		"no API call, plain":                   {plain, "KMS CMK Deletion", "kms.amazonaws.com", "Decrypt", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.rule(eventbridge.Rule{Pattern: `{"source":[{"prefix":"aws."}]}`, State: tt.state})
			b.put(eventbridge.Event{Source: "aws.x", DetailType: tt.detailType,
				Detail: []byte(`{"eventSource":"` + tt.source + `","eventName":"` + tt.called + `"}`)})
			b.advance(time.Minute)
			if got := len(b.queue.Messages()); got != tt.want {
				t.Errorf("got %d deliveries; want %d", got, tt.want)
			}
		})
	}
}

func TestWhatCannotBeDeliveredGoesToTheTargetsDeadLetterQueue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	closed, err := b.queues.Create(sqs.Settings{Name: "closed"})
	if err != nil {
		t.Fatal(err)
	}
	gone := closed.ARN + "-gone"
	b.rule(eventbridge.Rule{Name: "refused", Pattern: `{"source":["a"]}`, Targets: []eventbridge.Target{{ID: "1", ARN: closed.ARN, DeadLetters: b.dead.ARN}}})
	b.rule(eventbridge.Rule{Name: "missing", Pattern: `{"source":["a"]}`, Targets: []eventbridge.Target{{ID: "1", ARN: gone, DeadLetters: b.dead.ARN}}})
	b.rule(eventbridge.Rule{Name: "nowhere", Pattern: `{"source":["a"]}`, Targets: []eventbridge.Target{{ID: "1", ARN: gone}}})
	b.put(eventbridge.Event{Source: "a", DetailType: "b", Detail: []byte(`{}`)})
	b.advance(time.Minute)
	var codes []string
	for _, m := range b.dead.Messages() {
		codes = append(codes, *m.Attributes["ERROR_CODE"].StringValue+" "+*m.Attributes["RULE_ARN"].StringValue)
	}
	slices.Sort(codes)
	want := []string{"NO_PERMISSIONS arn:aws:events:eu-central-1:111122223333:rule/refused", "NO_RESOURCE arn:aws:events:eu-central-1:111122223333:rule/missing"}
	if !slices.Equal(codes, want) {
		t.Errorf("the dead-letter queue holds %q; want %q", codes, want)
	}
	if dropped := b.buses.Dropped(); len(dropped) != 1 || dropped[0].Rule != "nowhere" {
		t.Errorf("dropped %+v; want the one of rule nowhere", dropped)
	}
}

func TestDeliveriesCanBeLostRepeatedAndReordered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rule(eventbridge.Rule{Pattern: `{"source":["a"]}`})
	b.buses.Deliveries = func(_ string, e eventbridge.Event) []time.Duration {
		return map[string][]time.Duration{"lost": nil, "late": {2 * time.Second}, "twice": {time.Second, time.Second}}[e.DetailType]
	}
	for _, kind := range []string{"lost", "late", "twice"} {
		b.put(eventbridge.Event{Source: "a", DetailType: kind, Detail: []byte(`{}`)})
	}
	b.advance(time.Minute)
	var got []string
	for _, m := range b.queue.Messages() {
		var e eventbridge.Event
		if err := json.Unmarshal([]byte(m.Body), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e.DetailType)
	}
	if want := []string{"twice", "twice", "late"}; !slices.Equal(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func TestAScheduleTicksAtItsRate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rule(eventbridge.Rule{Schedule: "rate(5 minutes)"})
	b.advance(5*time.Minute - time.Nanosecond)
	if got := b.queue.Messages(); len(got) != 0 {
		t.Fatal("the schedule ticked early")
	}
	b.advance(10 * time.Minute)
	if got := len(b.queue.Messages()); got != 2 {
		t.Fatalf("got %d ticks in just less than 15 minutes; want 2", got)
	}
	var e eventbridge.Event
	if err := json.Unmarshal([]byte(b.queue.Messages()[0].Body), &e); err != nil {
		t.Fatal(err)
	}
	if e.Source != "aws.events" || e.DetailType != "Scheduled Event" || !slices.Equal(e.Resources, []string{"arn:aws:events:eu-central-1:111122223333:rule/r"}) {
		t.Errorf("the tick is %+v", e)
	}
}

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	target := func(arn string) []eventbridge.Target { return []eventbridge.Target{{ID: "1", ARN: arn}} }
	tests := map[string]struct {
		bus  string
		rule eventbridge.Rule
	}{
		"neither pattern nor schedule":       {"", eventbridge.Rule{Name: "x"}},
		"a pattern that is none":             {"", eventbridge.Rule{Name: "x", Pattern: `{"source":"a"}`}},
		"a name that is taken":               {"", eventbridge.Rule{Name: "taken", Pattern: `{"source":["a"]}`}},
		"a target that is no queue":          {"", eventbridge.Rule{Name: "x", Pattern: `{"source":["a"]}`, Targets: target("arn:aws:lambda:eu-central-1:111122223333:function:f")}},
		"six targets":                        {"", eventbridge.Rule{Name: "x", Pattern: `{"source":["a"]}`, Targets: make([]eventbridge.Target, 6)}},
		"a schedule off the default bus":     {"own", eventbridge.Rule{Name: "x", Schedule: "rate(5 minutes)"}},
		"a rate of one in the plural":        {"", eventbridge.Rule{Name: "x", Schedule: "rate(1 minutes)"}},
		"a rate of five in the singular":     {"", eventbridge.Rule{Name: "x", Schedule: "rate(5 minute)"}},
		"a rate of nothing":                  {"", eventbridge.Rule{Name: "x", Schedule: "rate(0 minutes)"}},
		"a schedule that is no rate":         {"", eventbridge.Rule{Name: "x", Schedule: "cron(0 * * * ? *)"}},
		"a rate in a unit that nobody knows": {"", eventbridge.Rule{Name: "x", Schedule: "rate(5 seconds)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.rule(eventbridge.Rule{Name: "taken", Pattern: `{"source":["a"]}`})
			if _, err := b.buses.Create("own"); err != nil {
				t.Fatal(err)
			}
			if err := b.buses.AddRule(b.buses.Bus(tt.bus), tt.rule); err == nil {
				t.Error("the rule was added")
			}
		})
	}
}
