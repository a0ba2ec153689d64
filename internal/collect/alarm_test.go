package collect_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// ours stands for the key store's ID.
const ours = "cks-ours"

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func TestWhatAnAlarmWatches(t *testing.T) {
	t.Parallel()
	const notUnderstood = "its expression could not be understood"
	one := func(namespace, metric string, dimensions ...string) network.Alarm {
		return network.Alarm{Namespace: namespace, Metric: metric, Dimensions: dims(dimensions)}
	}
	math := func(queries ...network.AlarmQuery) network.Alarm { return network.Alarm{Queries: queries} }
	stat := func(id string, hidden bool, metric string) network.AlarmQuery {
		return network.AlarmQuery{ID: id, Hidden: hidden, Namespace: "AWS/KMS", Metric: metric, Statistic: "Sum", Period: 60, Dimensions: dims([]string{"CustomKeyStoreId", ours})}
	}
	expression := func(text string) network.AlarmQuery {
		return network.AlarmQuery{ID: "e1", Expression: text, Period: 60}
	}
	query := func(text string) network.Alarm { return math(expression(text)) }
	errors := func(where string) network.Alarm { return query(`SELECT SUM(XksProxyErrors) FROM "AWS/KMS"` + where) }
	of := func(metric string, others bool, ids ...path.KeyStoreID) []path.Watch {
		return []path.Watch{{Metric: metric, Others: others, KeyStores: ids}}
	}
	certificate, proxyErrors := of(path.CertificateMetric, false, ours), of(path.ErrorsMetric, false, ours)
	every, undecided := of(path.ErrorsMetric, true), []path.Watch{{Unread: notUnderstood}}
	theirs := stat("m1", false, path.ErrorsMetric)
	theirs.Account = "444455556666"
	tests := map[string]struct {
		alarm network.Alarm
		want  []path.Watch
	}{
		"a metric":                           {one("AWS/KMS", path.CertificateMetric, "CustomKeyStoreId", ours, "CertificateName", "proxy.example.com"), certificate},
		"a wildcard certificate":             {one("AWS/KMS", path.CertificateMetric, "CertificateName", "*.example.com", "CustomKeyStoreId", ours), certificate},
		"one kind of error":                  {one("AWS/KMS", path.ErrorsMetric, "CustomKeyStoreId", ours, "ErrorType", "Retryable"), proxyErrors},
		"a metric of no key store":           {one("AWS/KMS", path.ErrorsMetric), nil},
		"another metric of KMS":              {one("AWS/KMS", "XksProxyLatency", "CustomKeyStoreId", ours), nil},
		"another namespace":                  {one("Acme/KMS", path.ErrorsMetric, "CustomKeyStoreId", ours), nil},
		"math on a metric":                   {math(stat("m1", true, path.ErrorsMetric), expression("m1 / 60")), proxyErrors},
		"math on two metrics":                {math(stat("m1", true, path.ErrorsMetric), stat("m2", true, path.CertificateMetric), expression("IF(m1 > 5 OR m2 < 10, 1, 0)")), append(append([]path.Watch(nil), proxyErrors...), certificate...)},
		"math that leaves a metric out":      {math(stat("m1", true, path.ErrorsMetric), stat("m11", true, path.CertificateMetric), expression("FILL(m11, 0)")), certificate},
		"math on all metrics":                {math(stat("m1", true, path.ErrorsMetric), expression("SUM(METRICS())")), proxyErrors},
		"math on metrics by name":            {math(stat("xks1", true, path.ErrorsMetric), stat("m2", true, path.CertificateMetric), expression(`SUM(METRICS("xks"))`)), proxyErrors},
		"math on math":                       {math(stat("m1", true, path.ErrorsMetric), network.AlarmQuery{ID: "rate", Expression: "RATE(m1)", Hidden: true}, expression("rate * 60")), proxyErrors},
		"another account's metric":           {math(theirs), nil},
		"a query of all":                     {errors(""), every},
		"a query of one":                     {errors(" WHERE CustomKeyStoreId = 'cks-ours'"), proxyErrors},
		"a query with a schema":              {query(`SELECT SUM(XksProxyErrors) FROM SCHEMA("AWS/KMS", CustomKeyStoreId, ErrorType) WHERE CustomKeyStoreId = 'cks-ours' AND ErrorType = 'Retryable'`), proxyErrors},
		"a query in small letters":           {query(`select sum("XksProxyErrors") from "AWS/KMS" where CustomKeyStoreId='cks-ours' group by ErrorType order by sum() desc`), proxyErrors},
		"a query of two":                     {errors(" WHERE CustomKeyStoreId = 'cks-b' OR CustomKeyStoreId = 'cks-a'"), of(path.ErrorsMetric, false, "cks-a", "cks-b")},
		"a query of all but one":             {errors(" WHERE CustomKeyStoreId != 'cks-ours'"), of(path.ErrorsMetric, true, ours)},
		"a query of one kind of error":       {errors(" WHERE ErrorType = 'Retryable' OR ErrorType = 'Non-retryable'"), every},
		"a query in parentheses":             {errors(" WHERE CustomKeyStoreId = 'cks-ours' AND (ErrorType = 'Retryable' OR KmsOperation != 'Encrypt')"), proxyErrors},
		"a query where OR lets all in":       {errors(" WHERE CustomKeyStoreId = 'cks-ours' OR ErrorType = 'Retryable'"), every},
		"a query that contradicts itself":    {errors(" WHERE CustomKeyStoreId = 'cks-ours' AND CustomKeyStoreId = 'cks-b'"), of(path.ErrorsMetric, false)},
		"a query of this account":            {errors(" WHERE AWS.AccountId = '111122223333'"), every},
		"a query of another account":         {errors(" WHERE AWS.AccountId = '444455556666'"), of(path.ErrorsMetric, false)},
		"a query with a limit":               {errors(" GROUP BY CustomKeyStoreId ORDER BY SUM() DESC LIMIT 1"), undecided},
		"a query by tag":                     {errors(" WHERE tag.team = 'payments'"), undecided},
		"a query with what is not known yet": {errors(" WHERE CustomKeyStoreId IN ('cks-ours')"), undecided},
		"a query that is cut off":            {errors(" WHERE (CustomKeyStoreId = 'cks-ours'"), undecided},
		"a query of another namespace":       {query(`SELECT SUM(XksProxyErrors) FROM "Acme/KMS"`), nil},
		"a query of another metric":          {query(`SELECT MAX(XksProxyLatency) FROM "AWS/KMS"`), nil},
		"a query of no key store at all":     {query(`SELECT MIN(SecondsUntilKeyMaterialExpiration) FROM SCHEMA("AWS/KMS", KeyId) LIMIT 5`), nil},
		"a search, which AWS does not take":  {query(`SUM(SEARCH('{AWS/KMS,CustomKeyStoreId} MetricName="XksProxyErrors"', 'Sum', 60))`), undecided},
		"a search beside a metric":           {math(stat("m1", true, path.CertificateMetric), expression(`m1 + SUM(SEARCH('{AWS/KMS,CustomKeyStoreId} XksProxy', 'Sum', 60))`)), append(append([]path.Watch(nil), certificate...), undecided...)},
		"a search of something else":         {query(`SUM(SEARCH('{AWS/EC2,InstanceId} MetricName="CPUUtilization"', 'Sum', 60))`), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{NoAlarms: true})
			tt.alarm.Name, tt.alarm.Actions = "a", []string{"arn:aws:sns:eu-central-1:111122223333:on-call"}
			s.PutAlarm(tt.alarm)
			var got []path.Watch
			for _, a := range s.look(t).Alarms {
				got = append(got, a.Watches...)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

func dims(pairs []string) []network.Dimension {
	var out []network.Dimension
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, network.Dimension{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
func TestWhetherAnAlarmTellsAnybody(t *testing.T) {
	t.Parallel()
	const (
		topic   = "arn:aws:sns:eu-central-1:111122223333:on-call"
		none    = "no action on ALARM"
		unknown = "the rule of a composite alarm above it could not be understood"
	)
	rule := func(text string) network.Alarm {
		return network.Alarm{Name: "above", Rule: text, Actions: []string{topic}}
	}
	quiet := func(text string) network.Alarm { return network.Alarm{Name: "between", Rule: text} }
	mute := func(a network.Alarm) network.Alarm { a.ActionsDisabled = true; return a }
	tests := map[string]struct {
		actions  int
		disabled bool
		above    []network.Alarm
		tells    bool
		silent   string
		unread   string
	}{
		"an action":                            {actions: 1, tells: true},
		"no action":                            {silent: none},
		"its actions are disabled":             {actions: 1, disabled: true, silent: "its actions are disabled"},
		"a composite alarm has one":            {above: []network.Alarm{rule("ALARM(a)")}, tells: true},
		"by its name in quotes":                {above: []network.Alarm{rule(`ALARM("a")`)}, tells: true},
		"by its ARN":                           {above: []network.Alarm{rule(`ALARM(arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a)`)}, tells: true},
		"any of several":                       {above: []network.Alarm{rule("ALARM(b) OR ALARM(a) OR ALARM(c)")}, tells: true},
		"unless there is maintenance":          {above: []network.Alarm{rule("(ALARM(a) OR ALARM(b)) AND NOT ALARM(maintenance)")}, tells: true},
		"once it is not OK":                    {above: []network.Alarm{rule("NOT OK(a)")}, tells: true},
		"a composite alarm of a composite one": {above: []network.Alarm{quiet("ALARM(a)"), rule("ALARM(between)")}, tells: true},
		"only together with another":           {above: []network.Alarm{rule("ALARM(a) AND ALARM(b)")}, silent: none},
		"only when it is OK":                   {above: []network.Alarm{rule("OK(a)")}, silent: none},
		"in any case, which is no news":        {above: []network.Alarm{rule("TRUE OR ALARM(a)")}, silent: none},
		"never":                                {above: []network.Alarm{rule("FALSE AND ALARM(a)")}, silent: none},
		"when data is missing":                 {above: []network.Alarm{rule("INSUFFICIENT_DATA(a)")}, silent: none},
		"of others":                            {above: []network.Alarm{rule("ALARM(b)")}, silent: none},
		"the composite alarm has none either":  {above: []network.Alarm{quiet("ALARM(a)")}, silent: none},
		"the composite alarm's are disabled":   {above: []network.Alarm{mute(rule("ALARM(a)"))}, silent: none},
		"a rule that is not understood":        {above: []network.Alarm{rule("AT_LEAST(1, ALARM, (a, b))")}, unread: unknown},
		"a rule that is cut off":               {above: []network.Alarm{rule("(ALARM(a) OR")}, unread: unknown},
		"such a rule of others":                {above: []network.Alarm{rule("AT_LEAST(1, ALARM, (b, c))")}, silent: none},
		"such a rule between":                  {above: []network.Alarm{quiet("AT_LEAST(1, ALARM, (a, b))"), rule("ALARM(between)")}, unread: unknown},
		"such a rule beside one that tells":    {above: []network.Alarm{{Name: "0", Rule: "AT_LEAST(1, ALARM, (a, b))", Actions: []string{topic}}, rule("ALARM(a)")}, tells: true},
		"a circle":                             {above: []network.Alarm{quiet("ALARM(above)"), rule("ALARM(between) OR ALARM(a)")}, unread: unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{NoAlarms: true})
			watched := network.Alarm{Name: "a", ActionsDisabled: tt.disabled, Namespace: "AWS/KMS", Metric: path.ErrorsMetric, Dimensions: dims([]string{"CustomKeyStoreId", ours})}
			for range tt.actions {
				watched.Actions = append(watched.Actions, topic)
			}
			for _, a := range append(tt.above, watched) {
				s.PutAlarm(a)
			}
			want := []path.Alarm{{
				ARN: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a", Name: "a", Watches: []path.Watch{{Metric: path.ErrorsMetric, KeyStores: []path.KeyStoreID{ours}}},
				Tells: tt.tells, Silent: tt.silent, Unread: tt.unread,
			}}
			if d := cmp.Diff(want, s.look(t).Alarms); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

// Twenty pages are read: with a hundred alarms on each, as AWS has them, 2,000.
func TestAlarmsAreReadInPagesUpToABound(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]struct {
		left  bool
		calls int
	}{0: {false, 1}, 2: {false, 20}, 1: {true, 20}} {
		s := newSim(t, network.Options{NoAlarms: true})
		s.PageSize = size
		for i := range 40 {
			s.PutAlarm(network.Alarm{Name: fmt.Sprintf("a%02d", i), Namespace: "AWS/KMS", Metric: path.ErrorsMetric, Dimensions: dims([]string{"CustomKeyStoreId", ours})})
		}
		got := s.look(t)
		calls := 0
		for _, c := range s.Server.Calls() {
			if c.Operation == "DescribeAlarms" {
				calls++
			}
		}
		if found := 40; want.left {
			found = 20
			if len(got.Alarms) != found || !got.AlarmsLeft {
				t.Errorf("pages of %d: %d alarms, left %v; want %d, and more left", size, len(got.Alarms), got.AlarmsLeft, found)
			}
		} else if len(got.Alarms) != found || got.AlarmsLeft {
			t.Errorf("pages of %d: %d alarms, left %v; want all %d", size, len(got.Alarms), got.AlarmsLeft, found)
		}
		if calls != want.calls {
			t.Errorf("pages of %d: %d calls, want %d", size, calls, want.calls)
		}
	}
}

// Nothing has metrics while no key store exists.
func TestAlarmsAreReadOfAKeyStoreAlone(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	got := s.reader().Snapshot(t.Context(), path.Subject{Kind: path.ServiceSubject, ID: s.Service.ID}, path.Requested{ServiceName: s.Service.Name}, nil, nil)
	for _, c := range s.Server.Calls() {
		if c.Operation == "DescribeAlarms" || len(got.Alarms) > 0 {
			t.Fatalf("alarms were read: %v", got.Alarms)
		}
	}
}

// TestAnActionThatReachesNobodyIsNone: it reboots an instance or scales a group.
func TestAnActionThatReachesNobodyIsNone(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]bool{
		"arn:aws:sns:eu-central-1:111122223333:on-call":                                                     true,
		"arn:aws:ssm-incidents::111122223333:response-plan/xks":                                             true,
		"arn:aws:lambda:eu-central-1:111122223333:function:page":                                            true,
		"arn:aws:automate:eu-central-1:ec2:reboot":                                                          false,
		"arn:aws:swf:eu-central-1:111122223333:action/actions/AWS_EC2.InstanceId.Stop/1.0":                  false,
		"arn:aws:autoscaling:eu-central-1:111122223333:scalingPolicy:1:autoScalingGroupName/g:policyName/p": false,
	} {
		s := newSim(t, network.Options{NoAlarms: true})
		s.PutAlarm(network.Alarm{Name: "a", Namespace: "AWS/KMS", Metric: "XksProxyErrors", Dimensions: dims([]string{"CustomKeyStoreId", ours}), Actions: []string{action}})
		s.PutAlarm(network.Alarm{Name: "above", Rule: "ALARM(a)", Actions: []string{action}})
		got := s.look(t).Alarms
		if len(got) != 1 || got[0].Tells != want || !want && got[0].Silent != "its actions reach nobody" {
			t.Errorf("of %s: %+v, want that it tells somebody: %t", action, got, want)
		}
	}
}
