//go:build e2e

package runtime_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

const probe = rie.Probe

// probes has the built probe look at real proxies on loopback.
func (s *suite) probes(t *testing.T) {
	t.Parallel()
	t.Run("what a proxy shows", s.proxiesShown)
	t.Run("events that make no sense", s.probeNonsense)
	t.Run("environments", s.probeEnvironments)
	t.Run("proxies that say nothing", s.silentProxies)
	t.Run("it times out", s.probeTimesOut)
	t.Run("it gets SIGTERM", s.probeTerminated)
	t.Run("diagnose invokes it", s.diagnoseInvokes)
}

// probed returns a healthy world with a place for the probe, and the parameters that place it.
func probed(t *testing.T) (*world, map[string]string) {
	t.Helper()
	w := newWorld(t, awssim.Options{}, network.Options{Probe: network.ProbeAdmitted})
	return w, map[string]string{"Mode": "observe", "ProbeSecurityGroupIds": w.ref.ProbeGroup.ID,
		"ProbeSubnetIds": w.ref.ProxySubnets[0].ID + "," + w.ref.ProxySubnets[1].ID}
}

// prober starts the probe with the environment that the template sets, and a's root for the
// only one that its system trusts.
func (s *suite) prober(t *testing.T, a authorities, timeout time.Duration) *rie.Emulator {
	t.Helper()
	w, parameters := probed(t)
	env := s.deploy(t, w.sim, parameters, 0).Stack.Env(probe)
	return s.start(t, probe, trusting(env, a), timeout)
}

func trusting(env map[string]string, a authorities) map[string]string {
	return without(env, map[string]string{"SSL_CERT_FILE": a.file, "SSL_CERT_DIR": "/nonexistent"})
}

// asks is the event that diagnose sends, for nodes that share a port.
func asks(at ...netip.AddrPort) []byte {
	var addrs []string
	for _, a := range at {
		addrs = append(addrs, fmt.Sprintf("%q", a.Addr()))
	}
	return fmt.Appendf(nil, `{"version":1,"name":%q,"uriPath":"/example/kms/xks/v1","port":%d,"addrs":[%s]}`, proxyName, at[0].Port(), strings.Join(addrs, ","))
}

// seen invokes the probe and returns what it saw of each node.
func (s *suite) seen(t *testing.T, e *rie.Emulator, event []byte) []path.ProbedNode {
	t.Helper()
	s.cases.Add(1)
	answer, err := e.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	var out path.Probe
	if err := json.Unmarshal(answer.Body, &out); err != nil || answer.Status != http.StatusOK || out.Version != 1 || out.Name != proxyName {
		t.Fatalf("answered %d %s (%v)", answer.Status, answer.Body, err)
	}
	return out.Nodes
}

// A sight is what there is to see of one node.
type sight struct {
	tcp, tls path.ProbeFault
	trust    path.ProbedTrust
	versions []string // of TLS that are spoken
	name     string   // of the certificate
	expired  bool
	proxy    bool // an external key store proxy answered
}

func sightOf(n path.ProbedNode) sight {
	out := sight{tcp: n.TCP.Fault}
	if n.TLS != nil {
		out.tls, out.trust, out.versions = n.TLS.Fault, n.TLS.Trust, n.TLS.Offered
		if len(n.TLS.Chain) > 0 {
			out.name, out.expired = n.TLS.Chain[0].CommonName, n.TLS.Chain[0].NotAfter.Before(time.Now())
		}
	}
	out.proxy = n.Answer != nil && n.Answer.Proxy && n.Answer.Status == http.StatusUnauthorized && n.Answer.Error == "AuthenticationFailedException"
	return out
}

// proxiesShown shows the probe sound proxies and broken ones.
func (s *suite) proxiesShown(t *testing.T) {
	t.Parallel()
	var none *authority
	a := newAuthorities(t)
	both := []string{"1.2", "1.3"}
	own := a.between.issue(t, proxyName)
	expired := a.between.issue(t, proxyName, hasExpired)
	another := a.between.issue(t, "other.example.com")
	old := shown(own, a.between)
	old.MaxVersion = tls.VersionTLS11
	rows := []struct {
		what string
		at   netip.AddrPort
		want sight
	}{
		{"a sound one", serves(t, shown(own, a.between), refuses), sight{trust: path.Trusted, versions: both, name: proxyName, proxy: true}},
		{"an expired certificate", serves(t, shown(expired, a.between), refuses), sight{trust: path.Trusted, versions: both, name: proxyName, expired: true, proxy: true}},
		{"another name's certificate", serves(t, shown(another, a.between), refuses), sight{trust: path.Trusted, versions: both, name: "other.example.com", proxy: true}},
		{"an issuing certificate that is not sent", serves(t, shown(own), refuses), sight{trust: path.IncompleteChain, versions: both, name: proxyName, proxy: true}},
		{"a self-signed certificate", serves(t, shown(none.issue(t, proxyName)), refuses), sight{trust: path.SelfSigned, versions: both, name: proxyName, proxy: true}},
		{"a company's own root", serves(t, shown(a.private.issue(t, proxyName), a.private), refuses), sight{trust: path.UntrustedRoot, versions: both, name: proxyName, proxy: true}},
		{"TLS 1.1 at most", serves(t, old, refuses), sight{tls: path.ProbeOldTLS, trust: path.Trusted, versions: []string{"1.1"}, name: proxyName}},
		{"HTTP without TLS", serves(t, nil, refuses), sight{tls: path.ProbePlainHTTP}},
		{"another web server", serves(t, shown(own, a.between), http.NotFound), sight{trust: path.Trusted, versions: both, name: proxyName}},
		{"nobody", nobody(t), sight{tcp: path.ProbeRefused}},
	}
	e := s.prober(t, a, 0)
	for _, row := range rows {
		nodes := s.seen(t, e, asks(row.at))
		if len(nodes) != 1 || nodes[0].Addr != row.at {
			t.Errorf("%s: saw %+v, want %s", row.what, nodes, row.at)
			continue
		}
		if got := sightOf(nodes[0]); fmt.Sprint(got) != fmt.Sprint(row.want) {
			t.Errorf("%s: saw %+v, want %+v", row.what, got, row.want)
		}
	}
	if got := len(said(t, e, "proxy probed", len(rows))); got != len(rows) {
		t.Errorf("%d probes were logged, want %d", got, len(rows))
	}
	if strings.Count(e.Own(), "INIT START") != 1 {
		t.Errorf("the probe did not live through broken proxies:\n%s", e.Own())
	}
	s.oneRequest(t, e, shown(own, a.between))
}

// oneRequest holds that a proxy is asked once, for its health, and without a signature.
func (s *suite) oneRequest(t *testing.T, e *rie.Emulator, config *tls.Config) {
	t.Helper()
	var asked atomic.Pointer[http.Request]
	var times atomic.Int64
	at := serves(t, config, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r)
		times.Add(1)
		refuses(w, r)
	})
	s.seen(t, e, asks(at))
	r := asked.Load()
	if r == nil || times.Load() != 1 {
		t.Fatalf("the proxy was asked %d times, want once", times.Load())
	}
	if r.Method != http.MethodPost || r.URL.Path != "/example/kms/xks/v1/health" || r.Host != proxyName || r.Header.Get("Authorization") != "" || r.TLS.ServerName != proxyName {
		t.Errorf("the proxy was asked %s %s of %s (%s), signed %q", r.Method, r.URL, r.Host, r.TLS.ServerName, r.Header.Get("Authorization"))
	}
}

// probeNonsense sends what diagnose never does. Each event fails its invocation with every
// mistake of it, and the probe lives on.
func (s *suite) probeNonsense(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	at := serves(t, shown(a.between.issue(t, proxyName), a.between), refuses)
	sound := string(asks(at))
	many := slices.Repeat([]netip.AddrPort{at}, 17)
	rows := []struct {
		what, event string
		says        []string
	}{
		{"nothing", `{}`, []string{"version 0 is not 1", `"" is no DNS name`, "port 0 is none", "0 addresses are not 1 to 16"}},
		{"null", `null`, []string{"version 0 is not 1"}},
		{"a batch of a queue", `{"Records":[]}`, []string{"version 0 is not 1"}},
		{"another version", strings.Replace(sound, `"version":1`, `"version":2`, 1), []string{"version 2 is not 1: deploy diagnose and probe together"}},
		{"a name with a line break", strings.Replace(sound, proxyName, `a.example.com\r\nX: y`, 1), []string{"is no DNS name"}},
		{"a path that leads elsewhere", strings.Replace(sound, "/example/", "/../", 1), []string{"is no XKS proxy URI path"}},
		{"a port that is none", strings.Replace(sound, fmt.Sprintf(`"port":%d`, at.Port()), `"port":70000`, 1), []string{"port 70000 is none"}},
		{"too many addresses", string(asks(many...)), []string{"17 addresses are not 1 to 16"}},
		{"an IPv6 address", strings.Replace(sound, "127.0.0.1", "::1", 1), []string{"::1 is no IPv4 address"}},
		{"no address at all", strings.Replace(sound, "127.0.0.1", "localhost", 1), []string{"localhost"}},
		{"a list", `[]`, []string{"cannot unmarshal"}},
		{"no JSON", `{"version":`, []string{"unexpected EOF"}},
	}
	e := s.prober(t, a, 0)
	for _, row := range rows {
		s.cases.Add(1)
		answer, err := e.Invoke(t.Context(), []byte(row.event))
		if err != nil {
			t.Fatal(err)
		}
		var failure struct{ ErrorType, ErrorMessage string }
		if err := json.Unmarshal(answer.Body, &failure); err != nil || answer.Status != http.StatusOK || failure.ErrorType == "" {
			t.Errorf("%s: answered %d %s (%v), want an error and its type", row.what, answer.Status, answer.Body, err)
		}
		for _, says := range row.says {
			if !strings.Contains(failure.ErrorMessage, says) {
				t.Errorf("%s: says %q, want %q", row.what, failure.ErrorMessage, says)
			}
		}
	}
	if got := len(said(t, e, "the Lambda runtime client says", len(rows))); got != len(rows) {
		t.Errorf("%d log lines of failed invocations, want %d", got, len(rows))
	}
	if nodes := s.seen(t, e, []byte(sound)); !sightOf(nodes[0]).proxy || strings.Count(e.Own(), "INIT START") != 1 {
		t.Errorf("after all that it saw %+v, and was started %d times", nodes, strings.Count(e.Own(), "INIT START"))
	}
}

// probeEnvironments holds that the probe needs no variable: the template sets none, and what
// Lambda sets is of no use to it. What its system trusts is all that a proxy is judged by.
func (s *suite) probeEnvironments(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	at := serves(t, shown(a.between.issue(t, proxyName), a.between, a.root), refuses)
	w, parameters := probed(t)
	stack := s.deploy(t, w.sim, parameters, 0).Stack
	function, ok := stack.Function(probe)
	if !ok || len(function.Environment) > 0 || !function.InVPC {
		t.Fatalf("the template deploys %+v", function)
	}
	strange := newAuthorities(t)
	for what, row := range map[string]struct {
		env  map[string]string
		want path.ProbedTrust
	}{
		"as deployed":            {trusting(stack.Env(probe), a), path.Trusted},
		"without any variable":   {trusting(map[string]string{}, a), path.Trusted},
		"with other roots alone": {trusting(stack.Env(probe), strange), path.UntrustedRoot},
		"at another log level":   {trusting(map[string]string{"LOG_LEVEL": "LOUD"}, a), path.Trusted},
	} {
		e := s.start(t, probe, row.env, 0)
		if got := sightOf(s.seen(t, e, asks(at))[0]); got.trust != row.want || !got.proxy {
			t.Errorf("%s: saw %+v, want a chain that is %s", what, got, row.want)
		}
	}
}
