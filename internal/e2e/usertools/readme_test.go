//go:build e2e

package usertools

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A command is one that the documentation gives, with the page that does.
type command struct{ page, command string }

var (
	inline = regexp.MustCompile("`([^`\n]+)`")
	typed  = regexp.MustCompile(`^([A-Z_]+=\S+ )?(make|go run|go test|sam|aws|xksctl) \S`)
)

// documented returns every command in the README and in docs/, of blocks and of lines.
func documented(t *testing.T) []command {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(e2e.Root(), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []command
	for _, page := range append([]string{filepath.Join(e2e.Root(), "README.md")}, pages...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commandsIn(string(text)) {
			if one := (command{filepath.Base(page), c}); !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// commandsIn returns the lines of blocks of sh, without their comments, and what stands as
// code in a line and begins as a command does.
func commandsIn(text string) (all []string) {
	inBlock, isShell := false, false
	for l := range strings.Lines(text) {
		if kind, fence := strings.CutPrefix(strings.TrimSpace(l), "```"); fence {
			inBlock, isShell = !inBlock, kind == "sh"
			continue
		}
		code, _, _ := strings.Cut(l, " #")
		switch code = strings.TrimSpace(code); {
		case inBlock && isShell && code != "":
			all = append(all, code)
		case !inBlock:
			for _, m := range inline.FindAllStringSubmatch(l, -1) {
				if typed.MatchString(m[1]) {
					all = append(all, m[1])
				}
			}
		}
	}
	return all
}

// A cover is how a documented command is run by a test: by a line here, or elsewhere.
type cover struct {
	how  string
	run  string // typed into a shell at the repository's root
	sim  string // the scenario that `xksctl simulate` serves to it
	want string // in what it prints
	file string // the test that runs it elsewhere
	has  string // in that file
}

const (
	deploymentTest = "internal/e2e/deployment/build_test.go"
	suiteTest      = "internal/e2e/usertools/suite_test.go"
	redriveTest    = "internal/e2e/usertools/redrive_test.go"
	dry            = "make's own reading: it runs what runs this, or for too long"
)

// covers is how each documented command is run. A command that is not here fails the test.
var covers = map[string]cover{
	"make demo": {how: "run", run: "make demo", want: "KMS encrypts"},
	"make demo SCENARIO=running/privatelink-enforcement-blocks MODE=observe": {how: "run", run: "make demo SCENARIO=running/privatelink-enforcement-blocks MODE=observe", want: "set-security-groups"},
	"make test":        {how: dry, run: "make --dry-run test", want: "go test $race"},
	"make e2e":         {how: dry, run: "make --dry-run e2e", want: "tools/e2e"},
	"make bench":       {how: dry, run: "make --dry-run bench", want: "dist/bench"},
	"make soak-checks": {how: dry, run: "make --dry-run soak-checks", want: "-soak.worlds 100000"},
	"make pairs":       {how: dry, run: "make --dry-run pairs", want: "TestEveryPairOfFaults"},
	"make lint":        {how: "dry; its commands are run by internal/e2e/deployment", run: "make --dry-run lint", want: "cfn-lint"},
	"make build":       {how: "run by", file: deploymentTest, has: `"make", "build"`},

	"go run ./cmd/xksctl rehearse all":                                                 {how: "run with one scenario: all are played by internal/rehearse", run: "go run ./cmd/xksctl rehearse running/listener-deleted --mode observe", want: "0 ended otherwise", file: "internal/rehearse/rehearse_test.go", has: "scenario.All()"},
	"go run ./cmd/xksctl diagnose cks-1234567890abcdef0":                               {how: "run on the simulator's key store", sim: "running/healthy", run: "go run ./cmd/xksctl diagnose $STORE", want: "✔"},
	"go run ./cmd/xksctl simulate running/listener-deleted":                            {how: "run as the built xksctl by", file: suiteTest, has: `"running/listener-deleted"`},
	"sam build --build-in-source && sam deploy --guided --capabilities CAPABILITY_IAM": {how: "sam build is run by internal/e2e/deployment; sam deploy asks questions of a person, and is held against its own help", run: "sam deploy --help", want: "--guided", file: deploymentTest, has: `"build", "--build-in-source"`},
	"sam build --build-in-source":                                                      {how: "run by", file: deploymentTest, has: `"build", "--build-in-source"`},
	"sam deploy --guided --capabilities CAPABILITY_IAM":                                {how: "held against its own help", run: "sam deploy --help", want: "--capabilities"},
	"sam delete":            {how: "held against its own help", run: "sam delete --help", want: "deletes the CloudFormation stack"},
	"xksctl rehearse":       {how: "run with what lists all", run: "xksctl rehearse --list", want: "running/listener-deleted"},
	"xksctl diagnose":       {how: "run on the simulator's key store", sim: "running/healthy", run: "xksctl diagnose $STORE", want: "every check passes"},
	"xksctl diagnose cks-…": {how: "run on the simulator's key store, for machines", sim: "running/healthy", run: "xksctl diagnose $STORE --format json", want: "cks-"},
	"xksctl diagnose --owner-role ARN --external-id ID":                           {how: "held against its own help; a role is assumed by internal/rehearse", run: "xksctl diagnose --help", want: "--owner-role"},
	"xksctl diagnose --probe-function NAME":                                       {how: "held against its own help; a probe is asked by internal/rehearse", run: "xksctl diagnose --help", want: "--probe-function"},
	"xksctl diagnose --dns-resolver 9.9.9.9":                                      {how: "held against its own help; another resolver would be asked outside of this machine", run: "xksctl diagnose --help", want: "--dns-resolver"},
	"xksctl simulate":                                                             {how: "held against its own help, and run by", run: "xksctl simulate --help", want: "scenario", file: suiteTest, has: `"running/listener-deleted"`},
	"xksctl diagnose --save vendor.json --redact cks-…":                           {how: "run on the simulator's key store", sim: "running/healthy", run: `file=$(mktemp -d)/vendor.json; xksctl diagnose --save "$file" --redact $STORE`, want: "every check passes"},
	"xksctl diagnose --from vendor.json":                                          {how: "run on what was saved", sim: "running/healthy", run: `file=$(mktemp -d)/vendor.json; xksctl diagnose --save "$file" $STORE >/dev/null; xksctl diagnose --from "$file"`, want: "every check passes"},
	"aws sqs start-message-move-task --source-arn <ARN of the dead-letter queue>": {how: "typed by", file: redriveTest, has: "runbook(t)"},
}

// documentation runs every command of the README and the pages, or says which test does.
func (s *suite) documentation(t *testing.T) {
	all := documented(t)
	used := map[string]bool{}
	var table []string
	for _, c := range all {
		how, known := covers[c.command]
		if !known {
			t.Errorf("%s gives a command that no test runs: %s", c.page, c.command)
			continue
		}
		used[c.command] = true
		table = append(table, fmt.Sprintf("%-14s %-75s %s %s%s", c.page, c.command, how.how, how.file, how.run))
	}
	for c := range covers {
		if !used[c] {
			t.Errorf("no page gives the command %s any more", c)
		}
	}
	t.Logf("how each documented command is run:\n%s", strings.Join(table, "\n"))
	for c := range used {
		t.Run(c, func(t *testing.T) {
			t.Parallel()
			s.cover(t, covers[c])
		})
	}
	e2e.Report(t, step, "documentation: %d commands on %d lines of README.md and docs/, each run by a test", len(used), len(all))
}

func (s *suite) cover(t *testing.T, c cover) {
	t.Helper()
	if c.file != "" {
		text, err := os.ReadFile(filepath.Join(e2e.Root(), c.file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), c.has) {
			t.Errorf("%s does not hold %s", c.file, c.has)
		}
	}
	if c.run == "" {
		if c.file == "" {
			t.Error("nothing runs it")
		}
		return
	}
	sh := newShell(t, s, "HOME="+os.Getenv("HOME"), "SAM_CLI_TELEMETRY=0")
	if c.sim != "" {
		sh, _ = s.simulate(t, c.sim)
		sh.env = append(sh.env, "HOME="+os.Getenv("HOME"))
		sh.env = append(sh.env, "STORE="+strings.TrimSpace(sh.must(t, "aws kms describe-custom-key-stores --query 'CustomKeyStores[0].CustomKeyStoreId' --output text")))
	}
	if out := sh.must(t, c.run+" 2>&1"); !strings.Contains(out, c.want) {
		t.Errorf("%s says nothing of %q:\n%s", c.run, c.want, out)
	}
}
