//go:build e2e

package deployment

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// strictest is everything that cfn-lint offers: informational and experimental rules, values
// of exactly the schema's type, no part of an ARN written out, and every Region that it knows,
// the ones without external key stores too.
var strictest = []string{
	"--include-checks", "I",
	"--include-experimental",
	"--configure-rule", "E3012:strict=true", "I3042:partition=true", "I3042:region=true", "I3042:accountId=true",
	"--regions", "ALL_REGIONS",
	"--format", "pretty",
}

// ignored are the rules that are left out, each with why.
var ignored = map[string]string{
	// Asks for a block of metadata in which each resource repeats its purpose for programs that
	// write templates. Here the purpose stands once, as a comment beside the resource, and
	// docs/iam.md holds the reason of every statement.
	"I4010": "purposes as metadata",
}

// summary is cfn-lint's last line.
var summary = regexp.MustCompile(`scanned 1 templates against (\d+) rules and found (\d+) errors, (\d+) warnings, and (\d+) informational violations`)

// cfnLint returns how many rules judged a template, and the rules that found something.
func cfnLint(t *testing.T, template string, without ...string) (rules string, found []string) {
	t.Helper()
	args := append([]string{"--template", template}, strictest...)
	if len(without) > 0 {
		args = append(append(args, "--ignore-checks"), without...)
	}
	out, complaint, err := try(t, e2e.Root(), nil, "", e2e.Tool(t, "cfn-lint"), args...)
	counts := summary.FindStringSubmatch(out)
	if counts == nil {
		t.Fatalf("cfn-lint did not run: %v\n%s%s", err, complaint, out)
	}
	for _, match := range regexp.MustCompile(`(?m)^\d+:\d+:\s+([EWI]\d{4})\s`).FindAllStringSubmatch(out, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if clean := slices.Equal(counts[2:], []string{"0", "0", "0"}); clean != (len(found) == 0) || clean != (err == nil) {
		t.Fatalf("cfn-lint ended with %v, found %v and says:\n%s", err, found, out)
	}
	if len(found) > 0 {
		t.Logf("cfn-lint says:\n%s", out)
	}
	return counts[1], found
}

func ignoredRules() []string {
	var names []string
	for name := range ignored {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestTheTemplateIsJudgedAtItsStrictest(t *testing.T) {
	withoutProfile(t)
	template := filepath.Join(e2e.Root(), "template.yaml")
	rules, found := cfnLint(t, template, ignoredRules()...)
	if len(found) > 0 {
		t.Fatalf("cfn-lint finds %v in template.yaml", found)
	}
	if _, found := cfnLint(t, template); !slices.Equal(found, ignoredRules()) {
		t.Fatalf("with nothing ignored cfn-lint finds %v, and ignored is %v: each has to be needed", found, ignoredRules())
	}
	regions := strings.TrimSpace(run(t, e2e.Root(), nil, "", e2e.Tool(t, "python"), "-c", "import cfnlint.helpers; print(len(cfnlint.helpers.REGIONS))"))
	e2e.Report(t, step, "cfn-lint: %s rules in %s Regions find nothing in template.yaml; %d ignored (%s)",
		rules, regions, len(ignored), strings.Join(ignoredRules(), " "))
}

// What is said to be judged has to be found where it is wrong: an option that is misspelt or
// that a new release has dropped would be silent otherwise.
func TestTheStrictRulesFindWhatIsWrong(t *testing.T) {
	withoutProfile(t)
	tests := map[string]struct{ old, new, rule string }{
		"a number written as text":       {"VisibilityTimeout: 360", `VisibilityTimeout: "360"`, "E3012"},
		"a resource that may be lost":    {"    DeletionPolicy: Retain\n", "", "I3011"},
		"a property that there is none":  {"SqsManagedSseEnabled: true", "SqsManagedEncryption: true", "E3002"},
		"a resource that nobody defined": {"!GetAtt SignalDeadLetterQueue.Arn", "!GetAtt LostQueue.Arn", "E1010"},
	}
	source, err := os.ReadFile(filepath.Join(e2e.Root(), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { isFound(t, string(source), tt.old, tt.new, tt.rule) })
	}
}

// isFound wants a rule to find a mistake that is put into a template.
func isFound(t *testing.T, source, old, wrong, rule string) {
	t.Helper()
	mistaken := strings.Replace(source, old, wrong, 1)
	if mistaken == source {
		t.Fatalf("the template does not hold %q", old)
	}
	file := filepath.Join(t.TempDir(), "template.yaml") // JSON is YAML
	if err := os.WriteFile(file, []byte(mistaken), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, found := cfnLint(t, file, ignoredRules()...); !slices.Contains(found, rule) {
		t.Errorf("cfn-lint finds %v, want %s", found, rule)
	}
}

func TestSAMValidatesTheTemplate(t *testing.T) {
	withoutProfile(t)
	regions := []string{"eu-central-1", "us-east-1", "us-gov-west-1"} // two partitions
	for _, region := range regions {
		out := run(t, e2e.Root(), nil, "", e2e.Tool(t, "sam"), "validate", "--lint", "--region", region, "--template", "template.yaml")
		if !strings.Contains(out, "is a valid SAM Template") {
			t.Fatalf("sam validate --lint --region %s says:\n%s", region, out)
		}
	}
	e2e.Report(t, step, "sam validate --lint: valid in %s", strings.Join(regions, ", "))
}

// lintTransformed judges the plain template that SAM makes by the same rules, and by those
// that leave a template of SAM alone.
func lintTransformed(t *testing.T, plain []byte) {
	file := filepath.Join(t.TempDir(), "plain.json")
	if err := os.WriteFile(file, plain, 0o644); err != nil {
		t.Fatal(err)
	}
	rules, found := cfnLint(t, file, ignoredRules()...)
	if len(found) > 0 {
		t.Fatalf("cfn-lint finds %v in the transformed template", found)
	}
	for _, written := range []string{"arn:aws:cloudtrail:*:*", "arn:${AWS::Partition}:cloudtrail:eu-central-1:*", "arn:${AWS::Partition}:cloudtrail:*:111122223333"} {
		isFound(t, string(plain), "arn:${AWS::Partition}:cloudtrail:*:*", written, "I3042")
	}
	e2e.Report(t, step, "cfn-lint: the same %s rules find nothing in the transformed template", rules)
}
