package awssim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// An authority is the public certificate authority of the simulated world: a root, and an
// issuing certificate under it. It is made when it is first needed.
type authority struct {
	once          sync.Once
	root, issuing *x509.Certificate
	key           *ecdsa.PrivateKey // of issuing
}

const day = 24 * time.Hour

// Roots returns what every client in the simulated world trusts.
func (s *Sim) Roots() *x509.CertPool {
	s.public.found(s.Now())
	pool := x509.NewCertPool()
	pool.AddCert(s.public.root)
	return pool
}

func (a *authority) found(now time.Time) {
	a.once.Do(func() {
		var key *ecdsa.PrivateKey
		a.root, key = sign(certificate("Simulated Root", now.Add(-1000*day), now.Add(1000*day), true), nil, nil)
		a.issuing, a.key = sign(certificate("Simulated Issuing CA", now.Add(-1000*day), now.Add(1000*day), true), a.root, key)
	})
}

// config is how a proxy with a face and a name speaks TLS.
func (a *authority) config(face network.Face, name string, now time.Time) *tls.Config {
	a.found(now)
	until := now.Add(200 * day)
	if face == network.Expired {
		until = now.Add(-day)
	}
	if face == network.OtherName {
		name = "proxy.corp.example"
	}
	own, key := sign(certificate(name, now.Add(-100*day), until, false), a.issuing, a.key)
	sent := [][]byte{own.Raw, a.issuing.Raw}
	if face == network.CutChain {
		sent = sent[:1]
	}
	c := &tls.Config{Certificates: []tls.Certificate{{Certificate: sent, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	if face == network.OldTLS {
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}
	return c
}

func certificate(name string, from, until time.Time, issues bool) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{name},
	}
	if issues {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage, c.DNSNames = true, x509.KeyUsageCertSign, nil, nil
	}
	return c
}

// sign makes a certificate and its key; it is its own issuer where there is none.
func sign(c, issuer *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("making a key: %v", err))
	}
	if issuer == nil {
		issuer, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), by)
	if err != nil {
		panic(fmt.Sprintf("signing a certificate of %s: %v", c.Subject, err))
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		panic(fmt.Sprintf("reading a certificate of %s: %v", c.Subject, err))
	}
	return made, key
}
