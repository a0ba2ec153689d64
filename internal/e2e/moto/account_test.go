//go:build e2e

package moto

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

const region = "eu-central-1"

// An account is an empty AWS account: moto's server with the plug-in, in a process of its own.
type account struct {
	t    *testing.T
	url  string
	time time.Time // of the account, which the test moves
}

// The administrator's long-term keys: moto takes any.
const keyID, secret = "AKIAADMINISTRATOR000", "secret"

// start starts moto's server.
func start(t *testing.T) *account {
	t.Helper()
	port := e2e.FreePort(t)
	server := filepath.Join(e2e.Root(), "internal", "e2e", "moto", "plugin", "server.py")
	p := e2e.Start(t, []string{"PYTHONDONTWRITEBYTECODE=1", "MOTO_EC2_LOAD_DEFAULT_AMIS=false"}, e2e.Tool(t, "python"), server, strconv.Itoa(port))
	p.AwaitPort(t, port, 2*time.Minute)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("moto's server said:\n%s", p.Output())
		}
	})
	return &account{t: t, url: "http://127.0.0.1:" + strconv.Itoa(port)}
}

// asked returns the account as one test sees it.
func (a *account) asked(t *testing.T) *account { return &account{t: t, url: a.url, time: a.time} }

// post asks the plug-in for something; out is filled with the answer unless it is nil.
func (a *account) post(path string, in, out any) {
	a.t.Helper()
	if in == nil {
		in = struct{}{}
	}
	body, err := json.Marshal(in)
	if err != nil {
		a.t.Fatalf("writing the request to %s: %v", path, err)
	}
	response, err := http.Post(a.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		a.t.Fatalf("asking %s: %v", path, err)
	}
	answer, err := io.ReadAll(response.Body)
	if closed := response.Body.Close(); err != nil || closed != nil || response.StatusCode != http.StatusOK {
		a.t.Fatalf("asking %s %s: %s %v %s", path, body, response.Status, err, answer)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		a.t.Fatalf("reading the answer of %s: %v\n%s", path, err, answer)
	}
}

// clock is an answer that tells the account's time.
type clock struct {
	Now   float64  `json:"now"`
	Ready []string `json:"ready"` // queues that hold a message which can be received
}

func (c clock) time() time.Time { return time.UnixMilli(int64(c.Now * 1000)).UTC() }

// people asks the administrator for something, which may take some of the account's time.
func (a *account) people(what string, in, out any) {
	a.t.Helper()
	a.post("/people/"+what, in, out)
	a.advance(time.UnixMilli(0), []string{})
}

// reset empties the account.
func (a *account) reset() {
	var c clock
	a.post("/plugin/reset", nil, &c)
	a.time = c.time()
}

// advance lets time pass until a message can be received from any of queues, by until at
// the latest, and returns the queues that hold one.
func (a *account) advance(until time.Time, queues []string) []string {
	var c clock
	a.post("/plugin/advance", map[string]any{"until": float64(until.UnixMilli()) / 1000, "queues": queues}, &c)
	a.time = c.time()
	return c.Ready
}

// A made path is the IDs of what the administrator built.
type path struct {
	KeyStore    string `json:"key_store"`
	Workload    string `json:"workload"` // key ARNs
	Canary      string `json:"canary"`
	ServiceName string `json:"service_name"`
	ProxyGroup  string `json:"proxy_group"`
}

// A call is one that the account answered.
type call struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Role      string `json:"role"` // ARN of the caller
	Code      string `json:"code"` // of an error; "" for success
	Message   string `json:"message"`
	Plugin    bool   `json:"ours"`   // answered by the plug-in alone
	Broken    bool   `json:"broken"` // moto could not answer: it does not know the call, or has a bug
}

// calls returns every call since the reset, and the IDs of the key stores that there are.
func (a *account) calls() ([]call, []string) {
	var out struct {
		Calls  []call   `json:"calls"`
		Stores []string `json:"stores"`
	}
	a.post("/plugin/calls", nil, &out)
	return out.Calls, out.Stores
}

// config signs with somebody's keys and calls the account only.
func (a *account) config(id, secret, token string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(a.url), RetryMaxAttempts: 1, HTTPClient: boot.HTTPClient(nil),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
	}
}
