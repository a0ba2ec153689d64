//go:build e2e

package wire

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// A line is one exchange as the validator reads it.
type line struct {
	Run       string      `json:"run"`
	RequestID string      `json:"requestId"`
	Service   string      `json:"service"` // of the SigV4 scope
	Operation string      `json:"operation"`
	Method    string      `json:"method"`
	Path      string      `json:"path"`
	Header    http.Header `json:"header"`
	Body      []byte      `json:"body"`
	Status    int         `json:"status"` // 0: the answer was lost
	Answered  http.Header `json:"answered"`
	Answer    []byte      `json:"answer"`
	SDK       *attempt    `json:"sdk"`
}

// An attempt is what the SDK's client sent, and what it made of the answer.
type attempt struct {
	Service   string   `json:"service"` // the SDK's service ID
	Operation string   `json:"operation"`
	Input     any      `json:"input"`
	Output    any      `json:"output"` // nil where there is an error
	Error     *failure `json:"error"`
}

// A failure is an error as the product sees it. Code is empty where the client got no answer.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Fault   string `json:"fault"`
	Type    string `json:"type"`    // Go's own: GenericAPIError where the model has none
	Members any    `json:"members"` // of a modelled error
	Text    string `json:"text"`
}

// A recorder keeps both ends of every call of one rehearsal.
type recorder struct {
	run       string
	mu        sync.Mutex
	exchanges []engine.Exchange
	attempts  map[string]*attempt // by invocation and number of the try
	broken    []error             // of what could not be recorded
	calls     int                 // that stand in the simulator's own journal
}

func newRecorder(run string) *recorder {
	return &recorder{run: run, attempts: map[string]*attempt{}}
}

// options has o's rehearsal watched by r.
func (r *recorder) options(o rehearse.Options) rehearse.Options {
	inspect := o.Inspect
	o.Tap, o.Configure = r.tap, r.configure
	o.Inspect = func(sim *awssim.Sim, stack *awssim.Stack) {
		if inspect != nil {
			inspect(sim, stack)
		}
		r.calls = len(sim.Calls())
	}
	return o
}

func (r *recorder) tap(x engine.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, x)
}

// configure makes every client of cfg tell r of its attempts. The outermost middleware of the
// deserialize step sees the finished request, and the result before a retry hides it.
func (r *recorder) configure(cfg *aws.Config) {
	watch := middleware.DeserializeMiddlewareFunc("wire.record", r.watch)
	keep := middleware.SerializeMiddlewareFunc("wire.input", r.keep)
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return errors.Join(stack.Serialize.Add(keep, middleware.Before), stack.Deserialize.Add(watch, middleware.Before))
	})
}

type inputKey struct{}

// keep takes the input once all defaults are filled in, before anything is written of it.
func (r *recorder) keep(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error) {
	given, err := canon(reflect.ValueOf(in.Parameters))
	r.note(err)
	return next.HandleSerialize(middleware.WithStackValue(ctx, inputKey{}, given), in)
}

func (r *recorder) watch(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	a := &attempt{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx),
		Input: middleware.GetStackValue(ctx, inputKey{})}
	if err != nil {
		a.Error = r.failed(err)
	} else {
		made, broken := canon(reflect.ValueOf(out.Result))
		r.note(broken)
		a.Output = made
	}
	request, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		r.note(fmt.Errorf("%s %s is a %T", a.Service, a.Operation, in.Request))
		return out, metadata, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := keyOf(request.Header)
	if r.attempts[key] != nil {
		r.broken = append(r.broken, fmt.Errorf("two attempts are called %s", key))
	}
	r.attempts[key] = a
	return out, metadata, err
}

// failed takes an error apart as the product's own code does: by errors.As.
func (r *recorder) failed(err error) *failure {
	f := &failure{Text: err.Error()}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return f
	}
	f.Code, f.Message, f.Fault = api.ErrorCode(), api.ErrorMessage(), api.ErrorFault().String()
	value := reflect.Indirect(reflect.ValueOf(api))
	f.Type = value.Type().Name()
	if f.Type != "GenericAPIError" {
		members, broken := canon(value)
		r.note(broken)
		f.Members = members
	}
	return f
}

func (r *recorder) note(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, err)
}

// keyOf names one try of one call: the SDK sends both in every request.
func keyOf(h http.Header) string {
	return h.Get("Amz-Sdk-Invocation-Id") + " " + h.Get("Amz-Sdk-Request")
}

// A ledger is the file that the validator reads, and what it has to find in it.
type ledger struct {
	mu          sync.Mutex
	out         *bufio.Writer
	runs, lines int
}

// write joins both ends of a run's calls and appends them. It fails the test where an exchange
// lacks its other end, or the simulator's journal counts otherwise.
func (l *ledger) write(t *testing.T, r *recorder) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.exchanges) != r.calls || len(r.attempts) != r.calls || r.calls == 0 {
		t.Errorf("%s: %d calls stand in the journal, %d were tapped and %d recorded by the SDK's clients", r.run, r.calls, len(r.exchanges), len(r.attempts))
	}
	if err := errors.Join(r.broken...); err != nil {
		t.Errorf("%s: recording: %v", r.run, err)
	}
	l.runs++
	for _, x := range r.exchanges {
		a := r.attempts[keyOf(x.Header)]
		if a == nil {
			t.Errorf("%s: no client knows of %s %s, %s", r.run, cmp.Or(x.Service, "a call"), x.Operation, keyOf(x.Header))
		}
		text, err := json.Marshal(line{Run: r.run, RequestID: x.RequestID, Service: x.Service, Operation: x.Operation,
			Method: x.Method, Path: x.Path, Header: x.Header, Body: x.Body,
			Status: x.Status, Answered: x.Answered, Answer: x.Answer, SDK: a})
		if err != nil {
			t.Fatalf("writing an exchange: %v", err)
		}
		if _, err := l.out.WriteString(strings.TrimSpace(string(text)) + "\n"); err != nil {
			t.Fatalf("writing an exchange: %v", err)
		}
		l.lines++
	}
}
