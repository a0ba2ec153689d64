package check

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var proxyTLSVersion = Check{
	ID:      "proxy.tls-version",
	Title:   "The proxy completes a TLS handshake of version 1.2 or 1.3",
	Fails:   "it speaks neither, no cipher suite that an external key store proxy must have, or no TLS at all; or it ends the handshake",
	Why:     "AWS KMS speaks TLS 1.2 and 1.3 only: every new connection fails.",
	Console: "Where the load balancer's listener on 443 is of protocol TLS: Amazon EC2 console, Load Balancers: choose the listener, Security policy, and choose one that has TLS 1.2 and 1.3. Otherwise in the proxy's own configuration.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.ProbePart},
	Applies: onProbedPath,
	Run:     ofProxy(always("a handshake of TLS 1.2 or 1.3"), judgeHandshake),
}

func judgeHandshake(_ path.Snapshot, n path.ProbedNode) look {
	if n.TLS == nil {
		return elsewhere("no TCP connection: see proxy.tcp")
	}
	switch t := n.TLS; t.Fault {
	case "":
		return fine("TLS " + t.Version + " with " + t.Cipher + "; spoken are " + strings.Join(t.Offered, " and "))
	case path.ProbeTimedOut:
		return elsewhere("no handshake in time: see proxy.latency")
	case path.ProbePlainHTTP:
		return wrong("plain HTTP came back instead of TLS", "the proxy answers plain HTTP, not TLS, on 443")
	case path.ProbeNotTLS:
		return wrong("something else than TLS came back", "what answers on 443 does not speak TLS")
	case path.ProbeOldTLS:
		return wrong("TLS "+strings.Join(t.Offered, " and ")+" at most", "the proxy speaks neither TLS 1.2 nor 1.3")
	case path.ProbeReset:
		return wrong("the connection was reset during the handshake", "the proxy resets the TLS handshake")
	case path.ProbeClosed:
		return wrong("the connection was closed during the handshake", "the proxy closes the TLS handshake half way")
	case path.ProbeAlert:
		if t.ClientCertificate {
			return elsewhere("it asks for the client certificate of AWS KMS (mutual TLS), which the probe has not")
		}
		return wrong("it refused the handshake: "+t.Detail, "the proxy refuses the TLS handshake")
	default:
		return unsure("no handshake: " + t.Detail)
	}
}
