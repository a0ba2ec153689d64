package bus_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
	"github.com/xks-remediator/xks-remediator/internal/bus"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// A bench is a simulated EventBridge and SQS with the product's bus and queue, behind HTTP.
type bench struct {
	*engine.Server
	mu     sync.Mutex
	clock  *engine.Clock
	bus    *eventbridge.Bus
	queue  *sqs.Queue
	config aws.Config
}

func serve(t *testing.T) *bench {
	t.Helper()
	b := &bench{clock: engine.NewClock(start)}
	account := platform.NewAccount(b.clock, "eu-central-1", "111122223333")
	queues := sqs.New(account)
	buses := eventbridge.New(account, queues)
	var errs [2]error
	b.bus, errs[0] = buses.Create("xks-remediator")
	b.queue, errs[1] = queues.Create(sqs.Settings{Name: "Rechecks"})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	iam := engine.NewIAM(account.Region, account.ID)
	iam.Add(engine.Principal{Name: "product", ARN: "arn:aws:iam::111122223333:user/product", Type: "IAMUser", KeyID: "AKIAPRODUCT", Unbound: true})
	b.Server = engine.NewServer(engine.Options{
		Lock: &b.mu, Clock: b.clock, Region: account.Region, Account: account.ID,
		Services: []*engine.Service{buses.Service(), queues.Service()}, Principals: iam, Authorizer: iam,
	})
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.config = aws.Config{
		Region: account.Region, BaseEndpoint: new(server.URL), HTTPClient: &http.Client{}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPRODUCT", "secret", ""),
	}
	return b
}

func (b *bench) sender() *bus.Bus { return bus.New(b.config, b.bus.Name, b.queue.URL) }

func (b *bench) events() []eventbridge.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bus.Events()
}

// parse reads an event as a queue behind the bus receives it.
func parse(t *testing.T, e eventbridge.Event) lifecycle.Event {
	t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lifecycle.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func sample(t *testing.T, name string) lifecycle.Event {
	t.Helper()
	body, err := os.ReadFile("../../events/lifecycle/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := lifecycle.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// row returns n events of one incident.
func row(t *testing.T, n int) []lifecycle.Event {
	t.Helper()
	all := make([]lifecycle.Event, n)
	for i := range all {
		all[i] = sample(t, "fix-applied")
		all[i].Sequence = i + 1
	}
	return all
}

func TestEventsArriveAsTheContractSays(t *testing.T) {
	t.Parallel()
	b := serve(t)
	e := sample(t, "diagnosis-completed")
	if errs := b.sender().Put(t.Context(), []lifecycle.Event{e}); len(errs) != 1 || errs[0] != nil {
		t.Fatal(errs)
	}
	got := b.events()
	if len(got) != 1 || got[0].Source != "xks-remediator" || got[0].DetailType != "Diagnosis Completed" {
		t.Fatalf("got %+v", got)
	}
	if got[0].Time != "2026-05-04T02:11:43Z" {
		t.Errorf("the envelope's time is %s, not the event's", got[0].Time)
	}
	if diff := cmp.Diff(e, parse(t, got[0])); diff != "" {
		t.Errorf("(-put +delivered):\n%s", diff)
	}
}

func TestEventsGoTenACallInOrder(t *testing.T) {
	t.Parallel()
	for n, calls := range map[int]int{0: 0, 1: 1, 10: 1, 11: 2, 25: 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			b := serve(t)
			errs := b.sender().Put(t.Context(), row(t, n))
			if len(errs) != n || errors.Join(errs...) != nil {
				t.Fatalf("%d answers: %v", len(errs), errors.Join(errs...))
			}
			if got := len(b.Calls()); got != calls {
				t.Errorf("%d calls, want %d", got, calls)
			}
			for i, e := range b.events() {
				if got := parse(t, e).Sequence; got != i+1 {
					t.Errorf("event %d stands at %d", got, i+1)
				}
			}
			if got := len(b.events()); got != n {
				t.Errorf("%d events on the bus, want %d", got, n)
			}
		})
	}
}

// EventBridge takes 256 KB a call, so that large events need calls of their own.
func TestCallsStayBelowEventBridgesSize(t *testing.T) {
	t.Parallel()
	b := serve(t)
	all := row(t, 5)
	for i := range all {
		all[i].Reason = strings.Repeat("evidence ", 10_000) // 90 KB
	}
	if err := errors.Join(b.sender().Put(t.Context(), all)...); err != nil {
		t.Fatal(err)
	}
	if got := len(b.Calls()); got != 3 {
		t.Errorf("%d calls, want 3: two events of 90 KB fit into one", got)
	}
	for i, e := range b.events() {
		if diff := cmp.Diff(all[i], parse(t, e)); diff != "" {
			t.Errorf("event %d was changed", i+1)
		}
	}
}

func TestAnEventLargerThanACallIsPutWithoutPartsOfItsEvidence(t *testing.T) {
	t.Parallel()
	b := serve(t)
	e := sample(t, "diagnosis-completed")
	for i := range 20_000 {
		e.Causes[0].Missing = append(e.Causes[0].Missing, fmt.Sprintf("tcp 10.%d.%d.1/32 → 10.0.0.1/32 :443", i/256, i%256))
	}
	if err := errors.Join(b.sender().Put(t.Context(), []lifecycle.Event{e})...); err != nil {
		t.Fatal(err)
	}
	if got := parse(t, b.events()[0]); !strings.Contains(got.Next, "left out") || got.Digest != e.Digest {
		t.Errorf("next is %q, digest %q", got.Next, got.Digest)
	}
}

// EventBridge answers 200 with the failures inside, here for every second event.
func TestRefusedEntriesAreToldApart(t *testing.T) {
	t.Parallel()
	b := serve(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprint(w, `{"FailedEntryCount":2,"Entries":[{"EventId":"1"},{"ErrorCode":"ThrottlingException","ErrorMessage":"slow down"},{"EventId":"3"},{"ErrorCode":"InternalFailure"}]}`)
	}))
	defer server.Close()
	b.config.BaseEndpoint = new(server.URL)
	errs := b.sender().Put(t.Context(), row(t, 5))
	for i, says := range []string{"", "ThrottlingException: slow down", "", "InternalFailure", "said nothing of this event"} {
		if (errs[i] == nil) != (says == "") || errs[i] != nil && !strings.Contains(errs[i].Error(), says) {
			t.Errorf("event %d: got %v, want %q", i+1, errs[i], says)
		}
	}
}

func TestAnInvalidEventIsNotPutAndHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	b := serve(t)
	all := row(t, 3)
	all[1].Headline = ""
	errs := b.sender().Put(t.Context(), all)
	if errs[0] != nil || errs[2] != nil || errs[1] == nil || !strings.Contains(errs[1].Error(), "headline is missing") {
		t.Errorf("got %v", errs)
	}
	if got := len(b.events()); got != 2 {
		t.Errorf("%d events on the bus, want 2", got)
	}
}

func TestAFailedCallConcernsItsOwnEventsOnly(t *testing.T) {
	t.Parallel()
	b := serve(t)
	calls := 0
	b.SetIntercept(func(*engine.Call) *engine.Fault {
		if calls++; calls == 1 {
			return &engine.Fault{Error: &engine.Error{Code: "AccessDeniedException", Message: "no"}}
		}
		return nil
	})
	for i, err := range b.sender().Put(t.Context(), row(t, 12)) {
		denied, ok := errors.AsType[*awserr.Denied](err)
		if refused := i < 10; refused != ok || ok && denied.Action != "events:PutEvents" {
			t.Errorf("event %d: got %v", i+1, err)
		}
	}
	if got := len(b.events()); got != 2 {
		t.Errorf("%d events on the bus, want 2", got)
	}
}

func TestARecheckArrivesAfterItsDelay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ asked, waits time.Duration }{
		"at once":              {0, 0},
		"in the past":          {-time.Minute, 0},
		"whole seconds":        {15 * time.Second, 15 * time.Second},
		"never before it":      {1500 * time.Millisecond, 2 * time.Second},
		"as long as SQS can":   {15 * time.Minute, 15 * time.Minute},
		"longer than SQS can":  {time.Hour, 15 * time.Minute},
		"a second over it all": {901 * time.Second, 15 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t)
			const body = `{"subject":"key-store/cks-1234567890abcdef0"}`
			if err := b.sender().Recheck(t.Context(), []byte(body), tt.asked); err != nil {
				t.Fatal(err)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if tt.waits > 0 {
				b.advance(tt.waits - time.Millisecond)
				if early := b.queue.Receive(1, time.Second); len(early) != 0 {
					t.Fatal("it comes early")
				}
			}
			b.advance(start.Add(tt.waits).Sub(b.clock.Now()))
			if got := b.queue.Receive(1, time.Second); len(got) != 1 || got[0].Body != body {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// advance runs what is due within d. The caller holds the lock.
func (b *bench) advance(d time.Duration) {
	limit := b.clock.Now().Add(d)
	for do := b.clock.Pop(limit); do != nil; do = b.clock.Pop(limit) {
		do()
	}
}

func TestARecheckThatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	b := serve(t)
	gone := bus.New(b.config, b.bus.Name, b.queue.URL+"-gone")
	if err := gone.Recheck(t.Context(), []byte("{}"), time.Minute); !awserr.IsAbsent(err) || !strings.Contains(err.Error(), "in 60 s") {
		t.Errorf("got %v", err)
	}
	b.SetIntercept(func(*engine.Call) *engine.Fault {
		return &engine.Fault{Error: &engine.Error{Code: "AccessDenied", Message: "no"}}
	})
	err := b.sender().Recheck(t.Context(), []byte("{}"), 0)
	if denied, ok := errors.AsType[*awserr.Denied](err); !ok || denied.Action != "sqs:SendMessage" {
		t.Errorf("got %v", err)
	}
}
