package network

import "time"

// An Alarm is a CloudWatch alarm: on one metric, on Queries, or, where it has a Rule, on other
// alarms. The simulator takes no metrics: an alarm stays in the state that it is put into.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_CompositeAlarm.html
type Alarm struct {
	ARN         string
	Name        string
	Description string
	Rule        string // of a composite alarm
	Updated     time.Time

	ActionsDisabled bool
	Actions         []string // ARNs told when it goes to ALARM
	OKActions       []string
	NoDataActions   []string // when it goes to INSUFFICIENT_DATA
	State           string   // OK, ALARM, INSUFFICIENT_DATA

	Namespace, Metric, Statistic string
	Dimensions                   []Dimension
	Period                       int // seconds
	Queries                      []AlarmQuery

	Comparison  string
	Threshold   float64
	Periods     int // for so many periods
	Datapoints  int // of these, so many; zero: all
	MissingData string
}

// A Dimension is a name and a value of a metric.
type Dimension struct{ Name, Value string }

// An AlarmQuery is an expression, or a metric that an expression may name by ID.
type AlarmQuery struct {
	ID         string
	Expression string
	Label      string
	Account    string // whose metric; empty: the alarm's own
	Hidden     bool   // it returns no data: the alarm does not look at it by itself
	Period     int    // seconds

	Namespace, Metric, Statistic string // of a metric
	Dimensions                   []Dimension
}

// PutAlarm makes an alarm known under its name, in the place of one that is there.
func (w *World) PutAlarm(a Alarm) *Alarm {
	a.ARN, a.Updated = w.ARN("cloudwatch", "alarm:"+a.Name), w.Clock.Now()
	if a.State == "" {
		a.State = "OK"
	}
	w.Alarms[a.Name] = &a
	return &a
}

// AddKeyStoreAlarms puts alarms on what AWS KMS measures of every external key store in the
// account and Region, by Metrics Insights queries without a filter, which tell the ARN topic.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html
func (w *World) AddKeyStoreAlarms(topic string) []*Alarm {
	var all []*Alarm
	for _, a := range []Alarm{
		{Name: "xks-certificate-expiry", Comparison: "LessThanThreshold", Threshold: 10, MissingData: "missing",
			Queries: []AlarmQuery{insights(`SELECT MIN(XksProxyCertificateDaysToExpire) FROM "AWS/KMS"`, 300)}},
		{Name: "xks-key-managers", Comparison: "GreaterThanThreshold", Threshold: 0, MissingData: "notBreaching",
			Queries: []AlarmQuery{insights(`SELECT MAX(XksExternalKeyManagerStates) FROM "AWS/KMS" WHERE XksExternalKeyManagerState != 'Active'`, 300)}},
		{Name: "xks-proxy-errors", Comparison: "GreaterThanThreshold", Threshold: 5, MissingData: "notBreaching",
			Queries: []AlarmQuery{insights(`SELECT SUM(XksProxyErrors) FROM "AWS/KMS"`, 60)}},
	} {
		a.Periods, a.Actions = 1, []string{topic}
		all = append(all, w.PutAlarm(a))
	}
	return all
}

func insights(query string, period int) AlarmQuery {
	return AlarmQuery{ID: "q1", Expression: query, Period: period}
}
