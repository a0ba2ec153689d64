package plan

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// alarms names the alarms that are missing: as commands, and as resources of a CloudFormation
// template for who keeps alarms in one.
func (m maker) alarms(found []check.Finding) []Step {
	missing := check.Unalarmed(m.Snapshot)
	if len(missing) == 0 {
		return nil
	}
	return each(found, func(f check.Finding) Step {
		var commands [][]string
		var resources []string
		for _, metric := range missing {
			a := alarmOn(metric, path.KeyStoreID(f.Subject))
			commands = append(commands, a.command())
			resources = append(resources, a.resource())
		}
		return instruct(f.Subject, "put the missing alarms on the key store, or give those an action that tell nobody. With commands, or as resources of a CloudFormation template: {"+
			strings.Join(resources, ",")+"} where <topic-arn> is the SNS topic of who is on call", commands...)
	})
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

// resource is the alarm in a template, with its logical ID.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
func (a missingAlarm) resource() string {
	return compact(a.logicalID) + ":" + compact(struct {
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
	}{a.name, []string{"<topic-arn>"}, a.queries(), a.comparison, a.threshold, 1, a.absent}})
}

// compact is JSON for a person to read: <, > and & stay as they are.
func compact(v any) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("bug: an alarm that does not marshal: " + err.Error())
	}
	return strings.TrimSpace(out.String())
}
