package collect

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Bounds on the alarms of one account and Region that are read. DescribeAlarms cannot be asked
// for those of a metric's namespace, so that all are read to find a few.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
const (
	alarmsAPage   = 100 // the most that AWS puts on a page
	mostAlarmPage = 20
)

// alarms are what DescribeAlarms told.
type alarms struct {
	metric    []types.MetricAlarm
	composite []types.CompositeAlarm
	left      bool // there are pages that were not read
}

// startAlarms reads the alarms beside the path: each page waits for the one before it, and no
// other read waits for them. Only a key store that exists has metrics.
func (s *survey) startAlarms() {
	if s.out.Subject.Kind != path.KeyStoreSubject {
		return
	}
	s.aside(ask(s.Reader, &s.alarms, question{path.AlarmsPart, "cloudwatch:DescribeAlarms", ""}, s.describeAlarms))
}

// takeAlarms keeps of all alarms those on metrics of external key stores.
func (s *survey) takeAlarms() {
	if !s.alarms.asked || note(s, s.alarms) {
		return
	}
	above := composites(s.alarms.value.composite)
	for _, a := range s.alarms.value.metric {
		if watches := s.watches(a); len(watches) > 0 {
			s.out.Alarms = append(s.out.Alarms, above.told(a, path.Alarm{
				ARN: path.ARN(aws.ToString(a.AlarmArn)), Name: aws.ToString(a.AlarmName), Watches: watches,
			}))
		}
	}
	slices.SortFunc(s.out.Alarms, func(a, b path.Alarm) int { return cmp.Compare(a.Name, b.Name) })
	s.out.AlarmsLeft = s.alarms.value.left
}

// describeAlarms asks for both types: without a word only metric alarms are told.
func (r *Reader) describeAlarms(ctx context.Context) (alarms, error) {
	var out alarms
	pager := cloudwatch.NewDescribeAlarmsPaginator(r.cloudwatch, &cloudwatch.DescribeAlarmsInput{
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
		MaxRecords: aws.Int32(alarmsAPage),
	})
	for range mostAlarmPage {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return alarms{}, err
		}
		out.metric = append(out.metric, page.MetricAlarms...)
		out.composite = append(out.composite, page.CompositeAlarms...)
		if !pager.HasMorePages() {
			return out, nil
		}
	}
	out.left = true
	return out, nil
}

// watches returns what a metric alarm watches of external key stores.
func (r *Reader) watches(a types.MetricAlarm) []path.Watch {
	if len(a.Metrics) == 0 {
		return r.watchedMetric(aws.ToString(a.Namespace), aws.ToString(a.MetricName), a.Dimensions)
	}
	var all []path.Watch
	for _, q := range evaluated(a.Metrics) {
		if account := aws.ToString(q.AccountId); account != "" && account != r.account {
			continue // another account's metric
		}
		if q.MetricStat != nil && q.MetricStat.Metric != nil {
			m := q.MetricStat.Metric
			all = append(all, r.watchedMetric(aws.ToString(m.Namespace), aws.ToString(m.MetricName), m.Dimensions)...)
		}
		all = append(all, r.watchedExpression(aws.ToString(q.Expression))...)
	}
	return all
}

// watchedMetric returns the watch of one metric, which names one key store: AWS KMS publishes
// none without. Of the other dimensions any value counts: a certificate's name is its common
// name, which may be a wildcard of the private DNS name.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html
func (r *Reader) watchedMetric(namespace, name string, dimensions []types.Dimension) []path.Watch {
	if namespace != kmsNamespace || !slices.Contains(watchedMetrics(), name) {
		return nil
	}
	for _, d := range dimensions {
		if aws.ToString(d.Name) == storeDimension {
			return []path.Watch{{Metric: name, KeyStores: []path.KeyStoreID{path.KeyStoreID(aws.ToString(d.Value))}}}
		}
	}
	return nil
}

const (
	kmsNamespace   = "AWS/KMS"
	storeDimension = "CustomKeyStoreId"
)

func watchedMetrics() []string {
	return []string{path.CertificateMetric, path.ErrorsMetric, path.ManagersMetric}
}
