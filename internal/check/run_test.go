package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// stub passes of something, unless it is edited.
func stub(edit func(*Check)) Check {
	c := Check{ID: "stub.check", Run: func(path.Snapshot) []Finding { return one(pass("arn:stub", "this", "this")) }}
	edit(&c)
	return c
}

func TestRunAsksAppliesThenNeedsThenRuns(t *testing.T) {
	t.Parallel()
	applies := func(why string) func(path.Snapshot) string { return func(path.Snapshot) string { return why } }
	broken := func(path.Snapshot) []Finding { panic("index out of range") }
	never := func(path.Snapshot) []Finding { panic("must not be run") }
	blind := pathtest.Blind(path.ListenersPart)
	tests := map[string]struct {
		check Check
		edit  pathtest.Edit
		want  Verdict
		seen  string
		bug   string
	}{
		"it runs":                            {stub(func(*Check) {}), pathtest.Unchanged, Pass, "this", ""},
		"it does not apply":                  {stub(func(c *Check) { c.Applies, c.Run = applies("no path"), never }), pathtest.Unchanged, NotApplicable, "no path", ""},
		"it applies":                         {stub(func(c *Check) { c.Applies = applies("") }), pathtest.Unchanged, Pass, "this", ""},
		"what it needs was not read":         {stub(func(c *Check) { c.Needs, c.Run = []path.Part{path.TrailsPart, path.ListenersPart}, never }), blind, Unknown, "DescribeListeners", ""},
		"what it does not need was not read": {stub(func(c *Check) { c.Needs = []path.Part{path.TrailsPart} }), blind, Pass, "this", ""},
		"it does not apply, and is not read": {stub(func(c *Check) { c.Applies, c.Needs = applies("no path"), []path.Part{path.ListenersPart} }), blind, NotApplicable, "no path", ""},
		"it judges nothing":                  {stub(func(c *Check) { c.Run = func(path.Snapshot) []Finding { return nil } }), pathtest.Unchanged, Unknown, "judged nothing", ""},
		"it breaks":                          {stub(func(c *Check) { c.Run = broken }), pathtest.Unchanged, Unknown, "says nothing of the path", "index out of range"},
		"it breaks on whether it applies":    {stub(func(c *Check) { c.Applies = func(path.Snapshot) string { panic("nil map") } }), pathtest.Unchanged, Unknown, "", "nil map"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := Run([]Check{tt.check}, pathtest.With(tt.edit))
			if len(findings) != 1 {
				t.Fatalf("got %d findings, want one", len(findings))
			}
			f := findings[0]
			if f.Check != "stub.check" || f.Verdict != tt.want || !strings.Contains(f.Evidence.Seen, tt.seen) || f.Evidence.Bug != tt.bug {
				t.Errorf("got %+v; want %v of stub.check, seen %q, bug %q", f, tt.want, tt.seen, tt.bug)
			}
		})
	}
}

func TestRunGivesTheGapAsEvidence(t *testing.T) {
	t.Parallel()
	s := pathtest.With(func(s *path.Snapshot) {
		s.Gaps = []path.Gap{{Part: path.ListenersPart, Action: "elasticloadbalancing:DescribeListeners", On: pathtest.LoadBalancerARN, Cause: path.Throttled, Message: "Rate exceeded"}}
	})
	f := Run([]Check{loadBalancerListener443}, s)[0]
	if diff := cmp.Diff(&s.Gaps[0], f.Evidence.Gap); diff != "" || f.Subject != pathtest.LoadBalancerARN {
		t.Errorf("subject %s, gap (-want +got):\n%s", f.Subject, diff)
	}
}

func TestOneBrokenCheckLosesNoOther(t *testing.T) {
	t.Parallel()
	broken := stub(func(c *Check) { c.ID, c.Run = "stub.broken", func(path.Snapshot) []Finding { panic("no") } })
	var got []string
	for _, f := range Run([]Check{stub(func(*Check) {}), broken, trailRecordsKms}, pathtest.Healthy()) {
		got = append(got, string(f.Check)+" "+f.Verdict.String())
	}
	if diff := cmp.Diff([]string{"stub.check pass", "stub.broken unknown", "trail.records-kms pass"}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestAHeadlineIsShortPrintableASCII(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"target group has no targets": "target group has no targets",
		" ~ from space to tilde ~ ":   " ~ from space to tilde ~ ",
		"state → FAILED\n":            "state ? FAILED?",
		strings.Repeat("x", 60):       strings.Repeat("x", 60),
		strings.Repeat("x", 61):       strings.Repeat("x", 57) + "...",
		"network ACL blocks proxy replies to NLB on 1024-32767, 61000-65535": "network ACL blocks proxy replies to NLB on 1024-32767...",
		"123456789 123456789 123456789 123456789 123456789 1234567 90 123":   "123456789 123456789 123456789 123456789 123456789 1234567...",
	}
	for in, want := range tests {
		if got := subjectLine(in); got != want {
			t.Errorf("subjectLine(%q) = %q, want %q", in, got, want)
		}
	}
}
