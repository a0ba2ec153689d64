package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// alarmCoverage asks for one alarm a metric that tells somebody. It does not judge its
// threshold, nor whether it watches each operation and each kind of error: that is a choice.
// Alarms in another account, to which this one shows its metrics, cannot be seen from here.
var alarmCoverage = Check{
	ID:      "alarm.coverage",
	Title:   "CloudWatch alarms watch the key store's certificate, proxy errors and key managers",
	Fails:   "the key store has no CloudWatch alarm on certificate expiry, proxy errors or key manager state (a warning)",
	Why:     "Nothing fails by it. But an expired certificate cuts KMS off at its next connection, and errors of the proxy or an external key manager that goes down show in these metrics first: without an alarm that tells somebody, the first to notice are the users of the keys. An alarm in a monitoring account, to which this account shows its metrics, is not seen from here.",
	Console: "CloudWatch console, All alarms, Create alarm, Select metric: KMS, and for certificate expiry XKS Proxy Certificate Metrics; for the others the Query tab with namespace AWS/KMS, the metric and CustomKeyStoreId. On Configure actions choose the SNS topic to tell in state In alarm.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html",
	Needs:   []path.Part{path.KeyStorePart, path.AlarmsPart},
	Applies: ofExternalKeyStore,
	Run: func(s path.Snapshot) []Finding {
		const expected = "for each of certificate expiry, proxy errors and key manager state an alarm of this account and Region that tells somebody"
		subject := path.ARN(s.Subject.ID)
		var seen, none []string
		undecided := false
		for _, m := range alarmed() {
			c := covered(s, m.metric)
			seen = append(seen, m.what+": "+c.words())
			undecided = undecided || c.verdict == Unknown
			if c.verdict == Fail {
				none = append(none, m.short)
			}
		}
		all := strings.Join(seen, "; ")
		switch {
		case len(none) > 0:
			f := fail(subject, expected, all, "no alarm on "+strings.Join(none, ", "))
			f.Warning = true
			return one(f)
		case undecided:
			return one(unknown(subject, expected, all))
		}
		return one(pass(subject, expected, all))
	},
}

// An alarmedMetric is a metric that is to have an alarm, and what it is of: in words, and in
// few enough for a headline of all.
type alarmedMetric struct{ metric, what, short string }

func alarmed() []alarmedMetric {
	return []alarmedMetric{
		{path.CertificateMetric, "certificate expiry", "certificate"},
		{path.ErrorsMetric, "proxy errors", "proxy errors"},
		{path.ManagersMetric, "key manager state", "key managers"},
	}
}

// Unalarmed returns the metrics of the snapshot's key store on which there is no alarm that
// tells anybody: those for which alarm.coverage fails.
func Unalarmed(s path.Snapshot) []string {
	var none []string
	for _, m := range alarmed() {
		if covered(s, m.metric).verdict == Fail {
			none = append(none, m.metric)
		}
	}
	return none
}

// A coverage is what the alarms on one metric of the key store come to.
type coverage struct {
	verdict Verdict // Pass, Fail or Unknown
	facts   []string
}

// covered judges the alarms on a metric. One that is not understood, and one that was not read,
// may be what is missing.
func covered(s path.Snapshot, metric string) coverage {
	c := coverage{verdict: Fail}
	for _, a := range s.Alarms {
		watched, undecided := watching(a, path.KeyStoreID(s.Subject.ID), metric)
		switch {
		case watched && a.Tells:
			return coverage{Pass, []string{"alarm " + a.Name}}
		case watched && a.Unread != "":
			c = coverage{Unknown, append(c.facts, fmt.Sprintf("alarm %s tells nobody by itself, and %s", a.Name, a.Unread))}
		case watched:
			c.facts = append(c.facts, fmt.Sprintf("alarm %s tells nobody: %s", a.Name, a.Silent))
		case undecided != "" && (a.Tells || a.Unread != ""):
			c = coverage{Unknown, append(c.facts, fmt.Sprintf("alarm %s may watch it: %s", a.Name, undecided))}
		}
	}
	if s.AlarmsLeft {
		c = coverage{Unknown, append(c.facts, "there are more alarms than were read")}
	}
	return c
}

// watching reports whether an alarm watches a metric of a key store, or why that is not known.
func watching(a path.Alarm, id path.KeyStoreID, metric string) (watched bool, undecided string) {
	for _, w := range a.Watches {
		if w.Unread != "" && (w.Metric == "" || w.Metric == metric) {
			undecided = w.Unread
		}
	}
	return slices.ContainsFunc(a.Watches, func(w path.Watch) bool { return w.Metric == metric && w.Of(id) }), undecided
}

func (c coverage) words() string { return orNone(c.facts) }

// ofExternalKeyStore says why a check of what every external key store has, whatever its
// connectivity, has nothing to judge.
func ofExternalKeyStore(s path.Snapshot) string {
	if why := ofKeyStore(s); why != "" {
		return why
	}
	_, unread := s.Gap(path.KeyStorePart)
	switch {
	case unread:
		return ""
	case s.KeyStore == nil:
		return "there is no such key store: see key-store.exists"
	case !s.KeyStore.External:
		return "an AWS CloudHSM key store has no external key store proxy"
	}
	return ""
}
