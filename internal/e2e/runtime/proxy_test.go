//go:build e2e

package runtime_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	proxyName = "payments-hsm.xks.example.com"
	day       = 24 * time.Hour
)

// An authority issues certificates: a root, or one between it and a proxy.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

type edit = func(*x509.Certificate)

// issue makes a certificate of a's, or one that is its own issuer where a is nil.
func (a *authority) issue(t *testing.T, subject string, edits ...edit) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, DNSNames: []string{subject},
		NotBefore: time.Now().Add(-100 * day), NotAfter: time.Now().Add(100 * day),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, e := range edits {
		e(c)
	}
	parent, signer := c, key
	if a != nil {
		parent, signer = a.certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{made, key}
}

func mayIssue(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage, c.DNSNames = true, x509.KeyUsageCertSign, nil, nil
}

func hasExpired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-day) }

// authorities are a root that the probe's system trusts, an authority under it, and a root
// that nobody knows.
type authorities struct {
	root, between, private *authority
	file                   string // of the root, for SSL_CERT_FILE
}

// newAuthorities writes the root where crypto/x509 takes the system's roots from.
// https://pkg.go.dev/crypto/x509#SystemCertPool
func newAuthorities(t *testing.T) authorities {
	t.Helper()
	var none *authority
	root := none.issue(t, "Public Root", mayIssue)
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.certificate.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return authorities{root, root.issue(t, "Public Issuing CA", mayIssue), none.issue(t, "Company Root", mayIssue), file}
}

// shown is what a proxy shows: its own certificate and those that it sends along.
func shown(own *authority, along ...*authority) *tls.Config {
	c := tls.Certificate{Certificate: [][]byte{own.certificate.Raw}, PrivateKey: own.key}
	for _, a := range along {
		c.Certificate = append(c.Certificate, a.certificate.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS10}
}

// refuses answers as an external key store proxy answers a request without a signature.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md
func refuses(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"errorName":"AuthenticationFailedException","errorMessage":"no signature"}`) // a probe that left has no use for it
}

// serves has a proxy on loopback until the test ends; without a configuration it speaks no TLS.
func serves(t *testing.T, config *tls.Config, h http.HandlerFunc) netip.AddrPort {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the probe hangs up as soon as it has seen enough
	if server.TLS = config; config != nil {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return netip.MustParseAddrPort(server.Listener.Addr().String())
}

// silent takes connections and says nothing. The channel has one element for each.
func silent(t *testing.T) (netip.AddrPort, <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan struct{}, 64)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			taken <- struct{}{}
		}
	}()
	return netip.MustParseAddrPort(listener.Addr().String()), taken
}

// nobody is an address where nothing listens.
func nobody(t *testing.T) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return at
}
