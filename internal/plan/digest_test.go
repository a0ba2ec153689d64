package plan_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestADigestNamesADiagnosis(t *testing.T) {
	t.Parallel()
	group := fail("target.security-group-admits", "arn:tg")
	group.Missing = tcp("10.0.1.7/32", "10.0.1.9/32", 443)
	causes := []check.Finding{group, fail("endpoint-service.available", "arn:svc")}
	base := plan.Digest(causes)
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(base) {
		t.Fatalf("got %q, want 16 hexadecimal digits", base)
	}
	tests := map[string]struct {
		edit func([]check.Finding) []check.Finding
		same bool
	}{
		"another order": {func(f []check.Finding) []check.Finding { return []check.Finding{f[1], f[0]} }, true},
		"one twice":     {func(f []check.Finding) []check.Finding { return append(f, f[0]) }, true},
		"another reading": {func(f []check.Finding) []check.Finding {
			f[0].Evidence.Seen, f[0].Headline = "2 of 4 targets healthy", "some targets are unhealthy"
			return f
		}, true},
		"another check":    {func(f []check.Finding) []check.Finding { f[0].Check = "target-group.healthy"; return f }, false},
		"another resource": {func(f []check.Finding) []check.Finding { f[0].Subject = "arn:tg2"; return f }, false},
		"another missing set": {func(f []check.Finding) []check.Finding {
			f[0].Missing = tcp("10.0.1.7/32", "10.0.1.9/32", 8443)
			return f
		}, false},
		"nothing missing": {func(f []check.Finding) []check.Finding { f[0].Missing = f[1].Missing; return f }, false},
		"one fewer":       {func(f []check.Finding) []check.Finding { return f[:1] }, false},
		"none":            {func([]check.Finding) []check.Finding { return nil }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := plan.Digest(tt.edit(slices.Clone(causes))); (got == base) != tt.same {
				t.Errorf("got %s beside %s; the same: want %v", got, base, tt.same)
			}
		})
	}
}

// A separator inside a value must not make two diagnoses one.
func TestDigestsDoNotRunTogether(t *testing.T) {
	t.Parallel()
	one := []check.Finding{fail("a.b", path.ARN("x\n[\"c.d\",\"y\",[]]"))}
	two := []check.Finding{fail("a.b", "x"), fail("c.d", "y")}
	if plan.Digest(one) == plan.Digest(two) {
		t.Error("two diagnoses have one digest")
	}
}
