//go:build e2e

package runtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// silentProxies holds that a proxy which takes connections and says nothing is told as such,
// within the function's timeout of 15 s, with all addresses that one event may name.
func (s *suite) silentProxies(t *testing.T) {
	t.Parallel()
	at, _ := silent(t)
	e := s.prober(t, newAuthorities(t), 15*time.Second)
	nodes := s.seen(t, e, asks(slices.Repeat([]netip.AddrPort{at}, path.MaxProbed)...))
	if len(nodes) != 16 {
		t.Errorf("saw %d nodes, want 16", len(nodes))
	}
	for _, n := range nodes {
		if got := sightOf(n); got.tcp != "" || got.tls != path.ProbeTimedOut || n.Answer != nil {
			t.Errorf("saw %+v, want a handshake that timed out", got)
			break
		}
	}
	if strings.Count(e.Own(), "INIT START") != 1 {
		t.Errorf("the probe did not live through silence:\n%s", e.Own())
	}
}

// probeTimesOut gives the probe less time than two waves of silent addresses take. It dies of
// it, or ends its connections at the same instant and is faster; the next event is done.
func (s *suite) probeTimesOut(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	at, _ := silent(t)
	e := s.prober(t, a, short)
	s.cases.Add(1)
	answer, err := e.Invoke(t.Context(), asks(slices.Repeat([]netip.AddrPort{at}, path.MaxProbed)...))
	if err != nil {
		t.Fatal(err)
	}
	var faster path.Probe
	switch died := string(answer.Body) == "Task timed out after 4.00 seconds"; {
	case died && answer.Status == http.StatusOK:
		s.timeouts.Add(1)
	case json.Unmarshal(answer.Body, &faster) != nil || len(faster.Nodes) != 16:
		t.Errorf("answered %d %s, want the timeout or 16 nodes", answer.Status, answer.Body)
	}
	s.seesAgain(t, e, a)
}

// probeTerminated ends the probe's process while a proxy keeps it waiting.
func (s *suite) probeTerminated(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	at, taken := silent(t)
	e := s.prober(t, a, time.Minute)
	s.cases.Add(1)
	answer := make(chan rie.Answer, 1)
	go func() {
		got, err := e.Invoke(t.Context(), asks(at))
		if err != nil {
			t.Error(err)
		}
		answer <- got
	}()
	<-taken
	terminate(t, e)
	s.killed(t, <-answer)
	s.seesAgain(t, e, a)
	if starts := strings.Count(e.Own(), "INIT START"); starts < 2 {
		t.Errorf("the probe was started %d times: it did not die", starts)
	}
}

// seesAgain holds that a probe looks at a sound proxy, whatever came before.
func (s *suite) seesAgain(t *testing.T, e *rie.Emulator, a authorities) {
	t.Helper()
	at := serves(t, shown(a.between.issue(t, proxyName), a.between), refuses)
	if got := sightOf(s.seen(t, e, asks(at))[0]); !got.proxy || got.trust != path.Trusted {
		t.Errorf("the next event: saw %+v, want a sound proxy", got)
	}
}

// diagnoseInvokes has the built diagnose invoke the built probe at an outage. The addresses
// that it names lead to a proxy on loopback, whose certificate has expired, and diagnose says so.
func (s *suite) diagnoseInvokes(t *testing.T) {
	t.Parallel()
	s.cases.Add(1)
	a := newAuthorities(t)
	at := serves(t, shown(a.between.issue(t, proxyName, hasExpired), a.between), refuses)
	w, parameters := probed(t)
	w.breaks(scenario.ProxyShows(network.Expired))
	d := s.deploy(t, w.sim, parameters, 0)
	e := s.start(t, probe, trusting(d.Stack.Env(probe), a), 0)
	asked := make(chan string, 8)
	if err := d.Stack.Register(probe, func(ctx context.Context, event []byte) ([]byte, error) {
		asked <- string(event)
		return led(ctx, e, event, at)
	}); err != nil {
		t.Fatal(err)
	}
	const unreachable, handshake = "cannot communicate with the external key store proxy", "cannot establish a TLS connection to the external key store proxy"
	body := strings.Replace(sample(t, "decrypt-failed.json", w.ref.KeyStore.ID), unreachable, handshake, 1)
	sameIDs(t, answered(t, d.Emulators[diagnose], delivery(t, someQueue, body)), nil)
	want := fmt.Sprintf(`{"version":1,"name":%q,"uriPath":%q,"port":443,"addrs":["10.0.1.7","10.0.2.7"]}`, proxyName, w.ref.KeyStore.URIPath)
	if len(asked) != 1 {
		t.Fatalf("the probe was invoked %d times, want once", len(asked))
	}
	if got := <-asked; got != want {
		t.Errorf("the probe was sent %s, want %s", got, want)
	}
	if got := w.outcome(d).causes; !slices.Equal(got, []string{"proxy.certificate-dates"}) {
		t.Errorf("causes %q, want the certificate's dates", got)
	}
}

// led invokes the probe with each address of an event led to one on loopback, as a router does,
// and its answer led back.
func led(ctx context.Context, e *rie.Emulator, event []byte, to netip.AddrPort) ([]byte, error) {
	var asked path.ProbeRequest
	if err := json.Unmarshal(event, &asked); err != nil {
		return nil, err
	}
	from := asked.Addrs
	asked.Addrs, asked.Port = slices.Repeat([]netip.Addr{to.Addr()}, len(from)), int(to.Port())
	there, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	answer, err := e.Invoke(ctx, there)
	if err != nil {
		return nil, err
	}
	var seen path.Probe
	if err := json.Unmarshal(answer.Body, &seen); err != nil {
		return nil, fmt.Errorf("answered %d %s: %w", answer.Status, answer.Body, err)
	}
	for i := range seen.Nodes {
		seen.Nodes[i].Addr = netip.AddrPortFrom(from[i], 443)
	}
	return json.Marshal(seen)
}
