package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Statuses of HTTP: https://www.rfc-editor.org/rfc/rfc9110#name-status-codes
const (
	httpOK           = 200
	httpUnauthorized = 401
	httpForbidden    = 403
	httpNotFound     = 404
)

// proxyAnswers knows a proxy by how it refuses: the probe has no credential, and asks only
// for the health status of the XKS proxy API.
var proxyAnswers = Check{
	ID:      "proxy.answers",
	Title:   "An external key store proxy answers at the URI path",
	Fails:   "another web server answers, something that is no HTTP, or a proxy that does not know the URI path; one that asks for no signature is a warning",
	Why:     "AWS KMS cannot interpret what another server says: every request fails.",
	Console: "AWS KMS console, External key stores: choose the key store and compare Proxy URI path with the proxy's own configuration. Amazon EC2 console, Target Groups: choose the group, Targets tab: are those addresses and ports the proxies'?",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.ProbePart, path.KeyStorePart},
	Applies: onProbedPath,
	Run:     ofProxy(always("an external key store proxy that refuses a request without a signature"), judgeAnswer),
}

func judgeAnswer(s path.Snapshot, n path.ProbedNode) look {
	if n.Answer == nil {
		return elsewhere("no TLS session: see proxy.tcp and proxy.tls-version")
	}
	switch a := n.Answer; {
	case a.Fault == path.ProbeTimedOut:
		return elsewhere("no answer in time: see proxy.latency")
	case a.Fault == path.ProbeAlert && n.TLS.ClientCertificate:
		return elsewhere("it asks for the client certificate of AWS KMS (mutual TLS), which the probe has not")
	case a.Fault != "":
		return wrong("the health request got no HTTP answer: "+a.Detail, "what answers on 443 does not speak HTTP")
	case a.Error == "InvalidUriPathException":
		return judgePath(s, "the proxy does not know the URI path", "the proxy does not know the key store's URI path")
	case a.Proxy && a.Status == httpOK:
		return doubtful("the proxy answers requests that carry no signature", "the proxy does not authenticate its callers")
	case a.Proxy:
		return fine("an external key store proxy: " + a.Error)
	case a.Status == httpUnauthorized || a.Status == httpForbidden:
		return unsure(fmt.Sprintf("HTTP %d without an error name of the XKS proxy API: a proxy, or a gateway before it", a.Status))
	case a.Status == httpNotFound:
		return judgePath(s, served(*a), "another web server answers on 443 (HTTP 404)")
	default:
		return wrong(served(*a), fmt.Sprintf("another web server answers on 443 (HTTP %d)", a.Status))
	}
}

// judgePath is for an answer that may be to a wrong path: before there is a key store nobody
// has said which is right.
func judgePath(s path.Snapshot, seen, headline string) look {
	if s.KeyStore == nil {
		return unsure(seen + "; which URI path the key store is to have is not known")
	}
	return wrong(seen+" "+s.KeyStore.UriPath, headline)
}

func served(a path.ProbedAnswer) string {
	by := "something that is no external key store proxy"
	if a.Server != "" {
		by += " (" + a.Server + ")"
	}
	return fmt.Sprintf("%s answers HTTP %d", by, a.Status)
}
