package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// onProbedPath says why a check of the proxy has nothing to judge.
func onProbedPath(s path.Snapshot) string {
	if why := onPath(s); why != "" {
		return why
	}
	if _, unread := s.Gap(path.ProbePart); s.Probe == nil && !unread {
		return "no probe looked: none is deployed (parameters ProbeSubnetIds and ProbeSecurityGroupIds), or there is no load balancer node to go to"
	}
	return ""
}

// A look is what a check makes of one address.
type look struct {
	verdict  Verdict
	warning  bool
	seen     string
	headline string // of a fail
}

func fine(seen string) look               { return look{verdict: Pass, seen: seen} }
func wrong(seen, headline string) look    { return look{verdict: Fail, seen: seen, headline: headline} }
func unsure(seen string) look             { return look{verdict: Unknown, seen: seen} }
func elsewhere(seen string) look          { return look{verdict: NotApplicable, seen: seen} }
func doubtful(seen, headline string) look { return look{Fail, true, seen, headline} }

// rank orders looks: the address that fares worst speaks for the proxy. One that there was
// nothing to judge of speaks only where all are so.
func (l look) rank() int {
	switch {
	case l.verdict == Fail && !l.warning:
		return 4
	case l.verdict == Fail:
		return 3
	case l.verdict == Unknown:
		return 2
	case l.verdict == Pass:
		return 1
	}
	return 0
}

// ofProxy makes a check's Run of a judge of one address. Requests go to every node in turn,
// so that one which fails is enough. The subject is the private DNS name.
func ofProxy(expected func(path.Snapshot) string, judge func(path.Snapshot, path.ProbedNode) look) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if s.Probe == nil || len(s.Probe.Nodes) == 0 {
			return nil
		}
		var worst look
		var texts []string
		at := map[string][]string{} // addresses by what was seen there
		for _, n := range s.Probe.Nodes {
			l := judge(s, n)
			if at[l.seen] == nil {
				texts = append(texts, l.seen)
			}
			at[l.seen] = append(at[l.seen], n.Addr.Addr().String())
			if worst.seen == "" || l.rank() > worst.rank() {
				worst = l
			}
		}
		for i, text := range texts {
			texts[i] = strings.Join(at[text], ", ") + ": " + text
		}
		f := Finding{
			Subject: path.ARN(s.Probe.Name), Verdict: worst.verdict, Warning: worst.warning,
			Evidence: Evidence{Expected: expected(s), Seen: strings.Join(texts, "; ")},
		}
		if worst.verdict == Fail {
			f.Headline = subjectLine(worst.headline)
		}
		return one(f)
	}
}

// always is an expectation that depends on nothing.
func always(text string) func(path.Snapshot) string {
	return func(path.Snapshot) string { return text }
}

func millis(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

// ofChain makes a judge of the certificates that an address sent, whatever came of the
// handshake afterwards.
func ofChain(judge func(path.Snapshot, path.ProbedTLS) look) func(path.Snapshot, path.ProbedNode) look {
	return func(s path.Snapshot, n path.ProbedNode) look {
		switch {
		case n.TLS == nil:
			return elsewhere("no TCP connection: see proxy.tcp")
		case len(n.TLS.Chain) == 0:
			return elsewhere("no certificate was sent: see proxy.tls-version")
		}
		return judge(s, *n.TLS)
	}
}
