package check

import (
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestProxyLatency(t *testing.T) {
	took := func(tcp, tls, answer time.Duration) pathtest.Edit {
		return pathtest.Probed(func(n *path.ProbedNode) { n.TCP.Took, n.TLS.Took, n.Answer.Took = tcp, tls, answer })
	}
	const ms = time.Millisecond
	silent := path.ProbedAnswer{ProbedStep: path.ProbedStep{Fault: path.ProbeTimedOut, Took: 2900 * ms}}
	judges(t, proxyLatency, proxyRows(map[string]row{
		"fast":                           {edit: pathtest.Unchanged, want: Pass, seen: "answered in 5 ms, after 2 ms for TCP and 15 ms for TLS", subject: name},
		"an answer of 250 ms":            {edit: took(0, 0, 250*ms), want: Pass},
		"an answer of a moment more":     {edit: took(0, 0, 250*ms+1), want: Fail, headline: "takes 250 ms to answer", subject: name},
		"all together 250 ms":            {edit: took(10*ms, 100*ms, 140*ms), want: Pass},
		"all together more: a warning":   {edit: took(10*ms, 100*ms, 141*ms), want: Fail, warning: true, headline: "a new connection to the proxy takes 251 ms"},
		"no answer":                      {edit: pathtest.Answered(silent), want: Fail, seen: "no answer within 2900 ms"},
		"no handshake":                   {edit: pathtest.Probed(pathtest.Unshaken(path.ProbeTimedOut)), want: Fail, seen: "no TLS handshake within 3000 ms"},
		"another fault of the handshake": {edit: pathtest.Probed(pathtest.Unshaken(path.ProbeReset)), want: NotApplicable, seen: "proxy.tls-version"},
		"no HTTP":                        {edit: pathtest.Answered(path.ProbedAnswer{ProbedStep: path.ProbedStep{Fault: path.ProbeNotHTTP}}), want: NotApplicable, seen: "proxy.answers"},
		"no connection":                  {edit: pathtest.Probed(pathtest.Unconnected(path.ProbeRefused)), want: NotApplicable, seen: "proxy.tcp"},
		"slow at one node":               {edit: pathtest.ProbedAt(1, func(n *path.ProbedNode) { n.Answer.Took = time.Second }), want: Fail, seen: "10.0.2.7: answered in 1000 ms"},
	}))
}
