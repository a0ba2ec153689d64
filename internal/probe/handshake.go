package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// versions is a range of TLS versions to offer.
type versions struct{ least, most uint16 }

// current are those that AWS KMS speaks.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func current() versions  { return versions{tls.VersionTLS12, tls.VersionTLS13} }
func only12() versions   { return versions{tls.VersionTLS12, tls.VersionTLS12} }
func outdated() versions { return versions{tls.VersionTLS10, tls.VersionTLS11} }

// ciphers are those that a proxy must speak one of in TLS 1.2; in 1.3 nothing is to choose.
// To find out that a proxy is too old, every cipher will do.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md
func (v versions) ciphers() []uint16 {
	if v != outdated() {
		return []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	}
	var all []uint16
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		all = append(all, c.ID)
	}
	return all
}

// A shaken is what came of a handshake.
type shaken struct {
	session *tls.Conn // nil where none came about
	seen    path.ProbedTLS
}

// handshake asks for name, and takes any certificate: it is looked at, not relied on. Nothing
// but a public request goes over the session.
func (p Prober) handshake(ctx context.Context, conn net.Conn, name string, offer versions) shaken {
	var out shaken
	var sent []*x509.Certificate
	client := tls.Client(conn, &tls.Config{
		ServerName: name, MinVersion: offer.least, MaxVersion: offer.most, CipherSuites: offer.ciphers(),
		InsecureSkipVerify: true, // trust says what the chain is worth
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			for _, der := range raw[:min(len(raw), maxChain)] {
				if c, err := x509.ParseCertificate(der); err == nil {
					sent = append(sent, c)
				}
			}
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			out.seen.ClientCertificate = true
			return &tls.Certificate{}, nil // none: only AWS KMS has one that counts
		},
	})
	began := p.Now()
	err := client.HandshakeContext(ctx)
	out.seen.ProbedStep = p.step(began, err)
	for _, c := range sent {
		out.seen.Chain = append(out.seen.Chain, certificate(c))
	}
	if len(sent) > 0 {
		out.seen.Trust, out.seen.Why = trust(sent, p.Roots, p.Now())
	}
	if err == nil {
		out.session = client
		state := client.ConnectionState()
		out.seen.Version, out.seen.Cipher = short(state.Version), tls.CipherSuiteName(state.CipherSuite)
		out.seen.Offered = []string{out.seen.Version}
	}
	return out
}

// short is a version without the protocol's name: "1.2".
func short(version uint16) string {
	return map[uint16]string{tls.VersionTLS10: "1.0", tls.VersionTLS11: "1.1", tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[version]
}
