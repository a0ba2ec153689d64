package check

import (
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestProxyCertificateDates(t *testing.T) {
	const day = 24 * time.Hour
	until := func(left time.Duration) pathtest.Edit {
		return pathtest.Certificate(func(c *path.ProbedCertificate) { c.NotAfter = pathtest.Taken().Add(left) })
	}
	from := func(ago time.Duration) pathtest.Edit {
		return pathtest.Certificate(func(c *path.ProbedCertificate) { c.NotBefore = pathtest.Taken().Add(-ago) })
	}
	judges(t, proxyCertificateDates, chainRows(map[string]row{
		"good for months":                   {edit: pathtest.Unchanged, want: Pass, seen: "valid until 2026-12-04 03:00:00 UTC", subject: name},
		"good for 30 days":                  {edit: until(30 * day), want: Pass},
		"a second less":                     {edit: until(30*day - time.Second), want: Fail, warning: true, seen: "in 29 days", headline: "expires in 29 days", subject: name},
		"the last second":                   {edit: until(0), want: Fail, warning: true, seen: "in 0 days"},
		"expired a second ago":              {edit: until(-time.Second), want: Fail, seen: "expired on 2026-03-14 02:59:59 UTC", headline: "expired on 2026-03-14"},
		"valid from this second":            {edit: from(0), want: Pass},
		"not yet valid":                     {edit: from(-time.Second), want: Fail, seen: "not valid before 2026-03-14 03:00:01 UTC", headline: "not valid yet"},
		"an issuer's dates are the chain's": {edit: pathtest.Probed(func(n *path.ProbedNode) { n.TLS.Chain[1].NotAfter = pathtest.Taken().Add(-day) }), want: Pass},
	}))
}
