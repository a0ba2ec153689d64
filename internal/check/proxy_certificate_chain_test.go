package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestProxyCertificateChain(t *testing.T) {
	worth := func(trust path.ProbedTrust, why string) pathtest.Edit {
		return pathtest.Probed(func(n *path.ProbedNode) { n.TLS.Trust, n.TLS.Why = trust, why })
	}
	judges(t, proxyCertificateChain, chainRows(map[string]row{
		"leads to a public root": {edit: pathtest.Unchanged, want: Pass, seen: "CN=Public Root; whether AWS KMS's shorter list has it was not compared", subject: name},
		"self-signed":            {edit: worth(path.SelfSigned, "x is its own issuer"), want: Fail, seen: "x is its own issuer", headline: "self-signed", subject: name},
		"incomplete":             {edit: worth(path.IncompleteChain, "x was not sent"), want: Fail, seen: "incomplete chain, or a private authority: x was not sent", headline: "incomplete"},
		"a company's own root":   {edit: worth(path.UntrustedRoot, "ends at x"), want: Fail, headline: "untrusted root"},
		"an issuer that may not": {edit: worth(path.BrokenChain, "x"), want: Fail, headline: "broken"},
		"there are no roots":     {edit: worth("", "no roots here"), want: Unknown, seen: "no roots here"},
	}))
}
