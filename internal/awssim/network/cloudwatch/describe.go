package cloudwatch

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type describeIn struct {
	AlarmNames          []string
	AlarmNamePrefix     string
	AlarmTypes          []string
	ChildrenOfAlarmName string
	ParentsOfAlarmName  string
	StateValue          string
	ActionPrefix        string
	MaxRecords          *int
	NextToken           string
}

type describeOut struct {
	CompositeAlarms []compositeAlarm
	MetricAlarms    []metricAlarm
	LogAlarms       []logAlarm
	NextToken       string
}

const (
	metricType    = "MetricAlarm"
	compositeType = "CompositeAlarm"
	logType       = "LogAlarm"
	mostRecords   = 100
)

// describeAlarms shows alarms, in the order of their names; those of no type but metric alarms
// where no type is asked for.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func (a api) describeAlarms(_ *engine.Call, in describeIn) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	related := in.ChildrenOfAlarmName != "" || in.ParentsOfAlarmName != ""
	var found []*network.Alarm
	for _, alarm := range network.Sorted(a.Alarms) {
		if related && a.related(in, alarm) || !related && in.wants(alarm) {
			found = append(found, alarm)
		}
	}
	most := mostRecords
	if in.MaxRecords != nil {
		most = *in.MaxRecords
	}
	page, next, ok := serve.Page(found, in.NextToken, most, a.PageSize)
	if !ok {
		return nil, fail("InvalidNextToken", "InvalidNextToken", "Invalid nextToken")
	}
	out := &describeOut{CompositeAlarms: []compositeAlarm{}, MetricAlarms: []metricAlarm{}, LogAlarms: []logAlarm{}, NextToken: next}
	for _, alarm := range page {
		switch {
		case related:
			out.add(&network.Alarm{ARN: alarm.ARN, Name: alarm.Name, Rule: alarm.Rule}, in.ChildrenOfAlarmName != "", alarm)
		case alarm.Rule != "":
			out.CompositeAlarms = append(out.CompositeAlarms, composite(alarm))
		default:
			out.MetricAlarms = append(out.MetricAlarms, metric(alarm))
		}
	}
	return out, nil
}

// add adds a relative, of which no more is told than name, ARN and, of a child, state.
func (o *describeOut) add(bare *network.Alarm, state bool, full *network.Alarm) {
	common := common{AlarmName: bare.Name, AlarmArn: bare.ARN}
	if state {
		common.StateValue, common.StateUpdatedTimestamp = full.State, full.Updated
	}
	if bare.Rule != "" {
		o.CompositeAlarms = append(o.CompositeAlarms, compositeAlarm{common: common})
	} else {
		o.MetricAlarms = append(o.MetricAlarms, metricAlarm{common: common})
	}
}

func (in describeIn) check() error {
	others := len(in.AlarmNames) > 0 || in.AlarmNamePrefix != "" || len(in.AlarmTypes) > 0 || in.StateValue != "" || in.ActionPrefix != ""
	switch {
	case len(in.AlarmNames) > 0 && in.AlarmNamePrefix != "":
		return combined("AlarmNamePrefix and AlarmNames are mutually exclusive")
	case in.ChildrenOfAlarmName != "" && (others || in.ParentsOfAlarmName != ""), in.ParentsOfAlarmName != "" && others:
		return combined("ChildrenOfAlarmName and ParentsOfAlarmName go with MaxRecords and NextToken alone")
	case in.MaxRecords != nil && (*in.MaxRecords < 1 || *in.MaxRecords > mostRecords):
		return invalid("MaxRecords must be between 1 and %d", mostRecords)
	case in.StateValue != "" && !slices.Contains([]string{"OK", "ALARM", "INSUFFICIENT_DATA"}, in.StateValue):
		return invalid("The value %s for parameter StateValue is not valid", in.StateValue)
	}
	for _, t := range in.AlarmTypes {
		if t != metricType && t != compositeType && t != logType {
			return invalid("The value %s for parameter AlarmTypes is not valid", t)
		}
	}
	return nil
}

func (in describeIn) wants(a *network.Alarm) bool {
	kind := metricType
	if a.Rule != "" {
		kind = compositeType
	}
	asked := in.AlarmTypes
	if len(asked) == 0 {
		asked = []string{metricType}
	}
	starts := func(action string) bool { return strings.HasPrefix(action, in.ActionPrefix) }
	return slices.Contains(asked, kind) &&
		(len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, a.Name)) &&
		strings.HasPrefix(a.Name, in.AlarmNamePrefix) &&
		(in.StateValue == "" || in.StateValue == a.State) &&
		(in.ActionPrefix == "" || slices.ContainsFunc(slices.Concat(a.Actions, a.OKActions, a.NoDataActions), starts))
}

// related reports whether an alarm is a child or a parent of the one that was named: whether a
// rule names it.
func (a api) related(in describeIn, alarm *network.Alarm) bool {
	if parent := a.Alarms[in.ChildrenOfAlarmName]; parent != nil {
		return names(parent.Rule, alarm)
	}
	child := a.Alarms[in.ParentsOfAlarmName]
	return child != nil && names(alarm.Rule, child)
}

// names reports whether a rule names an alarm, by its name or its ARN.
func names(rule string, alarm *network.Alarm) bool {
	word := strings.FieldsFunc(rule, func(r rune) bool { return strings.ContainsRune(`()"' `, r) })
	return slices.Contains(word, alarm.Name) || slices.Contains(word, alarm.ARN)
}
