package probe

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// maxChain and maxNames bound what is told of a chain: one that is sound has three or four
// certificates.
const (
	maxChain = 8
	maxNames = 32
)

func certificate(c *x509.Certificate) path.ProbedCertificate {
	out := path.ProbedCertificate{
		Subject: text(c.Subject.String()), CommonName: text(c.Subject.CommonName), Issuer: text(c.Issuer.String()),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
	}
	for _, n := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
		out.Names = append(out.Names, text(n))
	}
	return out
}

// trust says what a chain is worth, its own certificate's dates and name left out: those are
// told by themselves. The reason is empty where it is trusted.
func trust(sent []*x509.Certificate, roots *x509.CertPool, now time.Time) (path.ProbedTrust, string) {
	own := sent[0]
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	_, err := own.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: within(own, now),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil {
		return path.Trusted, ""
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return climb(sent)
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return path.BrokenChain, text(err.Error())
	}
	return "", text(err.Error())
}

// within is the time nearest to now at which a certificate is valid.
func within(c *x509.Certificate, now time.Time) time.Time {
	switch {
	case now.Before(c.NotBefore):
		return c.NotBefore
	case now.After(c.NotAfter):
		return c.NotAfter
	}
	return now
}

// climb goes from the proxy's certificate from issuer to issuer, and says where the way ends.
func climb(sent []*x509.Certificate) (path.ProbedTrust, string) {
	at := sent[0]
	for range sent {
		if bytes.Equal(at.RawSubject, at.RawIssuer) {
			if at == sent[0] {
				return path.SelfSigned, text(fmt.Sprintf("%s is its own issuer", at.Subject))
			}
			return path.UntrustedRoot, text(fmt.Sprintf("the chain ends at %s, which is no public root", at.Subject))
		}
		issuer := find(sent, at.RawIssuer)
		if issuer == nil {
			return path.IncompleteChain, text(fmt.Sprintf("%s, which issued %s, was not sent and is no public root", at.Issuer, at.Subject))
		}
		if err := at.CheckSignatureFrom(issuer); err != nil {
			return path.BrokenChain, text(fmt.Sprintf("%s is not signed by %s as sent: %v", at.Subject, issuer.Subject, err))
		}
		at = issuer
	}
	return path.BrokenChain, "the certificates sent issue one another in a circle"
}

func find(sent []*x509.Certificate, subject []byte) *x509.Certificate {
	for _, c := range sent {
		if bytes.Equal(c.RawSubject, subject) {
			return c
		}
	}
	return nil
}
