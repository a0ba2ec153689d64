// Package awssim is AWS on one machine: an in-memory world behind AWS's wire protocols on
// loopback HTTP, to which unmodified SDK clients, the AWS CLI and boto3 talk. It deploys a
// SAM template, runs its functions in this process, and moves its clock only when told.
//
// It judges the product, so it imports nothing of it.
package awssim

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/nameserver"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/cloudtrail"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/lambda"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// Options say which account is simulated, and how. The zero Options are eu-central-1,
// account 111122223333, 2 March 2026, 03:00 UTC.
type Options struct {
	Region  string
	Account string
	Start   time.Time
	// Concurrent lets a queue's batches run at the same time, as AWS does. Otherwise they
	// run one after the other, and runs are the same.
	Concurrent bool
	// HistoryDelay is how long a record takes to be found by LookupEvents; a minute where
	// zero.
	HistoryDelay time.Duration
	// Speed is how many times as fast as real time the clock runs in Serve; one where zero.
	Speed float64
	// Latency is the real time that every call takes, for benchmarks.
	Latency time.Duration
	// Tap sees every request and its answer as they go over the wire; nil for nobody.
	Tap engine.Tap
}

// A Sim is one simulated account in one Region. The exported parts are guarded by its
// lock: touch them within Do.
type Sim struct {
	World  *network.World       // the path of the key stores
	Queues *sqs.Queues          // SQS
	Buses  *eventbridge.Buses   // EventBridge
	Tables *dynamodb.Tables     // DynamoDB
	Topics *sns.Topics          // SNS
	Lambda *lambda.Lambda       // functions and their mappings
	Trail  *cloudtrail.Recorder // CloudTrail's records, and how they are delivered
	IAM    *engine.IAM          // principals and their policies

	options Options
	account *platform.Account
	server  *engine.Server
	http    *http.Server
	url     string
	ctx     context.Context // ends with Close, and with it every function
	close   context.CancelFunc
	byRole  map[string][]string // role's logical ID → functions'

	public   authority                       // of certificates
	attached map[string][]*network.Interface // of functions in a VPC, by logical ID
	lag      atomic.Int64                    // milliseconds that sluggish proxies have taken

	ownerRoles map[string]OwnerRole // of another account, by ARN

	mu      sync.Mutex // the world's one lock
	running sync.Mutex // held by who moves the clock

	dnsOnce sync.Once
	dns     *nameserver.Server
}

// New starts a simulator on a loopback port. Close it after use.
func New(o Options) *Sim {
	o.Region, o.Account = cmp.Or(o.Region, "eu-central-1"), cmp.Or(o.Account, "111122223333")
	o.HistoryDelay, o.Speed = cmp.Or(o.HistoryDelay, time.Minute), cmp.Or(o.Speed, 1)
	if o.Start.IsZero() {
		o.Start = time.Date(2026, time.March, 2, 3, 0, 0, 0, time.UTC)
	}
	s := &Sim{options: o, byRole: map[string][]string{}, ownerRoles: map[string]OwnerRole{}, attached: map[string][]*network.Interface{}}
	s.ctx, s.close = context.WithCancel(context.Background())
	s.build(engine.NewClock(o.Start))
	s.addPeople()
	s.listen()
	return s
}

// build makes the world and the services over it.
func (s *Sim) build(clock *engine.Clock) {
	s.account = platform.NewAccount(clock, s.options.Region, s.options.Account)
	s.World = network.NewWorld(clock, s.options.Region, s.options.Account)
	s.Queues = sqs.New(s.account)
	s.Buses = eventbridge.New(s.account, s.Queues)
	s.Tables = dynamodb.New(s.account)
	s.Topics = sns.New(s.account)
	s.Trail = cloudtrail.New(s.account, s.Buses, s.World)
	s.IAM = engine.NewIAM(s.options.Region, s.options.Account)
	s.Lambda = lambda.New(s.account, s.Queues)
	s.Lambda.Concurrent = s.options.Concurrent
	s.Lambda.Authorize = s.mayPoll
	s.server = engine.NewServer(engine.Options{
		Lock: &s.mu, Clock: clock, Region: s.options.Region, Account: s.options.Account, Services: s.services(),
		Principals: s.IAM, Authorizer: s.IAM, Observe: s.observe, Tap: s.options.Tap,
	})
	s.server.SetLatency(s.options.Latency)
	s.Intercept(nil)
}

// listen serves on a free loopback port. Like net/http/httptest it panics where the
// machine has none to give.
func (s *Sim) listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("awssim needs a loopback port: %v", err))
	}
	s.url = "http://" + listener.Addr().String()
	s.http = s.newHTTP()
	go func() { _ = s.http.Serve(listener) }() // ends with Close
}

func (s *Sim) newHTTP() *http.Server {
	return &http.Server{Handler: s.server, ReadHeaderTimeout: 10 * time.Second}
}

// URL returns the address to set as AWS_ENDPOINT_URL or BaseEndpoint.
func (s *Sim) URL() string { return s.url }

// Region returns the simulated Region.
func (s *Sim) Region() string { return s.options.Region }

// DNS returns the addresses of two public resolvers on loopback that answer from the world,
// separated by commas. They stand from the first call on; like listen it panics where the
// machine has no port to give.
func (s *Sim) DNS() string {
	s.dnsOnce.Do(func() {
		server, err := nameserver.Start(s.Do)
		if err != nil {
			panic("awssim needs loopback ports: " + err.Error())
		}
		s.dns = server
		context.AfterFunc(s.ctx, server.Close)
	})
	return strings.Join(s.dns.Addresses(), ",")
}

// Close stops serving, and cancels the functions under way.
func (s *Sim) Close() {
	s.close()
	_ = s.http.Close() // connections that break now have no one to tell
}

// Do runs f with the simulator's lock held, so that no call and nothing on the clock
// happens meanwhile. f must not call a method of the Sim that locks.
func (s *Sim) Do(f func(w *network.World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.World)
}

// Now returns the simulated time.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.Now()
}

// Published returns every SNS message so far, in order.
func (s *Sim) Published() []sns.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Topics.Published()
}

// Outcomes returns how every invocation of a function ended, in order.
func (s *Sim) Outcomes() []lambda.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Lambda.Outcomes()
}
