package collect_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/cloudwatch"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/ec2"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/elb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/kms"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/route53"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/trail"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// A sim is the simulated account with a reference path, served over loopback.
type sim struct {
	*network.World
	*network.Reference
	Server  *engine.Server
	Config  aws.Config
	History events
	mu      sync.Mutex
	denied  map[string]bool // IAM actions that are refused
	gate    *gate
}

func newSim(t testing.TB, o network.Options) *sim {
	t.Helper()
	s := &sim{World: network.NewWorld(engine.NewClock(start), "eu-central-1", "111122223333"), denied: map[string]bool{}}
	s.Reference = s.BuildReference(o)
	s.Server = engine.NewServer(engine.Options{
		Lock: &s.mu, Clock: s.Clock, Region: s.Region, Account: s.Account,
		Services:   []*engine.Service{ec2.Service(s.World), elb.Service(s.World), kms.Service(s.World), route53.Service(s.World), cloudwatch.Service(s.World), trail.Service(s.World, &s.History, 0)},
		Principals: anyone{}, Authorizer: s,
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.gate != nil {
			s.gate.pass(r.Context())
		}
		s.Server.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.Config = aws.Config{
		Region: s.Region, BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIADIAGNOSE", "secret", ""),
	}
	return s
}

// reader returns a Reader of the account with the reference's canary key.
func (s *sim) reader(edits ...func(*collect.Options)) *collect.Reader {
	o := collect.Options{Account: s.Account, Region: s.Region, Now: func() time.Time { return start }}
	if s.Canary != nil {
		o.CanaryKeys = []string{s.KeyARN(s.Canary)}
	}
	for _, edit := range edits {
		edit(&o)
	}
	return collect.New(s.Config, o)
}

// subject is the reference's key store.
func (s *sim) subject() path.Subject {
	return path.Subject{Kind: path.KeyStoreSubject, ID: s.KeyStore.ID}
}

// look takes a snapshot of the reference's key store.
func (s *sim) look(t testing.TB, edits ...func(*collect.Options)) path.Snapshot {
	t.Helper()
	return s.reader(edits...).Snapshot(t.Context(), s.subject(), path.Requested{}, nil, nil)
}

// Authorize refuses the denied actions in each service's own words.
func (s *sim) Authorize(c *engine.Call, action string, _ []engine.Resource) *engine.Error {
	if !s.denied[action] {
		return nil
	}
	e := &engine.Error{Code: "AccessDenied", Status: 403, Message: "User: diagnose is not authorized to perform: " + action}
	switch c.Service.Name {
	case "kms", "cloudtrail", "monitoring":
		e.Code, e.Status = "AccessDeniedException", 400
	case "ec2":
		e.Code = "UnauthorizedOperation"
		e.Message += ". Encoded authorization failure message: aGVsbG8="
	}
	return e
}

// fail makes every call of an operation fail with an error.
func (s *sim) fail(operation string, e engine.Error) {
	s.Server.SetIntercept(func(c *engine.Call) *engine.Fault {
		if c.Operation != operation {
			return nil
		}
		return &engine.Fault{Error: &e}
	})
}

type anyone struct{}

func (anyone) ByKey(id string) (engine.Principal, bool) {
	return engine.Principal{Name: "diagnose", ARN: "arn:aws:iam::111122223333:role/Diagnose", Type: "AssumedRole", KeyID: id}, true
}

// events is an event history.
type events []trail.Event

func (e *events) Events() []trail.Event { return *e }

// advance moves the clock by d and runs what falls due.
func (s *sim) advance(d time.Duration) {
	for limit := s.Clock.Now().Add(d); s.Clock.Now().Before(limit); {
		if do := s.Clock.Pop(limit); do != nil {
			do()
		}
	}
}

// A gate lets calls pass in groups: each waits until as many are under way as its round has.
// Calls made one after the other never pass.
type gate struct {
	mu     sync.Mutex
	rounds []int // how many calls are still to come in each round
	open   chan struct{}
}

func (g *gate) pass(ctx context.Context) {
	g.mu.Lock()
	if g.open == nil {
		g.open = make(chan struct{})
	}
	open := g.open
	if len(g.rounds) > 0 {
		if g.rounds[0]--; g.rounds[0] == 0 {
			g.rounds, g.open = g.rounds[1:], nil
			close(open)
		}
	}
	g.mu.Unlock()
	select {
	case <-open:
	case <-ctx.Done():
	}
}
