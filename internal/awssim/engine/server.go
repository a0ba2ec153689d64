package engine

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Principals finds who owns an access key. It is called under the lock.
type Principals interface {
	ByKey(accessKeyID string) (Principal, bool)
}

// An Authorizer judges a call before it runs: nil lets it pass, an *Error refuses it in
// the service's own words.
type Authorizer interface {
	Authorize(c *Call, action string, resources []Resource) *Error
}

// An Observer is told of every call that reached its operation or was refused by IAM or a
// fault, after it and still under the lock. answer is nil where err is not. CloudTrail is one.
type Observer func(c *Call, answer any, err *Error)

// Options are what a Server is made of.
type Options struct {
	Lock       sync.Locker // the simulator's one lock: a call runs wholly under it
	Clock      *Clock
	Region     string
	Account    string
	Services   []*Service
	Principals Principals
	Authorizer Authorizer // nil allows everything
	Observe    Observer   // may be nil
	Tap        Tap        // may be nil
	// Lenient lets parameters pass that no Bind of the call had a member for. Otherwise the
	// answer is an error that names them: a filter silently ignored would prove nothing.
	Lenient bool
}

// A Server speaks AWS's wire protocols for a set of services at one address. A request
// finds its service and its principal by the credential scope of its SigV4 signature; the
// signature itself is not verified.
type Server struct {
	options   Options
	services  map[string]*Service
	journal   journal
	latency   atomic.Int64
	intercept atomic.Pointer[Intercept]
	requests  atomic.Uint64
}

// NewServer returns a handler for o's services.
func NewServer(o Options) *Server {
	s := &Server{options: o, services: make(map[string]*Service)}
	for _, service := range o.Services {
		s.services[service.Name] = service
	}
	return s
}

// SetLatency makes every call take d of real time, outside the lock. It is for benchmarks
// and for counting rounds.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// SetIntercept installs f, which sees each call before it is authorized; nil removes it.
func (s *Server) SetIntercept(f Intercept) {
	if f == nil {
		s.intercept.Store(nil)
		return
	}
	s.intercept.Store(&f)
}

// Calls returns every call since the last Reset, in the order in which they took effect.
func (s *Server) Calls() []Record { return s.journal.all() }

// Reset forgets the calls made so far.
func (s *Server) Reset() { s.journal.reset() }

// ServeHTTP answers one AWS request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := s.journal.next()
	id := requestID(s.requests.Add(1))
	req, refusal := s.read(r, id)
	if refusal != nil {
		s.refuse(w, r, req, started, refusal)
		return
	}
	if !s.wait(r) {
		return
	}
	done := s.run(req, started)
	done.finish()
	if done.fault.Crash != nil {
		done.fault.Crash()
	}
	if done.fault.Drop || done.fault.Lose || done.fault.Crash != nil {
		s.tell(r, req, done.at, 0, nil, nil)
		s.journal.end(done.record)
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	}
	done.header.Set("X-Amzn-Requestid", id)
	s.tell(r, req, done.at, done.status, done.header, done.body)
	s.journal.end(done.record)
	reply(w, done.status, done.header, done.body)
}

// refuse answers a request that never became a call.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, req *request, started int, e *Error) {
	now := s.now()
	n := s.journal.add(Record{Started: started, Time: now, Principal: req.principal.Name,
		Service: req.service.Name, Operation: req.operation, Err: e.Code, RequestID: req.id, Attempt: 1})
	status, header, body := encode(req, nil, e)
	header.Set("X-Amzn-Requestid", req.id)
	s.tell(r, req, now, status, header, body)
	s.journal.end(n)
	reply(w, status, header, body)
}

func (s *Server) now() time.Time {
	s.options.Lock.Lock()
	defer s.options.Lock.Unlock()
	return s.options.Clock.Now()
}

// wait spends the set latency; it is false where the client left meanwhile.
func (s *Server) wait(r *http.Request) bool {
	d := time.Duration(s.latency.Load())
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func reply(w http.ResponseWriter, status int, header http.Header, body []byte) {
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left has no use for the error
}

// attempt reads the SDK's own count of tries: "attempt=2; max=3".
func attempt(r *http.Request) int {
	for part := range strings.SplitSeq(r.Header.Get("Amz-Sdk-Request"), ";") {
		if n, ok := strings.CutPrefix(strings.TrimSpace(part), "attempt="); ok {
			return max(atoi(n), 1)
		}
	}
	return 1
}
