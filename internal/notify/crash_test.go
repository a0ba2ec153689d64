package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/topic"
)

// A world is the table and the topic, simulated behind HTTP. Workers start in it and die.
type world struct {
	*engine.Server
	mu     sync.Mutex
	tables *dynamodb.Tables
	topics *sns.Topics
	config aws.Config
	topic  string
	ids    atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := engine.NewClock(start)
	account := platform.NewAccount(clock, "eu-central-1", "111122223333")
	w := &world{tables: dynamodb.New(account), topics: sns.New(account)}
	_, noTable := w.tables.Create(dynamodb.Settings{
		Name: "records", Expiry: "expires",
		Key: dynamodb.Schema{Hash: dynamodb.Attribute{Name: "pk", Kind: "S"}, Range: &dynamodb.Attribute{Name: "sk", Kind: "S"}},
	})
	incidents, noTopic := w.topics.Create("incidents", "")
	if err := errors.Join(noTable, noTopic); err != nil {
		t.Fatal(err)
	}
	w.topic = incidents.ARN
	iam := engine.NewIAM(account.Region, account.ID)
	iam.Add(engine.Principal{Name: "notify", ARN: "arn:aws:iam::111122223333:user/notify", Type: "IAMUser", KeyID: "AKIANOTIFY", Unbound: true})
	w.Server = engine.NewServer(engine.Options{
		Lock: &w.mu, Clock: clock, Region: account.Region, Account: account.ID,
		Services: []*engine.Service{w.tables.Service(), w.topics.Service()}, Principals: iam, Authorizer: iam,
	})
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.config = aws.Config{
		Region: account.Region, BaseEndpoint: new(server.URL), HTTPClient: &http.Client{}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIANOTIFY", "secret", ""),
	}
	return w
}

// worker starts a worker whose clock stands at now.
func (w *world) worker(now time.Time) *notify.Handler {
	return &notify.Handler{
		Told: dynamo.NewTold(w.config, "records", 400*24*time.Hour), Publisher: topic.New(w.config, w.topic),
		Metrics: counts{}, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return now }, NewID: func() string { return fmt.Sprint(w.ids.Add(1)) },
	}
}

func (w *world) published() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.topics.Published())
}

// A queue hands a message out again after its visibility timeout, six times the function's
// own timeout of 30 s.
const visibility = 3 * time.Minute

// Telling an event is three calls: claim, publish, mark. Wherever a worker dies, the page
// gets through, and comes twice only if it died between the publish and the mark.
func TestACrashAtAnyCallStillPages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call    string
		nth     int
		carried bool // whether AWS carried the call out
		pages   int
	}{
		"before the claim":                    {"PutItem", 1, false, 1},
		"after the claim":                     {"PutItem", 1, true, 1},
		"before the publish":                  {"Publish", 1, false, 1},
		"after the publish, before the mark":  {"Publish", 1, true, 2},
		"with the mark on its way":            {"PutItem", 2, false, 2},
		"after the mark, before the response": {"PutItem", 2, true, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alive, die := context.WithCancel(t.Context())
			nth := tt.nth
			w.SetIntercept(func(c *engine.Call) *engine.Fault {
				if c.Operation == tt.call {
					nth--
				}
				if c.Operation != tt.call || nth != 0 {
					return nil
				}
				return &engine.Fault{Drop: tt.carried, Lose: !tt.carried, Crash: die}
			})
			batch := batchOf(sample(t, "incident-escalated"))
			_, _ = w.worker(start).Handle(alive, batch) // its answer is lost with it
			w.SetIntercept(nil)
			if alive.Err() == nil {
				t.Fatal("the worker did not die")
			}
			answer, err := w.worker(start.Add(visibility)).Handle(t.Context(), batch)
			if err != nil || len(ids(answer)) != 0 {
				t.Errorf("%v come back, %v", ids(answer), err)
			}
			if got := w.published(); got != tt.pages {
				t.Errorf("%d pages, want %d", got, tt.pages)
			}
		})
	}
}

// EventBridge and SQS deliver at least once, and two workers may get the same event at the
// same moment: one tells, and the other's message comes back only to be dropped.
func TestConcurrentWorkersPageOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := batchOf(sample(t, "fix-applied"), sample(t, "fix-failed"), sample(t, "incident-resolved"))
	var workers sync.WaitGroup
	var mu sync.Mutex
	back := map[string]bool{}
	for range 4 {
		workers.Go(func() {
			answer, err := w.worker(start).Handle(t.Context(), batch)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range ids(answer) {
				back[id] = true
			}
		})
	}
	workers.Wait()
	answer, err := w.worker(start.Add(visibility)).Handle(t.Context(), batch)
	if err != nil || len(ids(answer)) != 0 {
		t.Errorf("after the visibility timeout %v come back, %v", ids(answer), err)
	}
	if got := w.published(); got != 3 {
		t.Errorf("%d pages for 3 events (%v came back)", got, back)
	}
}

func TestAThousandRepeatsPageOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bodies := slices.Repeat([][]byte{sample(t, "incident-escalated")}, 10)
	for i := range 100 {
		answer, err := w.worker(start.Add(time.Duration(i)*time.Second)).Handle(t.Context(), batchOf(bodies...))
		if err != nil || len(ids(answer)) != 0 {
			t.Fatalf("%v come back, %v", ids(answer), err)
		}
	}
	if got := w.published(); got != 1 {
		t.Errorf("%d pages, want 1", got)
	}
}

func TestAnUnreachableTableStillPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tables.Unreachable = true
	var log bytes.Buffer
	h := w.worker(start)
	h.Log = slog.New(slog.NewJSONHandler(&log, nil))
	answer, err := h.Handle(t.Context(), batchOf(sample(t, "incident-escalated")))
	if err != nil || len(ids(answer)) != 0 || w.published() != 1 {
		t.Errorf("%v come back, %v, %d pages", ids(answer), err, w.published())
	}
	if lines := logged(t, log.String()); len(lines) != 3 || lines[0]["level"] != "WARN" {
		t.Errorf("logged %s", log.String())
	}
}
