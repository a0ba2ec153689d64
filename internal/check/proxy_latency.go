package check

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// patience is how long AWS KMS waits for an answer. Whether a handshake counts into it is not
// said: where only both together are too slow it is a warning.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html
const patience = 250 * time.Millisecond

var proxyLatency = Check{
	ID:      "proxy.latency",
	Title:   "The proxy answers within 250 milliseconds",
	Fails:   "an answer takes longer; where only connection, handshake and answer together do, it is a warning",
	Why:     "AWS KMS gives up after 250 ms. The probe's request ends at the proxy: how long the external key manager takes is not in it.",
	Console: "Look at the proxy's load and at the link to it: AWS asks for a round trip time of at most 35 ms. Amazon CloudWatch console, All metrics, KMS: XksProxyLatency shows what AWS KMS itself measures.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html",
	Needs:   []path.Part{path.ProbePart},
	Applies: onProbedPath,
	Run:     ofProxy(always("an answer within 250 ms"), judgeLatency),
}

func judgeLatency(_ path.Snapshot, n path.ProbedNode) look {
	switch {
	case n.TLS == nil:
		return elsewhere("no TCP connection: see proxy.tcp")
	case n.TLS.Fault == path.ProbeTimedOut:
		return wrong("no TLS handshake within "+millis(n.TLS.Took), "the proxy does not complete a TLS handshake")
	case n.Answer == nil:
		return elsewhere("no TLS session: see proxy.tls-version")
	case n.Answer.Fault == path.ProbeTimedOut:
		return wrong("no answer within "+millis(n.Answer.Took), "the proxy does not answer in time")
	case n.Answer.Fault != "":
		return elsewhere("no HTTP answer: see proxy.answers")
	}
	all := n.TCP.Took + n.TLS.Took + n.Answer.Took
	seen := "answered in " + millis(n.Answer.Took) + ", after " + millis(n.TCP.Took) + " for TCP and " + millis(n.TLS.Took) + " for TLS"
	switch {
	case n.Answer.Took > patience:
		return wrong(seen, "the proxy takes "+millis(n.Answer.Took)+" to answer")
	case all > patience:
		return doubtful(seen, "a new connection to the proxy takes "+millis(all))
	}
	return fine(seen)
}
