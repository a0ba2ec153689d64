package dynamotest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type tally struct{ writers, writes, conflicts atomic.Int64 }

// A wire is between the SDK and DynamoDB: it counts, and it can break.
type wire struct {
	next  aws.HTTPClient
	tally *tally

	mu      sync.Mutex
	calls   []string
	lost    string // the operation whose next answer gets lost
	refusal string // the error code of every answer
}

// lose has the next answer to an operation get lost after it was carried out.
func (w *wire) lose(operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = operation
}

// refuse has every call answered with an error.
func (w *wire) refuse(code string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refusal = code
}

// operations are what was called so far.
func (w *wire) operations() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// pass notes a call and says what is to become of it.
func (w *wire) pass(operation string) (refusal string, lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, operation)
	if lost = w.lost == operation; lost {
		w.lost = ""
	}
	return w.refusal, lost
}

// Do is aws.HTTPClient's.
func (w *wire) Do(request *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	refusal, lost := w.pass(operation)
	if refusal != "" {
		body := fmt.Sprintf(`{"__type":"com.amazon.coral.service#%s","message":"refused"}`, refusal)
		return &http.Response{StatusCode: http.StatusBadRequest, Status: "400 Bad Request", Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
			Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
	}
	response, err := w.next.Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if operation == "PutItem" {
		w.tally.writes.Add(1)
		if bytes.Contains(body, []byte("ConditionalCheckFailedException")) {
			w.tally.conflicts.Add(1)
		}
	}
	if lost {
		return nil, io.ErrUnexpectedEOF
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}
