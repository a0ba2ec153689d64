package path

import (
	"net/netip"
	"time"
)

// ProbeVersion is the version of what diagnose and probe say to each other. A field that is
// added keeps it; one that changes its meaning or goes takes the next.
const ProbeVersion = 1

// A ProbeRequest is what diagnose asks of the probe function: a contract, versioned.
type ProbeRequest struct {
	Version int          `json:"version"`           // ProbeVersion
	Name    string       `json:"name"`              // the private DNS name, which TLS is asked for
	UriPath string       `json:"uriPath,omitempty"` // of the key store; /kms/xks/v1 where empty
	Port    int          `json:"port"`              // 443: AWS KMS speaks to no other
	Addrs   []netip.Addr `json:"addrs"`             // of the load balancer's nodes, IPv4, at most MaxProbed
}

// MaxProbed is the most addresses that one probe goes to: a load balancer has a node in each
// of its zones, and no Region has more than six.
const MaxProbed = 16

// A Probe is what the probe function saw from inside the VPC: a contract, versioned. It is not
// what AWS KMS sees: KMS comes through PrivateLink, from addresses that are not published, and
// on connections that it keeps.
type Probe struct {
	Version int           `json:"version"`
	Name    string        `json:"name"` // of the request
	At      time.Time     `json:"at"`   // when it began
	Nodes   []ProbedNode  `json:"nodes"`
	Took    time.Duration `json:"took"` // nanoseconds, all together
}

// A ProbedNode is one address: what came of TCP, then of TLS, then of HTTP.
type ProbedNode struct {
	Addr   netip.AddrPort `json:"addr"`
	TCP    ProbedStep     `json:"tcp"`
	TLS    *ProbedTLS     `json:"tls,omitempty"`    // nil where there was no TCP connection
	Answer *ProbedAnswer  `json:"answer,omitempty"` // nil where there was no TLS session
}

// A ProbedStep is how one step went.
type ProbedStep struct {
	Fault  ProbeFault    `json:"fault,omitempty"` // empty: it went well
	Detail string        `json:"detail,omitempty"`
	Took   time.Duration `json:"took"` // nanoseconds
}

// A ProbeFault is what went wrong, as an operator would name it.
type ProbeFault string

// The faults of a step. The zero value is none.
const (
	ProbeRefused     ProbeFault = "refused"     // answered by RST: nothing listens
	ProbeTimedOut    ProbeFault = "timed-out"   // no answer: dropped, or too slow
	ProbeUnreachable ProbeFault = "unreachable" // the network knows no way
	ProbeReset       ProbeFault = "reset"       // the connection was reset
	ProbeClosed      ProbeFault = "closed"      // the connection was closed half way
	ProbePlainHTTP   ProbeFault = "plain-http"  // HTTP where TLS should be
	ProbeNotTLS      ProbeFault = "not-tls"     // something else where TLS should be
	ProbeOldTLS      ProbeFault = "old-tls"     // TLS 1.1 or 1.0 at most
	ProbeAlert       ProbeFault = "alert"       // the other side ended the handshake: Detail has its alert
	ProbeNotHTTP     ProbeFault = "not-http"    // something else where HTTP should be
	ProbeOther       ProbeFault = "other"       // Detail says what
)

// A ProbedTLS is how the handshake went and what the proxy showed of itself.
type ProbedTLS struct {
	ProbedStep
	Offered []string `json:"offered,omitempty"` // the versions that are spoken, of 1.0 to 1.3, as far as they were asked for
	Version string   `json:"version,omitempty"` // that was agreed on: 1.2 or 1.3
	Cipher  string   `json:"cipher,omitempty"`
	// ClientCertificate says that the proxy asked for one (mutual TLS). Only AWS KMS has one that
	// counts, so that a refusal after it tells nothing.
	ClientCertificate bool                `json:"clientCertificate,omitempty"`
	Chain             []ProbedCertificate `json:"chain,omitempty"` // as sent, the proxy's own first
	Trust             ProbedTrust         `json:"trust,omitempty"`
	Why               string              `json:"why,omitempty"` // where Trust is not Trusted
}

// A ProbedTrust is what a chain is worth. AWS KMS trusts fewer roots than this judges by:
// those of its list of trusted certificate authorities.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/TrustedCertificateAuthorities
type ProbedTrust string

// What a chain is worth; the zero value is not known.
const (
	Trusted         ProbedTrust = "trusted"          // leads to a public root
	SelfSigned      ProbedTrust = "self-signed"      // the proxy's certificate has no issuer but itself
	IncompleteChain ProbedTrust = "incomplete-chain" // the issuer of the last certificate was not sent and is no public root
	UntrustedRoot   ProbedTrust = "untrusted-root"   // leads to a root that is not public
	BrokenChain     ProbedTrust = "broken-chain"     // an issuer may not issue, has expired, or its signature is wrong
)

// A ProbedCertificate is a certificate as it was sent; no text in it is longer than 256 bytes.
type ProbedCertificate struct {
	Subject    string    `json:"subject"`
	CommonName string    `json:"commonName,omitempty"` // of the subject
	Names      []string  `json:"names,omitempty"`      // DNS names of the subject alternative name, at most 32
	Issuer     string    `json:"issuer"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
}

// A ProbedAnswer is how the XKS proxy API's health request was answered. It was sent without
// a signature, so that a proxy refuses it, and shows by how it refuses that it is one.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md
type ProbedAnswer struct {
	ProbedStep
	Proxy  bool   `json:"proxy"`            // an external key store proxy answered
	Status int    `json:"status,omitempty"` // of HTTP; zero: no HTTP came back
	Error  string `json:"error,omitempty"`  // the proxy's error name: AuthenticationFailedException
	Server string `json:"server,omitempty"` // the header, of another web server
}
