package rehearse_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/wiring/diagnoser"
)

// A spoiling is how a read comes to nothing.
type spoiling string

const (
	refused   spoiling = "refused"   // by IAM: every call of the operation
	throttled spoiling = "throttled" // likewise
	timedOut  spoiling = "timed out" // one request, while others of its operation are answered
)

// A read is an operation that a diagnosis calls, or one request of it, and how it is spoiled.
type read struct {
	how       spoiling
	operation string
	action    string // for IAM
	principal string // who called: the function, or the owner's role for it
	request   string // of timedOut alone: what makes the request another than the rest
}

// cause is what the snapshot must say of the read.
func (r read) cause() path.Cause {
	return map[spoiling]path.Cause{refused: path.AccessDenied, throttled: path.Throttled, timedOut: path.TimedOut}[r.how]
}

// throttling returns a service's own error.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func throttling(service string) *engine.Error {
	switch service {
	case "ec2":
		return &engine.Error{Code: "RequestLimitExceeded", Status: 503, Message: "Request limit exceeded."}
	case "lambda":
		return &engine.Error{Code: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded."}
	case "kms", "cloudtrail", "monitoring":
		return &engine.Error{Code: "ThrottlingException", Status: 400, Message: "Rate exceeded"}
	}
	return &engine.Error{Code: "Throttling", Status: 400, Message: "Rate exceeded"}
}

// A wire is the product's HTTP client. A request that is to hang is given up at once, as if
// its time were over. What the undisturbed look was answered is answered again without the
// simulator, whose world stands still meanwhile; reads that are spoiled go out to it.
type wire struct {
	inner  aws.HTTPClient
	mu     sync.Mutex
	known  map[string]*replay
	order  []read   // the distinct requests of the undisturbed look, as they went out
	told   []string // operations that were answered from known
	spoilt []read
	learns bool
	hung   int
}

// A replay is an answer as it came over the wire.
type replay struct {
	status int
	header http.Header
	body   []byte
}

func (r *replay) response(to *http.Request) *http.Response {
	return &http.Response{
		StatusCode: r.status, Status: http.StatusText(r.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header.Clone(), Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)), Request: to,
	}
}

// Do sends a request.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	request, operation := r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("X-Amz-Target")+" "+string(body), middleware.GetOperationName(r.Context())
	hangs, answer := w.decide(request, operation)
	switch {
	case hangs:
		return nil, context.DeadlineExceeded
	case answer != nil:
		return answer.response(r), nil
	}
	response, err := w.inner.Do(r)
	if err != nil || !w.learns {
		return response, err
	}
	return w.learn(read{how: timedOut, operation: operation, request: request}, response)
}

// decide says whether a request hangs, or what is answered to it without sending it.
func (w *wire) decide(request, operation string) (hangs bool, answer *replay) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.spoilt {
		switch {
		case s.how == timedOut && s.request == request:
			w.hung++
			return true, nil
		case s.how != timedOut && s.operation == operation:
			return false, nil
		}
	}
	if answer = w.known[request]; answer != nil {
		w.told = append(w.told, operation)
	}
	return false, answer
}

// learn keeps an answer.
func (w *wire) learn(r read, response *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close() // read to its end
	kept := &replay{response.StatusCode, response.Header, body}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[r.request], w.order = kept, append(w.order, r)
	return kept.response(response.Request), err
}

// spoil sets what happens from now on; with nothing to spoil, answers are learnt anew.
func (w *wire) spoil(reads []read) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.learns = len(reads) == 0; w.learns {
		w.known, w.order = map[string]*replay{}, nil
	}
	w.spoilt, w.told, w.hung = reads, nil, 0
}

// A look is one diagnosis, whole.
type look struct {
	snapshot path.Snapshot
	findings []check.Finding
	assessed incident.Assessment
	remedies plan.Plan // of every fail, symptom or none
	calls    []engine.Record
	requests []read
	fills    map[path.Part][]string // actions that are known to fill a part
}

// look takes a snapshot with reads spoiled, and judges it as diagnose does.
func (w *sightWorld) look(t *testing.T, spoiled []read) *look {
	t.Helper()
	for _, r := range spoiled {
		if r.how != refused {
			continue
		}
		if err := w.sim.Deny(r.principal, r.action); err != nil {
			t.Fatal(err)
		}
		defer w.sim.Restore(r.principal, r.action)
	}
	w.sim.Intercept(func(c *engine.Call) *engine.Fault {
		if slices.ContainsFunc(spoiled, func(r read) bool { return r.how == throttled && r.operation == c.Operation }) {
			return &engine.Fault{Error: throttling(c.Service.Name)}
		}
		return nil
	})
	defer w.sim.Intercept(nil)
	w.wire.spoil(spoiled)
	w.sim.ResetCalls()
	record, handler := w.record(), diagnoser.New(w.env)
	snapshot := handler.Reader.Snapshot(t.Context(), w.subject, record.Asked(), nil, nil)
	got := &look{snapshot: snapshot, findings: check.Run(handler.Checks, snapshot), calls: w.calls(), requests: w.wire.order, fills: map[path.Part][]string{}}
	got.assessed = record.Assess(incident.Look{
		Snapshot: snapshot, Findings: got.findings, Now: w.sim.Now(), Rules: w.env.Config.Rules(), NewID: w.env.NewID,
	})
	got.remedies = plan.Make(got.findings, snapshot, plan.Policy{
		OptInKey: w.env.Config.OptInKey, OptInValue: w.env.Config.OptInValue, Attempted: true,
	})
	return got
}

// calls are what was asked of the simulator, and what it need not be asked again.
func (w *sightWorld) calls() []engine.Record {
	all := w.sim.Calls()
	if w.actions == nil {
		w.actions = map[string]string{}
	}
	for _, c := range all {
		w.actions[c.Operation] = c.Action
	}
	for _, operation := range w.wire.told {
		all = append(all, engine.Record{Operation: operation, Action: w.actions[operation]})
	}
	return all
}

// missed says whether nobody sent the request that was to hang.
func (w *sightWorld) missed(r read) bool { return r.how == timedOut && w.wire.hung == 0 }

// reads are what the look called and was answered, each once.
func (l *look) reads(how spoiling) []read {
	action := map[string]string{}
	var all []read
	for _, c := range l.calls {
		if _, known := action[c.Operation]; answered(c) && !known {
			action[c.Operation] = c.Action
			all = append(all, read{how: how, operation: c.Operation, action: c.Action, principal: c.Principal})
		}
	}
	if how != timedOut {
		return all
	}
	all = nil
	for _, r := range l.requests {
		if r.action = action[r.operation]; r.action != "" {
			all = append(all, r)
		}
	}
	return all
}

// key is everything that the look saw, but for when.
func (l *look) key() string {
	return asJSON([]any{l.findings, l.assessed.Causes, l.assessed.Plan, l.snapshot.Gaps})
}
