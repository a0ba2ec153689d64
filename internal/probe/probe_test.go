package probe

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	answers := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Server", header)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		want   path.ProbedAnswer
	}{
		"a proxy":                           {refuses, path.ProbedAnswer{Proxy: true, Status: 401, Error: "AuthenticationFailedException"}},
		"a proxy at another path":           {answers(404, "", `{"errorName":"InvalidUriPathException"}`), path.ProbedAnswer{Proxy: true, Status: 404, Error: "InvalidUriPathException"}},
		"a proxy that asks for no password": {answers(200, "", `{"xksProxyFleetSize":1,"xksProxyVendor":"Acme"}`), path.ProbedAnswer{Proxy: true, Status: 200}},
		"a web server":                      {answers(404, "nginx/1.26", "<html>not found</html>"), path.ProbedAnswer{Status: 404, Server: "nginx/1.26"}},
		"a gateway without a backend":       {answers(502, "awselb/2.0", ""), path.ProbedAnswer{Status: 502, Server: "awselb/2.0"}},
		"JSON of something else":            {answers(401, "api", `{"errorName":"Nope"}`), path.ProbedAnswer{Status: 401, Server: "api"}},
		"more than anybody reads":           {answers(200, "big", strings.Repeat("x", 1<<20)), path.ProbedAnswer{Status: 200, Server: "big"}},
		"no HTTP":                           {hijacked("hello\r\nworld\r\n"), path.ProbedAnswer{ProbedStep: path.ProbedStep{Fault: path.ProbeNotHTTP}}},
		"nothing":                           {hijacked(""), path.ProbedAnswer{ProbedStep: path.ProbedStep{Fault: path.ProbeClosed}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newPKI(t)
			got := k.look(t, speaksTLS(config(k.between.issue(t, dns), k.between), tt.answer)).Answer
			got.Detail = ""
			if d := cmp.Diff(&tt.want, got); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

// hijacked answers with a text that is its own.
func hijacked(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// The request names what it is for, carries no credential, and asks for nothing but health.
func TestTheHealthRequestIsTheSpecificationsAndUnsigned(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got *http.Request
	var body []byte
	k := newPKI(t)
	k.look(t, speaksTLS(config(k.between.issue(t, dns), k.between), func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got, body = r, must(io.ReadAll(r.Body))
		refuses(w, r)
	}))
	mu.Lock()
	defer mu.Unlock()
	if got.Method != "POST" || got.Host != dns || got.URL.Path != "/example/kms/xks/v1/health" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %s %s", got.Method, got.Host, got.URL)
	}
	for name := range got.Header {
		if name == "Authorization" || strings.HasPrefix(name, "X-Amz") {
			t.Errorf("the request carries %s", name)
		}
	}
	var sent struct{ RequestMetadata map[string]string }
	if err := json.Unmarshal(body, &sent); err != nil || sent.RequestMetadata["kmsOperation"] == "" || sent.RequestMetadata["kmsRequestId"] == "" {
		t.Errorf("got %s, %v", body, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestATCPConnectionThatDoesNotComeAbout(t *testing.T) {
	t.Parallel()
	closed := must(net.Listen("tcp4", "127.0.0.1:0"))
	_ = closed.Close()
	dial := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp4", Err: os.NewSyscallError("connect", err)}
		}
	}
	tests := map[string]struct {
		dial func(context.Context, string, string) (net.Conn, error)
		want path.ProbeFault
	}{
		"nothing listens": {func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, closed.Addr().String())
		}, path.ProbeRefused},
		"the system gives up":   {dial(syscall.ETIMEDOUT), path.ProbeTimedOut},
		"no route":              {dial(syscall.ENETUNREACH), path.ProbeUnreachable},
		"the host is not there": {dial(syscall.EHOSTUNREACH), path.ProbeUnreachable},
		"anything else":         {dial(syscall.EACCES), path.ProbeOther},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := Prober{Dial: tt.dial, Log: slog.New(slog.DiscardHandler)}.Handle(t.Context(), asked())
			if err != nil {
				t.Fatal(err)
			}
			got := out.Nodes[0]
			if got.TCP.Fault != tt.want || got.TCP.Detail == "" || got.TLS != nil || got.Answer != nil {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

// Time is synctest's: what waits three seconds waits for none.
func TestASlowProxyHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	silent := func(net.Conn) {}
	tests := map[string]struct {
		server func(net.Conn)
		dial   bool // that never ends
		node   func(path.ProbedNode) path.ProbedStep
	}{
		"packets are dropped":    {nil, true, func(n path.ProbedNode) path.ProbedStep { return n.TCP }},
		"no handshake":           {silent, false, func(n path.ProbedNode) path.ProbedStep { return n.TLS.ProbedStep }},
		"a handshake, no answer": {nil, false, func(n path.ProbedNode) path.ProbedStep { return n.Answer.ProbedStep }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newPKI(t)
			served := tls.Config(*config(k.between.issue(t, dns), k.between).Clone())
			synctest.Test(t, func(t *testing.T) {
				p := Prober{Roots: k.roots(), Log: slog.New(slog.DiscardHandler), Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					if tt.dial {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					near, far := net.Pipe()
					go func() {
						if tt.server != nil {
							_, _ = io.Copy(io.Discard, far)
							return
						}
						_, _ = io.Copy(io.Discard, tls.Server(far, &served))
					}()
					return near, nil
				}}
				began := time.Now()
				out, err := p.Handle(t.Context(), asked("10.0.1.7", "10.0.2.7"))
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range out.Nodes {
					if got := tt.node(n); got.Fault != path.ProbeTimedOut || got.Took != perNode {
						t.Errorf("got %+v, want timed out after %s", got, perNode)
					}
				}
				if took := time.Since(began); took != perNode {
					t.Errorf("took %s, want %s for both side by side", took, perNode)
				}
			})
		})
	}
}

func TestTheWholeProbeIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int64
		p := Prober{Log: slog.New(slog.DiscardHandler), Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		var addrs []string
		for i := range path.MaxProbed {
			addrs = append(addrs, fmt.Sprintf("10.0.1.%d", i+1))
		}
		out, err := p.Handle(t.Context(), asked(addrs...))
		if err != nil || out.Took > whole || most.Load() > atOnce {
			t.Errorf("took %s with %d at once, %v; want at most %s and %d", out.Took, most.Load(), err, whole, atOnce)
		}
		for i, n := range out.Nodes {
			if n.Addr.Addr() != netip.MustParseAddr(addrs[i]) || n.TCP.Fault != path.ProbeTimedOut {
				t.Errorf("node %d: %+v", i, n)
			}
		}
	})
}

func TestARequestThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*path.ProbeRequest){
		"version":       func(r *path.ProbeRequest) { r.Version = 2 },
		"no DNS name":   func(r *path.ProbeRequest) { r.Name = "evil\r\nHost: x" },
		"XKS proxy URI": func(r *path.ProbeRequest) { r.UriPath = "/kms/xks/v1/../../x y" },
		"port 0":        func(r *path.ProbeRequest) { r.Port = 0 },
		"0 addresses":   func(r *path.ProbeRequest) { r.Addrs = nil },
		"17 addresses":  func(r *path.ProbeRequest) { r.Addrs = make([]netip.Addr, 17) },
		"IPv4":          func(r *path.ProbeRequest) { r.Addrs[0] = netip.MustParseAddr("2001:db8::1") },
	}
	for wrong, edit := range tests {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			r := asked()
			edit(&r)
			dialed := errors.New("dialed")
			_, err := Prober{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, dialed }}.Handle(t.Context(), r)
			if err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("got %v, want an error about %s", err, wrong)
			}
		})
	}
}

// diagnose and probe are deployed together, but not at the same instant: what they say to
// each other is a contract.
func TestTheContract(t *testing.T) {
	t.Parallel()
	k := newPKI(t)
	var request path.ProbeRequest
	text := must(os.ReadFile("testdata/request.json"))
	if err := json.Unmarshal(text, &request); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/request.json", pretty(request))
	served := config(k.between.issue(t, dns, named(dns)), k.between)
	served.MaxVersion = tls.VersionTLS12
	sound := listen(t, speaksTLS(served, refuses))
	p := Prober{Roots: k.roots(), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if strings.HasPrefix(addr, "10.0.1.") {
				return sound(ctx, network, addr)
			}
			return nil, os.ErrDeadlineExceeded
		}}
	out, err := p.Handle(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/response.json", pretty(out))
	var back path.Probe
	if err := json.Unmarshal(pretty(out), &back); err != nil || string(pretty(back)) != string(pretty(out)) {
		t.Errorf("what was sent is not what is read: %v", err)
	}
}

func pretty(v any) []byte { return append(must(json.MarshalIndent(v, "", "  ")), '\n') }
