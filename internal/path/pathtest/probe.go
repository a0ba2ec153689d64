package pathtest

import (
	"net/netip"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// probe is what a probe sees of the healthy path: a proxy that speaks TLS 1.3, with a chain of
// two certificates that is good for another 265 days, and refuses an unsigned request.
func probe() path.Probe {
	p := path.Probe{Version: path.ProbeVersion, Name: DnsName, At: Taken(), Took: 30 * time.Millisecond}
	for _, addr := range []string{"10.0.1.7:443", "10.0.2.7:443"} {
		p.Nodes = append(p.Nodes, path.ProbedNode{
			Addr: netip.MustParseAddrPort(addr), TCP: path.ProbedStep{Took: 2 * time.Millisecond},
			TLS: &path.ProbedTLS{
				ProbedStep: path.ProbedStep{Took: 15 * time.Millisecond}, Offered: []string{"1.2", "1.3"}, Version: "1.3",
				Cipher: "TLS_AES_256_GCM_SHA384", Chain: chain(), Trust: path.Trusted,
			},
			Answer: &path.ProbedAnswer{ProbedStep: path.ProbedStep{Took: 5 * time.Millisecond}, Proxy: true, Status: 401, Error: "AuthenticationFailedException"},
		})
	}
	return p
}

func chain() []path.ProbedCertificate {
	from, until := Taken().Add(-100*24*time.Hour), Taken().Add(265*24*time.Hour)
	return []path.ProbedCertificate{
		{Subject: "CN=" + DnsName, CommonName: DnsName, Names: []string{DnsName}, Issuer: "CN=Public Issuing CA", NotBefore: from, NotAfter: until},
		{Subject: "CN=Public Issuing CA", CommonName: "Public Issuing CA", Issuer: "CN=Public Root", NotBefore: from, NotAfter: until},
	}
}

// NoProbe makes the deployment one without a probe.
func NoProbe(s *path.Snapshot) { s.Probe = nil }

// Probed edits what the probe saw at every address.
func Probed(edit func(*path.ProbedNode)) Edit {
	return func(s *path.Snapshot) {
		for i := range s.Probe.Nodes {
			edit(&s.Probe.Nodes[i])
		}
	}
}

// ProbedAt edits what the probe saw at one address: the first is 0.
func ProbedAt(i int, edit func(*path.ProbedNode)) Edit {
	return func(s *path.Snapshot) { edit(&s.Probe.Nodes[i]) }
}

// Unconnected leaves a node without a TCP connection.
func Unconnected(fault path.ProbeFault) func(*path.ProbedNode) {
	return func(n *path.ProbedNode) {
		n.TCP.Fault, n.TCP.Detail, n.TLS, n.Answer = fault, "dial tcp4 "+n.Addr.String(), nil, nil
	}
}

// Unshaken leaves a node without a TLS session, and without a certificate.
func Unshaken(fault path.ProbeFault) func(*path.ProbedNode) {
	return func(n *path.ProbedNode) {
		n.TLS, n.Answer = &path.ProbedTLS{ProbedStep: path.ProbedStep{Fault: fault, Detail: "what was said", Took: 3 * time.Second}}, nil
	}
}

// Certificate edits the proxy's own certificate.
func Certificate(edit func(*path.ProbedCertificate)) Edit {
	return Probed(func(n *path.ProbedNode) { edit(&n.TLS.Chain[0]) })
}

// Answered sets how the health request was answered.
func Answered(a path.ProbedAnswer) Edit {
	return Probed(func(n *path.ProbedNode) { n.Answer = &a })
}
