package check

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// proxyCertificateName demands the common name, as AWS's guide does; a name that is in the
// subject alternative name alone is a warning, since TLS libraries look there.
var proxyCertificateName = Check{
	ID:      "proxy.certificate-name",
	Title:   "The subject common name of the proxy's certificate is the private DNS name",
	Fails:   "it is neither that name nor its wildcard; where the subject alternative name has it, it is a warning",
	Why:     "AWS KMS refuses a certificate of another name: every new connection fails.",
	Console: "Issue a certificate whose subject common name (CN) is the private DNS name of the VPC endpoint service. Where the load balancer's listener on 443 is of protocol TLS: Amazon EC2 console, Load Balancers: choose the listener, Certificates tab, Change default. Otherwise in the proxy's own configuration.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.ProbePart},
	Applies: onProbedPath,
	Run: ofProxy(
		func(s path.Snapshot) string {
			return "a certificate whose subject common name is " + s.Probe.Name + ", or *." + parent(s.Probe.Name)
		},
		ofChain(judgeName)),
}

func judgeName(s path.Snapshot, t path.ProbedTLS) look {
	own := t.Chain[0]
	seen := "common name " + own.CommonName
	if own.CommonName == "" {
		seen = "no common name"
	}
	switch {
	case names(own.CommonName, s.Probe.Name):
		return fine(seen)
	case slices.ContainsFunc(own.Names, func(n string) bool { return names(n, s.Probe.Name) }):
		return doubtful(seen+"; the name is in the subject alternative name alone", "the certificate has the private DNS name as SAN only")
	}
	return wrong(seen+"; subject alternative names: "+orNone(own.Names), "certificate is for "+other(own)+", not for the private DNS name")
}

// other is a name that a certificate is for instead.
func other(c path.ProbedCertificate) string {
	for _, n := range append([]string{c.CommonName}, c.Names...) {
		if n != "" {
			return n[:min(len(n), 16)]
		}
	}
	return "nobody"
}

// names reports whether a certificate's name is a DNS name, or the wildcard of its parent.
func names(pattern, name string) bool {
	return pattern != "" && (fold(pattern, name) || parent(name) != "" && fold(pattern, "*."+parent(name)))
}

func parent(name string) string {
	_, above, _ := strings.Cut(name, ".")
	return above
}
