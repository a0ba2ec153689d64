package plan

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// alarms names the alarms that are missing as commands. The check's page has them as resources
// of a template too.
func (m maker) alarms(found []check.Finding) []Step {
	missing := check.Unalarmed(m.Snapshot)
	if len(missing) == 0 {
		return nil
	}
	return each(found, func(f check.Finding) Step {
		var commands [][]string
		for _, metric := range missing {
			commands = append(commands, alarmOn(metric, path.KeyStoreID(f.Subject)).command())
		}
		return instruct(f.Subject, "put the missing alarms on the key store, or give those an action that tell nobody, where <topic-arn> is the SNS topic of who is on call; "+
			"as resources of a CloudFormation template they stand in docs/checks/alarm.coverage.md", commands...)
	})
}

// AlarmTemplate returns the alarms on metrics of a key store as resources of a CloudFormation
// template, in JSON, for who keeps alarms in one. "<topic-arn>" is to be replaced by the ARN of
// the SNS topic of who is on call.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
func AlarmTemplate(store path.KeyStoreID, metrics []string) string {
	resources := make(map[string]any, len(metrics))
	for _, metric := range metrics {
		a := alarmOn(metric, store)
		resources[a.logicalID] = a.resource()
	}
	return written(map[string]any{"Resources": resources}, "  ")
}

// A missingAlarm is an alarm as AWS recommends it, on a Metrics Insights query: that names the
// key store alone, so that no renewal of the certificate under another name escapes it.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html
type missingAlarm struct {
	logicalID, name string
	query           string
	period          int // seconds
	comparison      string
	threshold       int
	absent          string // what missing data is treated as
}

func alarmOn(metric string, store path.KeyStoreID) missingAlarm {
	from := ` FROM "AWS/KMS" WHERE CustomKeyStoreId = '` + string(store) + `'`
	a := missingAlarm{period: 300, comparison: "GreaterThanThreshold", absent: "notBreaching"}
	name := ""
	switch metric {
	case path.CertificateMetric: // without data there is nothing to say of the certificate
		a.logicalID, name, a.query = "XksCertificateAlarm", "certificate", "SELECT MIN("+metric+")"+from
		a.comparison, a.threshold, a.absent = "LessThanThreshold", 10, "missing"
	case path.ErrorsMetric: // no request, no error
		a.logicalID, name, a.query = "XksProxyErrorsAlarm", "proxy-errors", "SELECT SUM("+metric+")"+from
		a.period, a.threshold = 60, 5
	default: // instances of the key manager that are not active
		a.logicalID, name, a.query = "XksKeyManagersAlarm", "key-managers", "SELECT MAX("+metric+")"+from+" AND XksExternalKeyManagerState != 'Active'"
	}
	a.name = "xks-" + name + "-" + string(store)
	return a
}

// alarmQuery is a MetricDataQuery.
type alarmQuery struct {
	ID         string `json:"Id"`
	Expression string
	Period     int
}

func (a missingAlarm) queries() []alarmQuery { return []alarmQuery{{"q1", a.query, a.period}} }

func (a missingAlarm) command() []string {
	return []string{
		"aws", "cloudwatch", "put-metric-alarm", "--alarm-name", a.name, "--alarm-actions", "<topic-arn>", "--metrics", compact(a.queries()),
		"--comparison-operator", a.comparison, "--threshold", strconv.Itoa(a.threshold), "--evaluation-periods", "1", "--treat-missing-data", a.absent,
	}
}

func (a missingAlarm) resource() any {
	return struct {
		Type       string
		Properties any
	}{"AWS::CloudWatch::Alarm", struct {
		AlarmName          string
		AlarmActions       []string
		Metrics            []alarmQuery
		ComparisonOperator string
		Threshold          int
		EvaluationPeriods  int
		TreatMissingData   string
	}{a.name, []string{"<topic-arn>"}, a.queries(), a.comparison, a.threshold, 1, a.absent}}
}

func compact(v any) string { return written(v, "") }

// written is JSON for a person to read: <, > and & stay as they are.
func written(v any, indent string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		panic("bug: an alarm that does not marshal: " + err.Error())
	}
	return strings.TrimSpace(out.String())
}
