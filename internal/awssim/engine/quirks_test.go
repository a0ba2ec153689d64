package engine_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// How a refusal and a throttled call look differs from service to service; the codes are
// those that the SDKs judge by.
func TestEachServiceHasItsOwnCodes(t *testing.T) {
	t.Parallel()
	type codes struct{ denied, throttled, malformed string }
	for name, tt := range map[string]struct {
		service engine.Service
		want    codes
	}{
		"EC2":            {ec2Service(), codes{"403 UnauthorizedOperation", "503 RequestLimitExceeded", "0 InvalidParameterValue"}},
		"KMS":            {kmsService(), codes{"0 AccessDeniedException", "0 ThrottlingException", "0 ValidationException"}},
		"DynamoDB":       {engine.Service{Name: "dynamodb", Protocol: engine.JSON10}, codes{"0 AccessDeniedException", "0 ThrottlingException", "0 ValidationException"}},
		"SQS":            {engine.Service{Name: "sqs", Protocol: engine.JSON10}, codes{"403 AccessDeniedException AccessDenied", "0 RequestThrottled RequestThrottled", "0 ValidationException"}},
		"SNS":            {engine.Service{Name: "sns", Protocol: engine.AWSQuery}, codes{"403 AuthorizationError", "0 Throttling", "0 ValidationError"}},
		"load balancing": {engine.Service{Name: "elasticloadbalancing", Protocol: engine.AWSQuery}, codes{"403 AccessDenied", "0 Throttling", "0 ValidationError"}},
	} {
		got := codes{said(tt.service.Denied("no")), said(tt.service.Throttled()), said(tt.service.Malformed("no"))}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(codes{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// said is an error's status (0 stands for 400), code, and code of the query header.
func said(e *engine.Error) string {
	out := strconv.Itoa(e.Status) + " " + e.Code
	if e.Query != "" {
		out += " " + e.Query
	}
	return out
}
