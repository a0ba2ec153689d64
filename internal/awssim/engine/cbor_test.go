package engine_test

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// Bytes are put together by hand from RFC 8949.
// https://www.rfc-editor.org/rfc/rfc8949.html#name-examples-of-encoded-cbor-da
func TestAnAnswerInCBOR(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer any
		want   string
	}{
		"nothing":          {nil, "a0"},
		"a text":           {&struct{ A string }{"x"}, "a1" + "6141" + "6178"},
		"a number":         {&struct{ A int32 }{23}, "a1" + "6141" + "17"},
		"a larger number":  {&struct{ A uint16 }{500}, "a1" + "6141" + "1901f4"},
		"a negative one":   {&struct{ A int }{-2}, "a1" + "6141" + "21"},
		"a fraction":       {&struct{ A float64 }{1.5}, "a1" + "6141" + "fb3ff8000000000000"},
		"a boolean":        {&struct{ A bool }{true}, "a1" + "6141" + "f5"},
		"a list":           {&struct{ A []string }{[]string{"x", "y"}}, "a1" + "6141" + "82" + "6178" + "6179"},
		"a time":           {&struct{ A time.Time }{time.UnixMilli(1500)}, "a1" + "6141" + "c1" + "fb3ff8000000000000"},
		"a structure":      {&struct{ A struct{ B string } }{struct{ B string }{"x"}}, "a1" + "6141" + "a1" + "6142" + "6178"},
		"what is not set":  {&struct{ A *int }{}, "a0"},
		"an empty list":    {&struct{ A []string }{[]string{}}, "a1" + "6141" + "80"},
		"a list of nobody": {&struct{ A []string }{}, "a0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, header, body := ask(t, func(*engine.Call) (any, error) { return tt.answer, nil })
			if got := hex.EncodeToString(body); status != http.StatusOK || got != tt.want {
				t.Errorf("got %d %s, want %s", status, got, tt.want)
			}
			if header.Get("Content-Type") != "application/cbor" || header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
				t.Errorf("got the headers %v", header)
			}
		})
	}
}

// An error says what it is as in JSON, and by a header what clients of the query protocol knew
// it by. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
func TestAnErrorInCBOR(t *testing.T) {
	t.Parallel()
	status, header, body := ask(t, func(*engine.Call) (any, error) { return nil, &engine.Error{Code: "New", Query: "Old", Message: "m"} })
	if status != http.StatusBadRequest || header.Get("X-Amzn-Query-Error") != "Old;Sender" || !strings.Contains(string(body), "\x66__type\x63New") {
		t.Errorf("got %d %v %q", status, header, body)
	}
}

// ask calls the one operation of a service that speaks CBOR.
func ask(t *testing.T, do func(*engine.Call) (any, error)) (int, http.Header, []byte) {
	t.Helper()
	iam := engine.NewIAM(region, account)
	iam.Add(engine.Principal{Name: "admin", KeyID: "AKIA", Unbound: true})
	s := &engine.Service{Name: "x", IAMPrefix: "x", Protocol: engine.AWSQuery, Spoken: []engine.Protocol{engine.RPCv2CBOR}, Operations: map[string]engine.Operation{"Do": {Do: do}}}
	server := engine.NewServer(engine.Options{Lock: &sync.Mutex{}, Clock: engine.NewClock(start), Region: region, Services: []*engine.Service{s}, Principals: iam})
	request := httptest.NewRequest(http.MethodPost, "/service/X/operation/Do", nil)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260302/eu-central-1/x/aws4_request")
	request.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	request.Header.Set("X-Amzn-Query-Mode", "true")
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request)
	return recorder.Code, recorder.Result().Header, recorder.Body.Bytes()
}
