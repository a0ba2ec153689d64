package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// chainRows are what every check of the certificates shares.
func chainRows(rows map[string]row) map[string]row {
	rows["no connection"] = row{edit: pathtest.Probed(pathtest.Unconnected(path.ProbeTimedOut)), want: NotApplicable, seen: "proxy.tcp"}
	rows["no certificate was sent"] = row{edit: pathtest.Probed(pathtest.Unshaken(path.ProbePlainHTTP)), want: NotApplicable, seen: "proxy.tls-version"}
	return proxyRows(rows)
}

func TestProxyCertificateName(t *testing.T) {
	called := func(common string, names ...string) pathtest.Edit {
		return pathtest.Certificate(func(c *path.ProbedCertificate) { c.CommonName, c.Names = common, names })
	}
	const wild = "*.xks.example.com"
	judges(t, proxyCertificateName, chainRows(map[string]row{
		"the private DNS name":               {edit: pathtest.Unchanged, want: Pass, seen: "common name " + pathtest.DnsName, subject: name},
		"in capitals":                        {edit: called("MyProxy-Private.XKS.example.com"), want: Pass},
		"its wildcard":                       {edit: called(wild), want: Pass, seen: wild},
		"a wildcard of another domain":       {edit: called("*.example.com"), want: Fail, headline: "certificate is for *.example.com", subject: name},
		"a wildcard below":                   {edit: called("*." + pathtest.DnsName), want: Fail},
		"the parent":                         {edit: called("xks.example.com"), want: Fail},
		"everything":                         {edit: called("*"), want: Fail},
		"another name":                       {edit: called("proxy.example.com", "proxy.example.com"), want: Fail, seen: "common name proxy.example.com; subject alternative names: proxy.example.com"},
		"in the SAN alone: a warning":        {edit: called("proxy.example.com", pathtest.DnsName), want: Fail, warning: true, seen: "alone"},
		"as a wildcard in the SAN alone":     {edit: called("", wild), want: Fail, warning: true, seen: "no common name"},
		"no name at all":                     {edit: called(""), want: Fail, seen: "no common name; subject alternative names: none", headline: "for nobody"},
		"another one at one node":            {edit: pathtest.ProbedAt(0, func(n *path.ProbedNode) { n.TLS.Chain[0].CommonName = "proxy.example.com"; n.TLS.Chain[0].Names = nil }), want: Fail, seen: "10.0.1.7: common name proxy.example.com"},
		"the handshake failed after it came": {edit: pathtest.Probed(func(n *path.ProbedNode) { n.TLS.Fault = path.ProbeAlert; n.Answer = nil }), want: Pass},
	}))
}
