package sqs_test

import (
	"slices"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// A bench is an account's queues and the clock that moves them.
type bench struct {
	t      *testing.T
	clock  *engine.Clock
	queues *sqs.Queues
}

func newBench(t *testing.T) bench {
	t.Helper()
	clock := engine.NewClock(start)
	return bench{t, clock, sqs.New(platform.NewAccount(clock, "eu-central-1", "111122223333"))}
}

func (b bench) create(s sqs.Settings) *sqs.Queue {
	b.t.Helper()
	q, err := b.queues.Create(s)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

func (b bench) advance(d time.Duration) {
	until := b.clock.Now().Add(d)
	for do := b.clock.Pop(until); do != nil; do = b.clock.Pop(until) {
		do()
	}
}

func bodies(messages []sqs.Message) []string {
	var out []string
	for _, m := range messages {
		out = append(out, m.Body)
	}
	return out
}

func TestMessagesComeOldestFirstAndStayHiddenUntilTheirTimeoutEnds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.create(sqs.Settings{Name: "q", VisibilityTimeout: time.Minute})
	for _, body := range []string{"a", "b", "c"} {
		q.Send(sqs.Message{Body: body}, 0)
	}
	if got := bodies(q.Receive(2, q.VisibilityTimeout)); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("got %v; want a and b", got)
	}
	if got := bodies(q.Receive(10, q.VisibilityTimeout)); !slices.Equal(got, []string{"c"}) {
		t.Fatalf("got %v; want c alone while a and b are hidden", got)
	}
	b.advance(time.Minute - time.Nanosecond)
	if got := q.Receive(10, 0); got != nil {
		t.Fatalf("got %v just before the timeout ends", bodies(got))
	}
	b.advance(time.Nanosecond)
	got := q.Receive(10, 0)
	if !slices.Equal(bodies(got), []string{"a", "b", "c"}) {
		t.Fatalf("got %v after the timeout; want all", bodies(got))
	}
	if got[0].Receives != 2 || !got[0].FirstReceived.Equal(start) {
		t.Errorf("a was received %d times, first at %s; want 2, at the start", got[0].Receives, got[0].FirstReceived)
	}
}

func TestOnlyTheLatestReceiptDeletes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.create(sqs.Settings{Name: "q"})
	q.Send(sqs.Message{Body: "a"}, 0)
	old := q.Receive(1, 0)[0].Receipt
	fresh := q.Receive(1, 0)[0].Receipt
	q.Delete(old)
	if len(q.Messages()) != 1 {
		t.Fatal("an old receipt deleted the message")
	}
	q.Delete(fresh)
	if len(q.Messages()) != 0 {
		t.Fatal("the latest receipt did not delete the message")
	}
}

func TestADelayedMessageWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.create(sqs.Settings{Name: "q"})
	arrivals := 0
	q.OnArrival(func() { arrivals++ })
	q.Send(sqs.Message{Body: "a"}, 15*time.Minute)
	b.advance(15*time.Minute - time.Nanosecond)
	if visible, _, delayed := q.Counts(); visible != 0 || delayed != 1 || arrivals != 0 {
		t.Fatalf("before the delay ends: %d visible, %d delayed, %d arrivals", visible, delayed, arrivals)
	}
	b.advance(time.Nanosecond)
	if visible, _, _ := q.Counts(); visible != 1 || arrivals != 1 {
		t.Errorf("after the delay: %d visible, %d arrivals; want 1 and 1", visible, arrivals)
	}
}

func TestAMessageReceivedTooOftenGoesToTheDeadLetterQueueAndKeepsItsAge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dead := b.create(sqs.Settings{Name: "dead"})
	q := b.create(sqs.Settings{Name: "q", DeadLetters: dead.ARN, MaxReceives: 2})
	sent := q.Send(sqs.Message{Body: "a"}, 0)
	for range 2 {
		if got := q.Receive(1, time.Second); len(got) != 1 {
			t.Fatal("the message was not received twice")
		}
		b.advance(time.Second)
	}
	if got := q.Receive(1, time.Second); got != nil {
		t.Fatal("the message was received a third time")
	}
	got := dead.Messages()
	if len(got) != 1 || got[0].ID != sent.ID || !got[0].Sent.Equal(start) || got[0].Origin != q.ARN {
		t.Errorf("the dead-letter queue holds %+v; want the message, sent at the start, from %s", got, q.ARN)
	}
}

func TestMessagesAreForgottenAfterTheRetention(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.create(sqs.Settings{Name: "q", Retention: time.Hour})
	q.Send(sqs.Message{Body: "a"}, 0)
	b.advance(time.Hour)
	if len(q.Messages()) != 1 {
		t.Fatal("the message is gone before its retention is over")
	}
	b.advance(time.Nanosecond)
	if got := q.Receive(1, 0); got != nil {
		t.Error("the message outlived its retention")
	}
}

func TestHidingChangesWhenAMessageComesBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.create(sqs.Settings{Name: "q", VisibilityTimeout: time.Minute})
	q.Send(sqs.Message{Body: "a"}, 0)
	receipt := q.Receive(1, time.Minute)[0].Receipt
	if !q.Hide(receipt, time.Hour) {
		t.Fatal("a message in flight could not be hidden longer")
	}
	b.advance(time.Minute)
	if got := q.Receive(1, time.Minute); got != nil {
		t.Fatal("the message came back after its old timeout")
	}
	b.advance(time.Hour - time.Minute)
	if q.Hide(receipt, time.Hour) {
		t.Error("a message that is visible again could be hidden by its old receipt")
	}
	if got := q.Receive(1, time.Minute); len(got) != 1 {
		t.Error("the message did not come back after its new timeout")
	}
}

func TestAQueueAdmitsWhomItsPolicyNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const rule = "arn:aws:events:eu-central-1:111122223333:rule/r"
	parsed, err := engine.ParsePolicy("q", []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",
		"Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage",
		"Resource":"arn:aws:sqs:eu-central-1:111122223333:q","Condition":{"ArnEquals":{"aws:SourceArn":"`+rule+`"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	q := b.create(sqs.Settings{Name: "q", Policies: []engine.Policy{parsed}})
	closed := b.create(sqs.Settings{Name: "closed"})
	other := b.create(sqs.Settings{Name: "other", Policies: []engine.Policy{parsed}})
	tests := map[string]struct {
		queue           *sqs.Queue
		service, source string
		want            bool
	}{
		"the rule that the policy names":    {q, "events.amazonaws.com", rule, true},
		"another rule":                      {q, "events.amazonaws.com", rule + "2", false},
		"another service":                   {q, "sns.amazonaws.com", rule, false},
		"a queue without a policy":          {closed, "events.amazonaws.com", rule, false},
		"a policy that names another queue": {other, "events.amazonaws.com", rule, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.queue.Admits(tt.service, tt.source); got != tt.want {
				t.Errorf("got %t; want %t", got, tt.want)
			}
		})
	}
}

func TestQueuesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create(sqs.Settings{Name: "q"})
	for _, name := range []string{"q", "q.fifo"} {
		if _, err := b.queues.Create(sqs.Settings{Name: name}); err == nil {
			t.Errorf("a queue %s was created", name)
		}
	}
}
