package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestProxyAnswers(t *testing.T) {
	http := func(status int, server string) pathtest.Edit {
		return pathtest.Answered(path.ProbedAnswer{Status: status, Server: server})
	}
	proxy := func(status int, name string) pathtest.Edit {
		return pathtest.Answered(path.ProbedAnswer{Proxy: true, Status: status, Error: name})
	}
	fault := func(f path.ProbeFault) pathtest.Edit {
		return pathtest.Answered(path.ProbedAnswer{ProbedStep: path.ProbedStep{Fault: f, Detail: "what was said"}})
	}
	mutual := pathtest.All(fault(path.ProbeAlert), pathtest.Probed(func(n *path.ProbedNode) { n.TLS.ClientCertificate = true }))
	judges(t, proxyAnswers, proxyRows(map[string]row{
		"a proxy refuses what is not signed": {edit: pathtest.Unchanged, want: Pass, seen: "AuthenticationFailedException", subject: name},
		"a proxy has trouble of its own":     {edit: proxy(503, "DependencyTimeoutException"), want: Pass, seen: "DependencyTimeoutException"},
		"a proxy at another path":            {edit: proxy(404, "InvalidUriPathException"), want: Fail, seen: "/kms/xks/v1", headline: "URI path", subject: name},
		"a proxy, and no key store yet":      {edit: pathtest.All(pathtest.FailedCreate, proxy(404, "InvalidUriPathException")), want: Unknown, seen: "is not known"},
		"a proxy that lets everybody in":     {edit: proxy(200, ""), want: Fail, warning: true, headline: "does not authenticate"},
		"a web server":                       {edit: http(404, "nginx"), want: Fail, seen: "(nginx) answers HTTP 404", headline: "another web server answers on 443 (HTTP 404)"},
		"a web server, and no key store yet": {edit: pathtest.All(pathtest.FailedCreate, http(404, "nginx")), want: Unknown},
		"a gateway without a proxy":          {edit: http(502, ""), want: Fail, headline: "(HTTP 502)"},
		"a refusal without a name":           {edit: http(403, ""), want: Unknown, seen: "HTTP 403 without an error name"},
		"no HTTP":                            {edit: fault(path.ProbeNotHTTP), want: Fail, seen: "what was said", headline: "does not speak HTTP"},
		"closed":                             {edit: fault(path.ProbeClosed), want: Fail},
		"an alert":                           {edit: fault(path.ProbeAlert), want: Fail},
		"it wants a certificate":             {edit: mutual, want: NotApplicable, seen: "mutual TLS"},
		"too slow: another check's":          {edit: fault(path.ProbeTimedOut), want: NotApplicable, seen: "proxy.latency"},
		"no session":                         {edit: pathtest.Probed(pathtest.Unshaken(path.ProbeReset)), want: NotApplicable, seen: "proxy.tls-version"},
		"the key store may not be read":      {edit: pathtest.Blind(path.KeyStorePart), want: Unknown},
	}))
}
