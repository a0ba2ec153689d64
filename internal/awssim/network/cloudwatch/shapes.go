package cloudwatch

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// common are the members that metric and composite alarms share.
type common struct {
	AlarmName                          string
	AlarmArn                           string
	AlarmDescription                   string
	AlarmConfigurationUpdatedTimestamp time.Time
	ActionsEnabled                     *bool
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	StateValue                         string
	StateReason                        string
	StateUpdatedTimestamp              time.Time
	StateTransitionedTimestamp         time.Time
}

type compositeAlarm struct {
	common
	AlarmRule string
}

type metricAlarm struct {
	common
	MetricName         string
	Namespace          string
	Statistic          string
	Dimensions         []dimension
	Period             *int
	EvaluationPeriods  *int
	DatapointsToAlarm  *int
	Threshold          *float64
	ComparisonOperator string
	TreatMissingData   string
	Metrics            []query
}

// A logAlarm is an alarm on a query of logs: there are none in this world.
type logAlarm struct{ common }

type dimension struct{ Name, Value string }

// A query is a MetricDataQuery.
type query struct {
	Id         string
	MetricStat *metricStat
	Expression string
	Label      string
	ReturnData *bool
	Period     *int
	AccountId  string
}

type metricStat struct {
	Metric metricName
	Period *int
	Stat   string
}

type metricName struct {
	Namespace  string
	MetricName string
	Dimensions []dimension
}

func commonOf(a *network.Alarm) common {
	enabled := !a.ActionsDisabled
	return common{
		AlarmName: a.Name, AlarmArn: a.ARN, AlarmDescription: a.Description, AlarmConfigurationUpdatedTimestamp: a.Updated, ActionsEnabled: &enabled,
		OKActions: list(a.OKActions), AlarmActions: list(a.Actions), InsufficientDataActions: list(a.NoDataActions),
		StateValue: a.State, StateReason: "Unchecked: Initial alarm creation", StateUpdatedTimestamp: a.Updated, StateTransitionedTimestamp: a.Updated,
	}
}

func composite(a *network.Alarm) compositeAlarm { return compositeAlarm{commonOf(a), a.Rule} }

func metric(a *network.Alarm) metricAlarm {
	out := metricAlarm{
		common: commonOf(a), MetricName: a.Metric, Namespace: a.Namespace, Statistic: a.Statistic, Dimensions: dimensions(a.Dimensions),
		Period: unless0(a.Period), EvaluationPeriods: unless0(a.Periods), DatapointsToAlarm: unless0(a.Datapoints),
		Threshold: &a.Threshold, ComparisonOperator: a.Comparison, TreatMissingData: a.MissingData,
	}
	for _, q := range a.Queries {
		returns := !q.Hidden
		wire := query{Id: q.ID, Expression: q.Expression, Label: q.Label, ReturnData: &returns, AccountId: q.Account, Period: unless0(q.Period)}
		if q.Metric != "" {
			wire.MetricStat = &metricStat{Metric: metricName{q.Namespace, q.Metric, dimensions(q.Dimensions)}, Period: wire.Period, Stat: q.Statistic}
			wire.Period = nil
		}
		out.Metrics = append(out.Metrics, wire)
	}
	return out
}

func dimensions(all []network.Dimension) []dimension {
	out := make([]dimension, len(all))
	for i, d := range all {
		out[i] = dimension(d)
	}
	return out
}

func list(all []string) []string { return append([]string{}, all...) }

func unless0(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
