package boot

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sender ends a request as the SDK does, with its body closed before net/http is through.
type sender struct{ t *testing.T }

func (s sender) Do(r *http.Request) (*http.Response, error) {
	if err := r.Body.Close(); err != nil {
		s.t.Errorf("closing the body: %v", err)
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		s.t.Errorf("what is left of a closed body is %v, want nothing", err)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestABodyThatTheSDKClosedHasAnEnd(t *testing.T) {
	t.Parallel()
	request, err := smithyhttp.NewStackRequest().(*smithyhttp.Request).SetStream(strings.NewReader("Action=DescribeVpcs"))
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len("Action=DescribeVpcs"))
	response, err := client{sender{t}}.Do(request.Build(t.Context()))
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v", response, err)
	}
}

func TestTheSettingsHoldAClientThatSends(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer server.Close()
	env, err := LoadFrom[struct{}](map[string]string{"AWS_REGION": "eu-central-1"}, io.Discard, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("Action=DescribeVpcs"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := env.AWS.HTTPClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusTeapot {
		t.Errorf("got status %d", response.StatusCode)
	}
}

func TestARequestWithoutBodyStaysOne(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]io.ReadCloser{"nil": nil, "NoBody": http.NoBody} {
		var got io.ReadCloser
		c := client{doer(func(r *http.Request) { got = r.Body })}
		if _, err := c.Do(&http.Request{Body: body}); err != nil {
			t.Fatal(err)
		}
		if got != body {
			t.Errorf("%s: net/http sees the body %v, want %v", name, got, body)
		}
	}
}

type doer func(*http.Request)

func (d doer) Do(r *http.Request) (*http.Response, error) {
	d(r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}
