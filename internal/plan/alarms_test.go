package plan_test

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestAlarmsAreWrittenAsATemplate(t *testing.T) {
	t.Parallel()
	const want = `{
  "Resources": {
    "XksProxyErrorsAlarm": {
      "Type": "AWS::CloudWatch::Alarm",
      "Properties": {
        "AlarmName": "xks-proxy-errors-cks-1234567890abcdef0",
        "AlarmActions": [
          "<topic-arn>"
        ],
        "Metrics": [
          {
            "Id": "q1",
            "Expression": "SELECT SUM(XksProxyErrors) FROM \"AWS/KMS\" WHERE CustomKeyStoreId = 'cks-1234567890abcdef0'",
            "Period": 60
          }
        ],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5,
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching"
      }
    }
  }
}`
	if got := plan.AlarmTemplate(pathtest.KeyStoreID, []string{path.ErrorsMetric}); got != want {
		t.Errorf("got %s", got)
	}
}
