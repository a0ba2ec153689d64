package check

import (
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// soon is when an expiry is worth a warning: a certificate is often renewed by people.
const soon = 30 * 24 * time.Hour

var proxyCertificateDates = Check{
	ID:      "proxy.certificate-dates",
	Title:   "The proxy's certificate is valid, and for another 30 days",
	Fails:   "it has expired or is not valid yet; within 30 days of its expiry it is a warning",
	Why:     "AWS KMS refuses an expired certificate: every new connection fails, while those that stand may go on for a while.",
	Console: "Renew the certificate with the authority that issued it, and have the proxy send the new one. Where the load balancer's listener on 443 is of protocol TLS: AWS Certificate Manager console: choose the certificate, and see why its renewal does not come through.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.ProbePart},
	Applies: onProbedPath,
	Run:     ofProxy(always("a certificate that is valid for another 30 days"), ofChain(judgeDates)),
}

func judgeDates(s path.Snapshot, t path.ProbedTLS) look {
	own, at := t.Chain[0], s.Probe.At
	from, until := own.NotBefore.UTC().Format(time.DateTime), own.NotAfter.UTC().Format(time.DateTime)
	switch left := own.NotAfter.Sub(at); {
	case at.Before(own.NotBefore):
		return wrong("not valid before "+from+" UTC", "the proxy's certificate is not valid yet")
	case left < 0:
		return wrong("expired on "+until+" UTC", "the proxy's certificate expired on "+until[:len(time.DateOnly)])
	case left < soon:
		days := int(left / (24 * time.Hour))
		return doubtful(fmt.Sprintf("valid until %s UTC, which is in %s", until, plural(days, "day")), "the proxy's certificate expires in "+plural(days, "day"))
	}
	return fine("valid until " + until + " UTC")
}
