package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/lambda"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// A bench is a queue that feeds the function "f".
type bench struct {
	t      *testing.T
	clock  *engine.Clock
	lambda *lambda.Lambda
	queue  *sqs.Queue
	dead   *sqs.Queue
}

func newBench(t *testing.T, code lambda.Handler, m lambda.Mapping) *bench {
	t.Helper()
	clock := engine.NewClock(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC))
	account := platform.NewAccount(clock, "eu-central-1", "111122223333")
	queues := sqs.New(account)
	b := &bench{t: t, clock: clock, lambda: lambda.New(account, queues)}
	b.dead = b.create(queues, sqs.Settings{Name: "dead"})
	b.queue = b.create(queues, sqs.Settings{Name: "q", VisibilityTimeout: time.Minute, DeadLetters: b.dead.ARN, MaxReceives: 5})
	b.lambda.Create("f", account.ARN("lambda", "function:f"), 10*time.Second)
	if err := b.lambda.Register("f", code); err != nil {
		t.Fatal(err)
	}
	m.Function, m.Queue = "f", b.queue.ARN
	if err := b.lambda.Map(m); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) create(queues *sqs.Queues, s sqs.Settings) *sqs.Queue {
	b.t.Helper()
	q, err := queues.Create(s)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

func (b *bench) send(bodies ...string) {
	for _, body := range bodies {
		b.queue.Send(sqs.Message{Body: body}, 0)
	}
}

// advance moves the clock by d and runs what becomes ready, all of one instant together.
func (b *bench) advance(d time.Duration) {
	until := b.clock.Now().Add(d)
	for do := b.clock.Pop(until); do != nil; do = b.clock.Pop(until) {
		do()
		ready := b.lambda.Ready()
		var all sync.WaitGroup
		for _, inv := range ready {
			all.Go(func() { inv.Run(context.Background()) })
		}
		all.Wait()
		for _, inv := range ready {
			b.lambda.Finish(inv)
		}
	}
}

type event struct {
	Records []struct {
		MessageID      string            `json:"messageId"`
		Body           string            `json:"body"`
		Attributes     map[string]string `json:"attributes"`
		EventSource    string            `json:"eventSource"`
		EventSourceARN string            `json:"eventSourceARN"`
		AWSRegion      string            `json:"awsRegion"`
		MD5OfBody      string            `json:"md5OfBody"`
	}
}

// batches is a function that writes down what it gets.
func batches(into *[]event, response string, err error) lambda.Handler {
	return func(_ context.Context, payload []byte) ([]byte, error) {
		var e event
		if failure := json.Unmarshal(payload, &e); failure != nil {
			return nil, failure
		}
		*into = append(*into, e)
		return []byte(response), err
	}
}

func TestABatchOfTenReachesTheFunctionAsAnSQSEvent(t *testing.T) {
	t.Parallel()
	var got []event
	b := newBench(t, batches(&got, "", nil), lambda.Mapping{})
	for i := range 11 {
		b.send(fmt.Sprint(i))
	}
	b.advance(time.Second)
	if len(got) != 2 || len(got[0].Records) != 10 || len(got[1].Records) != 1 {
		t.Fatalf("got %d batches; want one of ten and one of one", len(got))
	}
	r := got[0].Records[0]
	// printf 0 | md5sum
	if r.Body != "0" || r.MD5OfBody != "cfcd208495d565ef66e7dff9f98764da" || r.EventSource != "aws:sqs" || r.EventSourceARN != b.queue.ARN ||
		r.AWSRegion != "eu-central-1" || r.Attributes["ApproximateReceiveCount"] != "1" || r.Attributes["SentTimestamp"] != "1772420400000" {
		t.Errorf("the record is %+v", r)
	}
	if left := b.queue.Messages(); len(left) != 0 {
		t.Errorf("%d messages were left on the queue", len(left))
	}
}

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func TestOnlyWhatFailedComesBackAfterTheVisibilityTimeout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		partial  bool
		response string // %s is the ID of the second of three messages
		err      error
		want     []string
	}{
		"all done":                             {true, `{"batchItemFailures":[]}`, nil, nil},
		"a list of nothing":                    {true, `{"batchItemFailures":null}`, nil, nil},
		"an empty response":                    {true, ``, nil, nil},
		"a response of nothing":                {true, `null`, nil, nil},
		"an empty object":                      {true, `{}`, nil, nil},
		"the second failed":                    {true, `{"batchItemFailures":[{"itemIdentifier":"%s"}]}`, nil, []string{"b"}},
		"an identifier that is empty":          {true, `{"batchItemFailures":[{"itemIdentifier":""}]}`, nil, []string{"a", "b", "c"}},
		"an identifier that is null":           {true, `{"batchItemFailures":[{"itemIdentifier":null}]}`, nil, []string{"a", "b", "c"}},
		"an identifier under another name":     {true, `{"batchItemFailures":[{"messageId":"%s"}]}`, nil, []string{"a", "b", "c"}},
		"an identifier that nobody has":        {true, `{"batchItemFailures":[{"itemIdentifier":"x"}]}`, nil, []string{"a", "b", "c"}},
		"a response that is no JSON":           {true, `{"batch`, nil, []string{"a", "b", "c"}},
		"an error":                             {true, `{"batchItemFailures":[]}`, errors.New("boom"), []string{"a", "b", "c"}},
		"without partial responses, a failure": {false, `{"batchItemFailures":[{"itemIdentifier":"%s"}]}`, nil, nil},
		"without partial responses, an error":  {false, ``, errors.New("boom"), []string{"a", "b", "c"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := func(_ context.Context, payload []byte) ([]byte, error) {
				var e event
				if err := json.Unmarshal(payload, &e); err != nil {
					return nil, err
				}
				return []byte(strings.ReplaceAll(tt.response, "%s", e.Records[1].MessageID)), tt.err
			}
			b := newBench(t, code, lambda.Mapping{ReportFailures: tt.partial})
			b.send("a", "b", "c")
			b.advance(time.Second)
			var left []string
			for _, m := range b.queue.Messages() {
				left = append(left, m.Body)
			}
			if !slices.Equal(left, tt.want) {
				t.Fatalf("left on the queue: %v; want %v", left, tt.want)
			}
			if visible, inFlight, _ := b.queue.Counts(); visible != 0 || inFlight != len(tt.want) {
				t.Errorf("%d are visible, %d in flight; want none and %d until the visibility timeout", visible, inFlight, len(tt.want))
			}
		})
	}
}

func TestAFailedMessageIsTriedAgainAndEndsInTheDeadLetterQueue(t *testing.T) {
	t.Parallel()
	var got []event
	b := newBench(t, batches(&got, "", errors.New("boom")), lambda.Mapping{})
	b.send("a")
	b.advance(30 * time.Second)
	if len(got) != 1 {
		t.Fatalf("%d tries within the visibility timeout; want 1", len(got))
	}
	b.advance(time.Hour)
	if len(got) != 5 {
		t.Errorf("%d tries; want maxReceiveCount, 5", len(got))
	}
	if dead := b.dead.Messages(); len(dead) != 1 {
		t.Errorf("the dead-letter queue holds %d messages; want 1", len(dead))
	}
}

func TestTheEndOfAProcessFailsTheBatch(t *testing.T) {
	t.Parallel()
	tests := map[string]lambda.Handler{
		"a panic":                  func(context.Context, []byte) ([]byte, error) { panic(lambda.Crash{Reason: "pulled the plug"}) },
		"the end of its goroutine": func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil },
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, code, lambda.Mapping{ReportFailures: true})
			b.send("a")
			b.advance(time.Second)
			if outcomes := b.lambda.Outcomes(); len(outcomes) != 1 || outcomes[0].Err == nil || len(outcomes[0].Failed) != 1 {
				t.Errorf("the outcome is %+v; want an error and a failed message", outcomes)
			}
		})
	}
}

func TestAKilledProcessIsDeadUntilItReturnsAndWhatItReturnsIsIgnored(t *testing.T) {
	t.Parallel()
	var b *bench
	var deadInside, deadLater bool
	b = newBench(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		f := b.lambda.Function("f")
		if len(b.lambda.Outcomes()) == 0 {
			f.Kill()
			<-ctx.Done()
			deadInside = f.Dead()
		} else {
			deadLater = f.Dead()
		}
		return nil, nil
	}, lambda.Mapping{})
	b.send("a")
	b.advance(time.Second)
	if left := b.queue.Messages(); len(left) != 1 {
		t.Fatal("the killed invocation's message was deleted")
	}
	b.advance(time.Minute)
	if !deadInside || deadLater {
		t.Errorf("dead: %t while killed, %t in the next invocation; want true and false", deadInside, deadLater)
	}
	if left := b.queue.Messages(); len(left) != 0 {
		t.Error("the next invocation did not finish the message")
	}
	if outcomes := b.lambda.Outcomes(); !errors.Is(outcomes[0].Err, lambda.ErrCrashed) {
		t.Errorf("the first outcome is %v; want the crash", outcomes[0].Err)
	}
}

func TestBatchesRunTogetherOnlyWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		concurrent bool
		most, want int
	}{
		"one by one":                    {false, 2, 1},
		"up to the maximum concurrency": {true, 2, 2},
		"up to what Lambda begins with": {true, 0, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			now, peak := 0, 0
			together := make(chan struct{}) // closed when as many run as should
			b := newBench(t, func(ctx context.Context, _ []byte) ([]byte, error) {
				mu.Lock()
				now++
				peak = max(peak, now)
				if now == tt.want && peak == tt.want {
					select {
					case <-together:
					default:
						close(together)
					}
				}
				mu.Unlock()
				select {
				case <-together:
				case <-ctx.Done():
				}
				mu.Lock()
				defer mu.Unlock()
				now--
				return nil, nil
			}, lambda.Mapping{BatchSize: 1, MaxConcurrency: tt.most})
			b.lambda.Concurrent = tt.concurrent
			b.send("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
			b.advance(time.Second)
			if peak != tt.want {
				t.Errorf("%d batches ran at the same time; want %d", peak, tt.want)
			}
			if left := b.queue.Messages(); len(left) != 0 {
				t.Errorf("%d messages were left", len(left))
			}
		})
	}
}

func TestAWindowCollectsABatch(t *testing.T) {
	t.Parallel()
	var got []event
	b := newBench(t, batches(&got, "", nil), lambda.Mapping{Window: 20 * time.Second})
	b.send("a")
	b.advance(19 * time.Second)
	b.send("b")
	if len(got) != 0 {
		t.Fatal("the batch went before its window was over")
	}
	b.advance(time.Second)
	if len(got) != 1 || len(got[0].Records) != 2 {
		t.Errorf("got %d batches; want one with both messages", len(got))
	}
}

func TestAMappingNeedsItsRolesPermissions(t *testing.T) {
	t.Parallel()
	var got []event
	b := newBench(t, batches(&got, "", nil), lambda.Mapping{})
	var asked []string
	b.lambda.Authorize = func(function, action, queue string) error {
		asked = append(asked, function+" "+action+" "+queue)
		if action == "sqs:GetQueueAttributes" {
			return errors.New("refused")
		}
		return nil
	}
	b.send("a")
	b.advance(time.Second)
	want := []string{"f sqs:ReceiveMessage " + b.queue.ARN, "f sqs:DeleteMessage " + b.queue.ARN, "f sqs:GetQueueAttributes " + b.queue.ARN}
	if !slices.Equal(asked, want) || len(got) != 0 {
		t.Errorf("asked %v and ran %d batches; want %v and none", asked, len(got), want)
	}
}

func TestAHandlerKnowsItsRequestAndItsSimulatedDeadline(t *testing.T) {
	t.Parallel()
	var got lambda.Request
	b := newBench(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		got, _ = lambda.FromContext(ctx)
		if real, ok := ctx.Deadline(); !ok || time.Until(real) < 30*time.Second {
			t.Errorf("the context's deadline is %s; want a generous one in real time", real)
		}
		return nil, nil
	}, lambda.Mapping{})
	b.send("a")
	b.advance(time.Second)
	want := time.Date(2026, 3, 2, 3, 0, 10, 0, time.UTC).Add(b.lambda.PollDelay)
	if !got.Deadline.Equal(want) || got.ID == "" || got.FunctionARN != "arn:aws:lambda:eu-central-1:111122223333:function:f" {
		t.Errorf("the request is %+v; want a deadline at %s", got, want)
	}
}

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func TestMappingsThatAWSRefusesAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]lambda.Mapping{
		"a large batch without a window": {BatchSize: 11},
		"a batch that is too large":      {BatchSize: 10001, Window: time.Second},
		"a window that is too long":      {Window: 301 * time.Second},
		"a concurrency of one":           {MaxConcurrency: 1},
		"a concurrency over a thousand":  {MaxConcurrency: 1001},
		"an unknown function":            {Function: "g"},
		"an unknown queue":               {Queue: "arn:aws:sqs:eu-central-1:111122223333:none"},
		"a visibility timeout too short": {Queue: "arn:aws:sqs:eu-central-1:111122223333:short"},
	}
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := platform.NewAccount(engine.NewClock(time.Time{}), "eu-central-1", "111122223333")
			queues := sqs.New(account)
			l := lambda.New(account, queues)
			l.Create("f", "arn", time.Minute)
			for queue, visibility := range map[string]time.Duration{"q": time.Minute, "short": time.Minute - time.Second} {
				if _, err := queues.Create(sqs.Settings{Name: queue, VisibilityTimeout: visibility}); err != nil {
					t.Fatal(err)
				}
			}
			if m.Function == "" {
				m.Function = "f"
			}
			if m.Queue == "" {
				m.Queue = account.ARN("sqs", "q")
			}
			if err := l.Map(m); err == nil {
				t.Error("the mapping was made")
			}
		})
	}
}
