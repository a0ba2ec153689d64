package check

import "github.com/xks-remediator/xks-remediator/internal/path"

// proxyCertificateChain judges by the public roots of the probe's runtime. AWS KMS trusts
// fewer, in a list that it publishes and that changes: a pass says so.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/TrustedCertificateAuthorities
var proxyCertificateChain = Check{
	ID:      "proxy.certificate-chain",
	Title:   "The proxy sends a certificate chain that leads to a public root",
	Fails:   "an issuing certificate is missing, wrong or expired, or the chain leads to a root that is not public",
	Why:     "AWS KMS trusts the public authorities of its own list alone, and does not fetch what is missing: every new connection fails.",
	Console: "Have the proxy send its certificate followed by every intermediate certificate of the authority, in that order; and have a public authority of AWS KMS's list issue it: a private one is not trusted. Where the load balancer's listener on 443 is of protocol TLS: Amazon EC2 console, Load Balancers: choose the listener, Certificates tab.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.ProbePart},
	Applies: onProbedPath,
	Run:     ofProxy(always("a whole chain to a root among AWS KMS's trusted certificate authorities"), ofChain(judgeChain)),
}

func judgeChain(_ path.Snapshot, t path.ProbedTLS) look {
	switch t.Trust {
	case path.Trusted:
		return fine("leads to a public root by " + t.Chain[len(t.Chain)-1].Issuer + "; whether AWS KMS's shorter list has it was not compared")
	case path.SelfSigned:
		return wrong("self-signed: "+t.Why, "the proxy's certificate is self-signed")
	case path.IncompleteChain:
		return wrong("incomplete chain, or a private authority: "+t.Why, "the proxy's certificate chain is incomplete")
	case path.UntrustedRoot:
		return wrong("untrusted root: "+t.Why, "the proxy's certificate leads to an untrusted root")
	case path.BrokenChain:
		return wrong("broken chain: "+t.Why, "the proxy's certificate chain is broken")
	}
	return unsure("the chain could not be verified: " + t.Why)
}
