package probe

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// refuses answers as an external key store proxy answers a request without a signature.
func refuses(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"errorName":"AuthenticationFailedException","errorMessage":"no signature"}`))
}

func TestASoundProxyIsSeenWhole(t *testing.T) {
	t.Parallel()
	k := newPKI(t)
	own := k.between.issue(t, dns, named(dns))
	got := k.look(t, speaksTLS(config(own, k.between), refuses))
	tlsWanted := &path.ProbedTLS{
		Offered: []string{"1.2", "1.3"}, Version: "1.3", Cipher: got.TLS.Cipher, Trust: path.Trusted,
		Chain: []path.ProbedCertificate{
			{Subject: "CN=" + dns, CommonName: dns, Names: []string{dns}, Issuer: "CN=Public Issuing CA", NotBefore: now.Add(-100 * day), NotAfter: now.Add(265 * day)},
			{Subject: "CN=Public Issuing CA", CommonName: "Public Issuing CA", Issuer: "CN=Public Root", NotBefore: now.Add(-100 * day), NotAfter: now.Add(265 * day)},
		},
	}
	if got.TLS.Cipher == "" || got.Addr.String() != "10.0.1.7:443" || got.TCP.Fault != "" {
		t.Errorf("got %+v", got)
	}
	if d := cmp.Diff(tlsWanted, got.TLS); d != "" {
		t.Errorf("TLS: want (-), got (+):\n%s", d)
	}
	answer := &path.ProbedAnswer{Proxy: true, Status: 401, Error: "AuthenticationFailedException"}
	if d := cmp.Diff(answer, got.Answer); d != "" {
		t.Errorf("answer: want (-), got (+):\n%s", d)
	}
}

func TestWhatAChainIsWorth(t *testing.T) {
	t.Parallel()
	k := newPKI(t)
	var none *authority
	own := k.between.issue(t, dns)
	expiredCA := k.root.issue(t, "Public Issuing CA", mayIssue, dated(now.Add(-200*day), now.Add(-day)))
	noCA := k.root.issue(t, "No CA")
	impostor := none.issue(t, "Public Issuing CA", mayIssue)
	company := k.private.issue(t, dns)
	tests := map[string]struct {
		config *tls.Config
		want   path.ProbedTrust
		why    string
	}{
		"the whole chain":                      {config(own, k.between), path.Trusted, ""},
		"with the root":                        {config(own, k.between, k.root), path.Trusted, ""},
		"in another order":                     {config(k.between.issue(t, dns), k.root, k.between), path.Trusted, ""},
		"expired itself: another check's":      {config(k.between.issue(t, dns, dated(now.Add(-90*day), now.Add(-day))), k.between), path.Trusted, ""},
		"not valid yet: another check's":       {config(k.between.issue(t, dns, dated(now.Add(day), now.Add(90*day))), k.between), path.Trusted, ""},
		"another name: another check's":        {config(k.between.issue(t, "other.example.com"), k.between), path.Trusted, ""},
		"the issuing certificate is not sent":  {config(own), path.IncompleteChain, "CN=Public Issuing CA, which issued CN=" + dns},
		"self-signed":                          {config(none.issue(t, dns)), path.SelfSigned, "CN=" + dns + " is its own issuer"},
		"a company's own root":                 {config(company, k.private), path.UntrustedRoot, "the chain ends at CN=Company Root"},
		"a company's own root, not sent":       {config(company), path.IncompleteChain, "CN=Company Root"},
		"the issuing certificate has expired":  {config(expiredCA.issue(t, dns), expiredCA), path.BrokenChain, "expired"},
		"issued by who may not":                {config(noCA.issue(t, dns), noCA), path.BrokenChain, "cannot sign this kind of certificate"},
		"another key than the issuer's":        {config(own, impostor), path.BrokenChain, "is not signed by CN=Public Issuing CA"},
		"not meant for servers":                {config(k.between.issue(t, dns, forClients), k.between), path.BrokenChain, "incompatible key usage"},
		"its subject has no end":               {config(none.issue(t, strings.Repeat("a", 1000))), path.SelfSigned, "CN=aaa"},
		"more certificates than anybody reads": {config(own, slices.Repeat([]*authority{k.private}, 40)...), path.IncompleteChain, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := k.look(t, speaksTLS(tt.config, refuses)).TLS
			if got.Fault != "" || got.Trust != tt.want || !strings.Contains(got.Why, tt.why) || (got.Why == "") != (tt.want == path.Trusted) {
				t.Errorf("got %q %q: %s; want %s, %q", got.Fault, got.Trust, got.Why, tt.want, tt.why)
			}
			if len(got.Chain) == 0 || len(got.Chain) > maxChain || len(got.Chain[0].CommonName) > maxText {
				t.Errorf("got %d certificates, the first of %q", len(got.Chain), got.Chain[0].CommonName)
			}
		})
	}
}

func forClients(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }

func TestVersions(t *testing.T) {
	t.Parallel()
	k := newPKI(t)
	own := k.between.issue(t, dns)
	speaks := func(least, most uint16, ciphers ...uint16) *tls.Config {
		c := config(own, k.between)
		c.MinVersion, c.MaxVersion, c.CipherSuites = least, most, ciphers
		return c
	}
	tests := map[string]struct {
		config  *tls.Config
		fault   path.ProbeFault
		version string
		offered []string
	}{
		"1.2 and 1.3":        {speaks(tls.VersionTLS12, tls.VersionTLS13), "", "1.3", []string{"1.2", "1.3"}},
		"1.3 alone":          {speaks(tls.VersionTLS13, tls.VersionTLS13), "", "1.3", []string{"1.3"}},
		"1.2 alone":          {speaks(tls.VersionTLS12, tls.VersionTLS12), "", "1.2", []string{"1.2"}},
		"1.0 to 1.2":         {speaks(tls.VersionTLS10, tls.VersionTLS12), "", "1.2", []string{"1.2"}},
		"1.1 at most":        {speaks(tls.VersionTLS10, tls.VersionTLS11), path.ProbeOldTLS, "", []string{"1.1"}},
		"1.0 alone":          {speaks(tls.VersionTLS10, tls.VersionTLS10), path.ProbeOldTLS, "", []string{"1.0"}},
		"no cipher of KMS's": {speaks(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), path.ProbeAlert, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := k.look(t, speaksTLS(tt.config, refuses))
			if got.TLS.Fault != tt.fault || got.TLS.Version != tt.version || !slices.Equal(got.TLS.Offered, tt.offered) {
				t.Errorf("got %+v; want %q, version %q of %v", got.TLS, tt.fault, tt.version, tt.offered)
			}
			if (got.Answer != nil) != (tt.fault == "") {
				t.Errorf("got answer %+v", got.Answer)
			}
			if tt.fault == path.ProbeOldTLS && (len(got.TLS.Chain) != 2 || got.TLS.Trust != path.Trusted) {
				t.Errorf("too old, and its chain was not looked at: %+v", got.TLS)
			}
		})
	}
}

// A proxy may demand a certificate that only AWS KMS has: its refusal is no fault.
func TestAProxyThatAsksForAClientCertificate(t *testing.T) {
	t.Parallel()
	k := newPKI(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c := config(k.between.issue(t, dns), k.between)
		c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, version
		got := k.look(t, speaksTLS(c, refuses))
		if !got.TLS.ClientCertificate || got.TLS.Trust != path.Trusted {
			t.Errorf("%s: got %+v", short(version), got.TLS)
		}
		refused := got.TLS.Fault
		if got.Answer != nil {
			refused = got.Answer.Fault
		}
		if refused != path.ProbeAlert {
			t.Errorf("%s: got %q, answer %+v; want an alert", short(version), refused, got.Answer)
		}
	}
}

func TestWhatIsNotTLS(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		server server
		want   path.ProbeFault
	}{
		"plain HTTP":                 {speaksHTTP(refuses), path.ProbePlainHTTP},
		"HTTP of another server":     {says("HTTP/1.1 400 Bad Request\r\n\r\n"), path.ProbePlainHTTP},
		"SSH":                        {says("SSH-2.0-OpenSSH_9.6\r\n"), path.ProbeNotTLS},
		"noise":                      {says("\x00\x01\x02\x03\x04\x05\x06\x07"), path.ProbeNotTLS},
		"closed without a word":      {func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }, path.ProbeClosed}, // what is unread makes it a reset
		"closed after half a record": {func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); _, _ = c.Write([]byte{22, 3}) }, path.ProbeClosed},
		"half closed":                {halfClosed, path.ProbeClosed},
		"reset":                      {reset, path.ProbeReset},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newPKI(t).look(t, tt.server)
			if got.TCP.Fault != "" || got.TLS.Fault != tt.want || got.TLS.Detail == "" || got.Answer != nil {
				t.Errorf("got TCP %+v, TLS %+v, answer %+v; want %q", got.TCP, got.TLS, got.Answer, tt.want)
			}
		})
	}
}

// halfClosed sends no more, and goes on reading.
func halfClosed(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_ = c.(*net.TCPConn).CloseWrite()
	_, _ = c.Read(make([]byte, 1))
}

// reset ends the connection with RST.
func reset(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}
