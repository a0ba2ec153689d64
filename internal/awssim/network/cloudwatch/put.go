package cloudwatch

import (
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type metricAlarmIn struct {
	AlarmName               string
	AlarmDescription        string
	ActionsEnabled          *bool
	OKActions               []string
	AlarmActions            []string
	InsufficientDataActions []string
	MetricName              string
	Namespace               string
	Statistic               string
	Dimensions              []dimension
	Period                  int
	EvaluationPeriods       int
	DatapointsToAlarm       int
	Threshold               *float64
	ComparisonOperator      string
	TreatMissingData        string
	Metrics                 []query
}

// putMetricAlarm makes or overwrites an alarm. A new one has no data; an old one keeps its state.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func (a api) putMetricAlarm(_ *engine.Call, in metricAlarmIn) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	made := network.Alarm{
		Name: in.AlarmName, Description: in.AlarmDescription, ActionsDisabled: in.ActionsEnabled != nil && !*in.ActionsEnabled,
		Actions: in.AlarmActions, OKActions: in.OKActions, NoDataActions: in.InsufficientDataActions, State: "INSUFFICIENT_DATA",
		Namespace: in.Namespace, Metric: in.MetricName, Statistic: in.Statistic, Dimensions: stored(in.Dimensions), Period: in.Period,
		Comparison: in.ComparisonOperator, Periods: in.EvaluationPeriods, Datapoints: in.DatapointsToAlarm, MissingData: in.TreatMissingData,
	}
	if in.Threshold != nil {
		made.Threshold = *in.Threshold
	}
	if before := a.Alarms[in.AlarmName]; before != nil {
		made.State = before.State
	}
	for _, q := range in.Metrics {
		kept := network.AlarmQuery{ID: q.Id, Expression: q.Expression, Label: q.Label, Account: q.AccountId, Hidden: q.ReturnData != nil && !*q.ReturnData}
		if q.Period != nil {
			kept.Period = *q.Period
		}
		if m := q.MetricStat; m != nil {
			kept.Namespace, kept.Metric, kept.Statistic, kept.Dimensions = m.Metric.Namespace, m.Metric.MetricName, m.Stat, stored(m.Metric.Dimensions)
			if m.Period != nil {
				kept.Period = *m.Period
			}
		}
		made.Queries = append(made.Queries, kept)
	}
	a.PutAlarm(made)
	return nil, nil
}

func (in metricAlarmIn) check() error {
	switch {
	case in.AlarmName == "":
		return missing("AlarmName")
	case in.EvaluationPeriods == 0:
		return missing("EvaluationPeriods")
	case in.ComparisonOperator == "":
		return missing("ComparisonOperator")
	case in.Threshold == nil:
		return missing("Threshold")
	case in.MetricName == "" && len(in.Metrics) == 0:
		return missing("MetricName")
	case in.MetricName != "" && len(in.Metrics) > 0:
		return combined("MetricName and Metrics are mutually exclusive")
	}
	shown := 0
	for _, q := range in.Metrics {
		if q.ReturnData == nil || *q.ReturnData {
			shown++
		}
	}
	if len(in.Metrics) > 0 && shown != 1 {
		return fail("ValidationException", "ValidationError", "Exactly one element of the metrics list should return data.")
	}
	return nil
}

func stored(all []dimension) []network.Dimension {
	var out []network.Dimension
	for _, d := range all {
		out = append(out, network.Dimension(d))
	}
	return out
}

type deleteIn struct{ AlarmNames []string }

// deleteAlarms deletes the alarms that there are, also where one of the names is wrong.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
func (a api) deleteAlarms(_ *engine.Call, in deleteIn) (any, error) {
	if len(in.AlarmNames) == 0 {
		return nil, missing("AlarmNames")
	}
	unknown := ""
	for _, name := range in.AlarmNames {
		if a.Alarms[name] == nil {
			unknown = name
		}
		delete(a.Alarms, name)
	}
	if unknown != "" {
		return nil, notFound(unknown)
	}
	return nil, nil
}
