package check

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestAlarmCoverage(t *testing.T) {
	certificate := func(edit func(*path.Alarm)) pathtest.Edit { return pathtest.Alarm(pathtest.CertificateAlarm, edit) }
	watch := func(w path.Watch) pathtest.Edit {
		return certificate(func(a *path.Alarm) { a.Watches = []path.Watch{w} })
	}
	of := func(others bool, ids ...path.KeyStoreID) pathtest.Edit {
		return watch(path.Watch{Metric: path.CertificateMetric, KeyStores: ids, Others: others})
	}
	unreadRule := certificate(func(a *path.Alarm) {
		a.Tells, a.Unread = false, "the rule of a composite alarm above it could not be understood"
	})
	another := pathtest.AddAlarm("another", path.CertificateMetric, func(*path.Alarm) {})
	none := func(name string) pathtest.Edit {
		return pathtest.Alarm(name, func(a *path.Alarm) { a.Watches = nil })
	}
	more := func(s *path.Snapshot) { s.AlarmsLeft = true }
	judges(t, alarmCoverage, map[string]row{
		"one on each metric":                 {edit: pathtest.Unchanged, want: Pass, seen: "certificate expiry: alarm xks-certificate; proxy errors: alarm xks-proxy-errors; key manager state: alarm xks-key-managers", subject: store},
		"none at all":                        {edit: pathtest.NoAlarms, want: Fail, warning: true, seen: "certificate expiry: none; proxy errors: none; key manager state: none", headline: "no alarm on certificate, proxy errors, key managers", subject: store},
		"none on the certificate":            {edit: none(pathtest.CertificateAlarm), want: Fail, warning: true, seen: "certificate expiry: none; proxy errors: alarm", headline: "no alarm on certificate"},
		"none on errors":                     {edit: none(pathtest.ErrorsAlarm), want: Fail, warning: true, headline: "no alarm on proxy errors"},
		"none on key managers":               {edit: none(pathtest.ManagersAlarm), want: Fail, warning: true, headline: "no alarm on key managers"},
		"of another key store":               {edit: of(false, "cks-other"), want: Fail, warning: true, headline: "no alarm on certificate"},
		"of several, this among them":        {edit: of(false, "cks-other", pathtest.KeyStoreID), want: Pass},
		"of every key store":                 {edit: of(true), want: Pass},
		"of all but another":                 {edit: of(true, "cks-other"), want: Pass},
		"of all but this":                    {edit: of(true, pathtest.KeyStoreID), want: Fail, warning: true},
		"one that tells nobody":              {edit: certificate(pathtest.Silence), want: Fail, warning: true, seen: "alarm xks-certificate tells nobody: no action on ALARM", headline: "no alarm on certificate"},
		"one that tells nobody, and another": {edit: pathtest.All(certificate(pathtest.Silence), another), want: Pass, seen: "certificate expiry: alarm another"},
		"one alarm on two metrics": {edit: pathtest.All(none(pathtest.ErrorsAlarm), certificate(func(a *path.Alarm) {
			a.Watches = append(a.Watches, path.Watch{Metric: path.ErrorsMetric, Others: true})
		})), want: Pass},
		"an expression that is not understood":      {edit: watch(path.Watch{Unread: "its expression could not be understood"}), want: Unknown, seen: "alarm xks-certificate may watch it: its expression could not be understood"},
		"such a one that tells nobody":              {edit: pathtest.All(watch(path.Watch{Unread: "its expression could not be understood"}), certificate(pathtest.Silence)), want: Fail, warning: true},
		"such a one beside one that is understood":  {edit: pathtest.All(watch(path.Watch{Unread: "its expression could not be understood"}), another), want: Pass},
		"an expression on a metric, of unread ones": {edit: watch(path.Watch{Metric: path.ErrorsMetric, Unread: "?"}), want: Fail, warning: true, headline: "no alarm on certificate"},
		"a composite alarm that is not understood":  {edit: unreadRule, want: Unknown, seen: "alarm xks-certificate tells nobody by itself, and the rule"},
		"one undecided, one missing":                {edit: pathtest.All(unreadRule, none(pathtest.ErrorsAlarm)), want: Fail, warning: true, seen: "tells nobody by itself", headline: "no alarm on proxy errors"},
		"more alarms than were read":                {edit: pathtest.All(more, none(pathtest.ErrorsAlarm)), want: Unknown, seen: "proxy errors: there are more alarms than were read"},
		"more alarms, and all found":                {edit: more, want: Pass},
		"alarms may not be read":                    {edit: pathtest.Blind(path.AlarmsPart), want: Unknown, seen: "cloudwatch:DescribeAlarms"},
		"a public endpoint has the metrics, too":    {edit: pathtest.All(pathtest.PublicEndpoint, pathtest.NoAlarms), want: Fail, warning: true},
		"a CloudHSM key store has none":             {edit: pathtest.All(pathtest.CloudHSM, pathtest.NoAlarms), want: NotApplicable, seen: "CloudHSM"},
		"no such key store":                         {edit: pathtest.NoKeyStore, want: NotApplicable, seen: "no such key store"},
		"no key store exists yet":                   {edit: pathtest.All(pathtest.FailedCreate, pathtest.NoAlarms), want: NotApplicable, seen: "no key store exists yet"},
		"no subject but the account":                {edit: aboutAccount, want: NotApplicable, seen: "account"},
	})
}

// A metric lacks an alarm where none that tells somebody watches it, and what is missing is
// what a verdict of fail names: an alarm more never takes a pass away.
func TestAnotherAlarmNeverTakesCoverageAway(t *testing.T) {
	t.Parallel()
	metrics := []string{path.CertificateMetric, path.ErrorsMetric, path.ManagersMetric}
	rapid.Check(t, func(t *rapid.T) {
		s := pathtest.With(pathtest.NoAlarms)
		covered := map[string]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "alarms") {
			w := path.Watch{Metric: rapid.SampledFrom(metrics).Draw(t, "metric"), Others: rapid.Bool().Draw(t, "others")}
			if rapid.Bool().Draw(t, "named") {
				w.KeyStores = []path.KeyStoreID{pathtest.KeyStoreID}
			}
			a := path.Alarm{Name: "a", Tells: rapid.Bool().Draw(t, "tells"), Watches: []path.Watch{w}}
			s.Alarms = append(s.Alarms, a)
			// Named alone, or not named among the others.
			covered[w.Metric] = covered[w.Metric] || a.Tells && (len(w.KeyStores) == 1 && !w.Others || len(w.KeyStores) == 0 && w.Others)
		}
		var want []string
		for _, m := range metrics {
			if !covered[m] {
				want = append(want, m)
			}
		}
		if diff := cmp.Diff(want, Unalarmed(s)); diff != "" {
			t.Errorf("unalarmed (-want +got):\n%s", diff)
		}
		f := Run([]Check{alarmCoverage}, s)[0]
		if (f.Verdict == Pass) != (len(want) == 0) || f.Verdict == Unknown {
			t.Errorf("got %v with %v missing", f.Verdict, want)
		}
		before := Unalarmed(s)
		s.Alarms = append(s.Alarms, path.Alarm{Name: "more", Tells: true, Watches: []path.Watch{{Metric: path.ErrorsMetric, Others: true}}})
		for _, m := range Unalarmed(s) {
			if !slices.Contains(before, m) || m == path.ErrorsMetric {
				t.Errorf("%s lacks an alarm once there is one more", m)
			}
		}
	})
}
