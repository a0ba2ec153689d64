package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestDiagnosisVisibility(t *testing.T) {
	longest := func(s *path.Snapshot) {
		s.Gaps = []path.Gap{{Part: path.TargetGroupsPart, Action: "elasticloadbalancing:DescribeTargetGroupAttributes", On: pathtest.TargetGroupARN, Cause: path.AccessDenied, Message: "no"}}
	}
	judges(t, diagnosisVisibility, map[string]row{
		"every part was read": {edit: pathtest.Unchanged, want: Pass, subject: store},
		"a read was denied": {
			edit: pathtest.Blind(path.SecurityGroupsPart), want: Fail, seen: "ec2:DescribeSecurityGroups denied, so security-groups was not read",
			headline: "lacks ec2:DescribeSecurityGroups", subject: store,
		},
		"the longest action is named whole": {edit: longest, want: Fail, headline: "elasticloadbalancing:DescribeTargetGroupAttributes", subject: pathtest.TargetGroupARN},
		"a read was throttled":              {edit: pathtest.Gap(path.ListenersPart, path.Throttled), want: Unknown, seen: "listeners"},
		"a read timed out":                  {edit: pathtest.Gap(path.ListenersPart, path.TimedOut), want: Unknown},
		"another account's":                 {edit: pathtest.Gap(path.ConnectionsPart, path.NotVisible), want: Unknown},
	})
}

func TestDiagnosisVisibilityIsOneFindingAGap(t *testing.T) {
	t.Parallel()
	findings := Run([]Check{diagnosisVisibility}, pathtest.With(
		pathtest.Blind(path.TrailsPart), pathtest.Gap(path.ListenersPart, path.Throttled), pathtest.Blind(path.CanaryPart)))
	want := []struct {
		verdict Verdict
		action  string
	}{{Fail, "cloudtrail:DescribeTrails"}, {Unknown, "elasticloadbalancing:DescribeListeners"}, {Fail, "kms:Encrypt"}}
	if len(findings) != len(want) {
		t.Fatalf("got %d findings, want %d", len(findings), len(want))
	}
	for i, w := range want {
		if findings[i].Verdict != w.verdict || findings[i].Evidence.Gap.Action != w.action {
			t.Errorf("finding %d is %v of %q, want %v of %q", i, findings[i].Verdict, findings[i].Evidence.Gap.Action, w.verdict, w.action)
		}
	}
	if got, want := findings[0].Evidence.Expected, `{"Effect":"Allow","Action":"cloudtrail:DescribeTrails","Resource":"*"}`; got != want {
		t.Errorf("expected %s, want %s", got, want)
	}
}
