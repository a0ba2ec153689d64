package probe

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

const dns = "myproxy-private.xks.example.com"

// now is when every probe of these tests takes place.
var now = time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC)

// An authority issues certificates: the root, or one between it and a proxy.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

type edit = func(*x509.Certificate)

// issue makes a certificate of a.key's, or one of its own where a is nil.
func (a *authority) issue(t *testing.T, subject string, edits ...edit) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, NotBefore: now.Add(-100 * day), NotAfter: now.Add(265 * day),
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

const day = 24 * time.Hour

func mayIssue(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
}
func dated(from, until time.Time) edit {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, until }
}
func named(names ...string) edit { return func(c *x509.Certificate) { c.DNSNames = names } }

// A pki is a public root, an authority under it, and a root that nobody knows.
type pki struct{ root, between, private *authority }

func newPKI(t *testing.T) pki {
	t.Helper()
	var none *authority
	root := none.issue(t, "Public Root", mayIssue)
	return pki{root, root.issue(t, "Public Issuing CA", mayIssue), none.issue(t, "Company Root", mayIssue)}
}

func (k pki) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(k.root.certificate)
	return pool
}

// config is what a server shows: its own certificate and those that it sends along.
func config(own *authority, along ...*authority) *tls.Config {
	c := tls.Certificate{Certificate: [][]byte{own.certificate.Raw}, PrivateKey: own.key}
	for _, a := range along {
		c.Certificate = append(c.Certificate, a.certificate.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS10}
}

// A server answers each connection made to it.
type server func(net.Conn)

// speaksTLS answers HTTP over TLS.
func speaksTLS(c *tls.Config, h http.HandlerFunc) server {
	return func(conn net.Conn) { speaksHTTP(h)(tls.Server(conn, c)) }
}

func speaksHTTP(h http.HandlerFunc) server {
	return func(conn net.Conn) {
		served := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), ReadHeaderTimeout: time.Minute}
		ended := make(chan struct{})
		served.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed || s == http.StateHijacked {
				close(ended)
			}
		}
		_ = served.Serve(&single{conn: conn, ended: ended})
	}
}

// single is a listener with one connection, until that has ended.
type single struct {
	conn  net.Conn
	taken bool
	ended chan struct{}
}

func (s *single) Accept() (net.Conn, error) {
	if !s.taken {
		s.taken = true
		return s.conn, nil
	}
	<-s.ended
	return nil, io.EOF
}
func (s *single) Close() error   { return nil }
func (s *single) Addr() net.Addr { return s.conn.LocalAddr() }

// says writes a text when the other side has begun, and waits for its end.
func says(text string) server {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// listen serves on loopback and returns a dialer that leads every address there.
func listen(t *testing.T, s server) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer func() { _ = conn.Close() }(); s(conn) }()
		}
	}()
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
}

func asked(addrs ...string) path.ProbeRequest {
	r := path.ProbeRequest{Version: path.ProbeVersion, Name: dns, UriPath: "/example/kms/xks/v1", Port: 443}
	for _, a := range append(addrs, "10.0.1.7")[:max(1, len(addrs))] {
		r.Addrs = append(r.Addrs, netip.MustParseAddr(a))
	}
	return r
}

// look probes one address that leads to s.
func (k pki) look(t *testing.T, s server) path.ProbedNode {
	t.Helper()
	p := Prober{Dial: listen(t, s), Roots: k.roots(), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	out, err := p.Handle(t.Context(), asked())
	if err != nil {
		t.Fatal(err)
	}
	return out.Nodes[0]
}
