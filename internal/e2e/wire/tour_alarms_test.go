//go:build e2e

package wire

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	alarmtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// seeAlarms puts alarms of each form, looks at them in each way and deletes them.
func (g *tourist) seeAlarms() {
	name, topic := text("xks-errors"), "arn:aws:sns:eu-central-1:111122223333:on-call"
	dimensions := []alarmtypes.Dimension{{Name: text("CustomKeyStoreId"), Value: text("cks-1234567890abcdef0")}}
	alarm := func() *cloudwatch.PutMetricAlarmInput {
		return &cloudwatch.PutMetricAlarmInput{AlarmName: name, AlarmActions: []string{topic}, ComparisonOperator: alarmtypes.ComparisonOperatorGreaterThanThreshold,
			Threshold: aws.Float64(2.5), EvaluationPeriods: aws.Int32(3), DatapointsToAlarm: aws.Int32(2), TreatMissingData: text("notBreaching")}
	}
	onMetric, onMath, onNothing := alarm(), alarm(), alarm()
	onMetric.Namespace, onMetric.MetricName, onMetric.Statistic, onMetric.Period, onMetric.Dimensions = text("AWS/KMS"), text("XksProxyErrors"), alarmtypes.StatisticSum, aws.Int32(60), dimensions
	onMath.AlarmName, onMath.ActionsEnabled = text("xks-error-rate"), aws.Bool(false)
	onMath.Metrics = []alarmtypes.MetricDataQuery{{Id: text("rate"), Expression: text("m1 / 60"), Label: text("errors a second")}, {Id: text("m1"), ReturnData: aws.Bool(false),
		MetricStat: &alarmtypes.MetricStat{Metric: &alarmtypes.Metric{Namespace: text("AWS/KMS"), MetricName: text("XksProxyErrors"), Dimensions: dimensions}, Period: aws.Int32(60), Stat: text("Sum")}}}
	g.ok(g.alarms.PutMetricAlarm(g.ctx, onMetric))
	g.ok(g.alarms.PutMetricAlarm(g.ctx, onMath))
	g.want("MissingParameter")(g.alarms.PutMetricAlarm(g.ctx, onNothing))
	g.sim.Do(func(w *network.World) {
		w.PutAlarm(network.Alarm{Name: "xks", Rule: "ALARM(xks-errors) OR ALARM(xks-error-rate)", Actions: []string{topic}})
	})
	both := []alarmtypes.AlarmType{alarmtypes.AlarmTypeMetricAlarm, alarmtypes.AlarmTypeCompositeAlarm}
	for _, in := range []cloudwatch.DescribeAlarmsInput{
		{}, {AlarmTypes: both, MaxRecords: aws.Int32(2)}, {AlarmNames: []string{*name}}, {AlarmNamePrefix: name, StateValue: alarmtypes.StateValueInsufficientData, ActionPrefix: text("arn:aws:sns")},
		{ChildrenOfAlarmName: text("xks")}, {ParentsOfAlarmName: name},
	} {
		g.ok(g.alarms.DescribeAlarms(g.ctx, &in))
	}
	g.want("InvalidNextToken")(g.alarms.DescribeAlarms(g.ctx, &cloudwatch.DescribeAlarmsInput{NextToken: text("nonsense")}))
	g.want("InvalidParameterCombination")(g.alarms.DescribeAlarms(g.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{*name}, AlarmNamePrefix: name}))
	g.ok(g.alarms.DeleteAlarms(g.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{*name, *onMath.AlarmName, "xks"}}))
	g.want("ResourceNotFound")(g.alarms.DeleteAlarms(g.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{*name}}))
}
