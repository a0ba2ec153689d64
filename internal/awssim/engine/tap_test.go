package engine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// tappedKMS serves one KMS operation, whose answer is what fault makes of it, to a tap.
func tappedKMS(t *testing.T, fault *engine.Fault) (b *bench, seen func() []engine.Exchange) {
	t.Helper()
	type in struct{ Limit int }
	return tapped(t, fault, service(kmsService(), "ListKeys", func(in) {}, struct{ Truncated bool }{true}))
}

// tapped serves a service to a tap, with a fault at every call.
func tapped(t *testing.T, fault *engine.Fault, s *engine.Service) (b *bench, seen func() []engine.Exchange) {
	t.Helper()
	var told []engine.Exchange
	var mu sync.Mutex
	b = &bench{iam: engine.NewIAM(region, account)}
	b.iam.Add(engine.Principal{Name: "admin", Type: "IAMUser", KeyID: "AKIAADMIN", Unbound: true})
	b.Server = engine.NewServer(engine.Options{Lock: &b.mu, Clock: engine.NewClock(start), Region: region, Account: account,
		Services:   []*engine.Service{s},
		Principals: b.iam, Tap: func(x engine.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, x)
		}})
	b.SetIntercept(func(*engine.Call) *engine.Fault { return fault })
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b, func() []engine.Exchange {
		mu.Lock()
		defer mu.Unlock()
		return append([]engine.Exchange(nil), told...)
	}
}

// TestATapSeesEveryExchangeAsItWent asks once, however it ends.
func TestATapSeesEveryExchangeAsItWent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault  *engine.Fault
		status int
		answer string
	}{
		"an answer":              {nil, http.StatusOK, `{"Truncated":true}`},
		"an error":               {&engine.Fault{Error: &engine.Error{Code: "KMSInternalException", Status: 500, Message: "m"}}, 500, `{"__type":"KMSInternalException","message":"m"}`},
		"an error of no words":   {&engine.Fault{Error: &engine.Error{Code: "InvalidCiphertextException"}}, 400, `{"__type":"InvalidCiphertextException"}`},
		"an answer that is lost": {&engine.Fault{Drop: true}, 0, ""},
		"a request that is lost": {&engine.Fault{Lose: true}, 0, ""},
		"a caller that dies":     {&engine.Fault{Crash: func() {}}, 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, seen := tappedKMS(t, tt.fault)
			_, err := kms.NewFromConfig(b.config("AKIAADMIN")).ListKeys(ctx(t), &kms.ListKeysInput{Limit: aws.Int32(7)})
			if (err == nil) != (tt.status == http.StatusOK) {
				t.Errorf("the client got %v", err)
			}
			told := seen()
			if len(told) != 1 || len(b.Calls()) != 1 {
				t.Fatalf("%d exchanges and %d records of one call", len(told), len(b.Calls()))
			}
			x := told[0]
			if x.Service != "kms" || x.Operation != "ListKeys" || x.Principal != "admin" || x.RequestID != b.Calls()[0].RequestID || !x.Time.Equal(start) {
				t.Errorf("the exchange is of %s %s by %s, %s at %s", x.Service, x.Operation, x.Principal, x.RequestID, x.Time)
			}
			if x.Method != http.MethodPost || x.Path != "/" || !strings.Contains(b.url, x.Host) || string(x.Body) != `{"Limit":7}` ||
				x.Header.Get("X-Amz-Target") != "TrentService.ListKeys" {
				t.Errorf("the request was %s %s at %q with %v and %s", x.Method, x.Path, x.Host, x.Header, x.Body)
			}
			if x.Status != tt.status || string(x.Answer) != tt.answer {
				t.Errorf("the answer was %d %s, want %d %s", x.Status, x.Answer, tt.status, tt.answer)
			}
			if want := map[bool]string{true: x.RequestID}[tt.status != 0]; x.Answered.Get("X-Amzn-Requestid") != want {
				t.Errorf("the answer's headers are %v, want the request ID %q", x.Answered, want)
			}
		})
	}
}

// TestATapSeesWhatIsRefused sends a request that never becomes a call.
func TestATapSeesWhatIsRefused(t *testing.T) {
	t.Parallel()
	b, seen := tappedKMS(t, nil)
	if _, err := kms.NewFromConfig(b.config("AKIANOBODY")).ListKeys(ctx(t), &kms.ListKeysInput{}); err == nil {
		t.Error("nobody was answered")
	}
	told := seen()
	if len(told) != 1 || told[0].Status != http.StatusBadRequest || !strings.Contains(string(told[0].Answer), "UnrecognizedClientException") {
		t.Errorf("told were %+v", told)
	}
}

// TestSTSAnswersInItsOwnNamespace reads the documented one.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func TestSTSAnswersInItsOwnNamespace(t *testing.T) {
	t.Parallel()
	type none struct{}
	s := engine.Service{Name: "sts", IAMPrefix: "sts", Protocol: engine.AWSQuery, Version: "2011-06-15"}
	b, seen := tapped(t, nil, service(s, "GetCallerIdentity", func(none) {}, struct{ Account string }{account}))
	if _, err := sts.NewFromConfig(b.config("AKIAADMIN")).GetCallerIdentity(ctx(t), &sts.GetCallerIdentityInput{}); err != nil {
		t.Fatal(err)
	}
	const want = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`
	if got := string(seen()[0].Answer); !strings.HasPrefix(got, want) {
		t.Errorf("the answer is %s, want it to begin with %s", got, want)
	}
}
