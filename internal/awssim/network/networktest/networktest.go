// Package networktest serves a world to the real AWS SDK in tests.
package networktest

import (
	"cmp"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// Start is when every test's clock begins.
var Start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// NewWorld returns an empty world at Start.
func NewWorld() *network.World {
	return network.NewWorld(engine.NewClock(Start), "eu-central-1", "111122223333")
}

// Advance moves a world's clock by d and runs everything that falls due. The caller holds
// the lock, or is alone.
func Advance(w *network.World, d time.Duration) {
	limit := w.Clock.Now().Add(d)
	for {
		at, _, ok := w.Clock.Next()
		if !ok || at.After(limit) {
			w.Clock.Pop(limit)
			return
		}
		if do := w.Clock.Pop(limit); do != nil {
			do()
		}
	}
}

// A Server serves services over a world.
type Server struct {
	Config aws.Config // for clients; each call is made by Alice, who may do anything
	mu     sync.Mutex
	last   engine.Call
	judged []Judged
}

// Judged is one thing on which IAM was asked to judge a call.
type Judged struct {
	Action   string
	Resource engine.Resource
}

// Serve serves services over loopback until the test ends.
func Serve(t *testing.T, w *network.World, services ...*engine.Service) *Server {
	t.Helper()
	s := &Server{}
	http := httptest.NewServer(engine.NewServer(engine.Options{
		Lock: &s.mu, Clock: w.Clock, Region: w.Region, Account: w.Account, Services: services, Principals: alice{}, Authorizer: s,
		Observe: func(c *engine.Call, _ any, _ *engine.Error) { s.last = *c },
	}))
	t.Cleanup(http.Close)
	s.Config = aws.Config{
		Region: w.Region, BaseEndpoint: aws.String(http.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAALICE", "secret", ""),
	}
	return s
}

// Last returns the last call, with what it left for CloudTrail.
func (s *Server) Last() engine.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Judged returns what IAM was asked about the last call.
func (s *Server) Judged() []Judged {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.judged
}

// Authorize notes what it is asked, and allows it.
func (s *Server) Authorize(_ *engine.Call, action string, resources []engine.Resource) *engine.Error {
	s.judged = nil
	for _, r := range resources {
		s.judged = append(s.judged, Judged{cmp.Or(r.Action, action), r})
	}
	return nil
}

type alice struct{}

func (alice) ByKey(string) (engine.Principal, bool) {
	return engine.Principal{Name: "admin", ARN: "arn:aws:iam::111122223333:user/Alice", Type: "IAMUser", KeyID: "AKIAALICE", Unbound: true, UserName: "Alice"}, true
}
