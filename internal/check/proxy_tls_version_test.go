package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestProxyTLSVersion(t *testing.T) {
	every := func(fault path.ProbeFault) pathtest.Edit { return pathtest.Probed(pathtest.Unshaken(fault)) }
	old := pathtest.Probed(func(n *path.ProbedNode) { pathtest.Unshaken(path.ProbeOldTLS)(n); n.TLS.Offered = []string{"1.1"} })
	mutual := pathtest.Probed(func(n *path.ProbedNode) { pathtest.Unshaken(path.ProbeAlert)(n); n.TLS.ClientCertificate = true })
	tls12 := pathtest.Probed(func(n *path.ProbedNode) { n.TLS.Version, n.TLS.Offered = "1.2", []string{"1.2"} })
	judges(t, proxyTLSVersion, proxyRows(map[string]row{
		"1.3":                       {edit: pathtest.Unchanged, want: Pass, seen: "TLS 1.3 with TLS_AES_256_GCM_SHA384; spoken are 1.2 and 1.3", subject: name},
		"1.2 alone":                 {edit: tls12, want: Pass, seen: "TLS 1.2"},
		"1.1 at most":               {edit: old, want: Fail, seen: "TLS 1.1 at most", headline: "neither TLS 1.2 nor 1.3", subject: name},
		"plain HTTP":                {edit: every(path.ProbePlainHTTP), want: Fail, headline: "plain HTTP"},
		"no TLS at all":             {edit: every(path.ProbeNotTLS), want: Fail, headline: "does not speak TLS"},
		"reset":                     {edit: every(path.ProbeReset), want: Fail, headline: "resets"},
		"closed half way":           {edit: every(path.ProbeClosed), want: Fail, headline: "half way"},
		"refused":                   {edit: every(path.ProbeAlert), want: Fail, seen: "what was said", headline: "refuses"},
		"it wants a certificate":    {edit: mutual, want: NotApplicable, seen: "mutual TLS"},
		"too slow: another check's": {edit: every(path.ProbeTimedOut), want: NotApplicable, seen: "proxy.latency"},
		"anything else":             {edit: every(path.ProbeOther), want: Unknown, seen: "what was said"},
		"one node of two":           {edit: pathtest.ProbedAt(1, pathtest.Unshaken(path.ProbeNotTLS)), want: Fail, seen: "10.0.2.7: something else"},
		"no connection":             {edit: pathtest.Probed(pathtest.Unconnected(path.ProbeRefused)), want: NotApplicable, seen: "proxy.tcp"},
		"no connection to one":      {edit: pathtest.ProbedAt(0, pathtest.Unconnected(path.ProbeRefused)), want: Pass, seen: "10.0.1.7: no TCP connection: see proxy.tcp; 10.0.2.7: TLS 1.3"},
	}))
}
