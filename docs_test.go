package xksremediator_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rows are the names in code type in the first cell of each row of a page's tables, by the
// heading above.
func rows(text string) map[string][]string {
	names := make(map[string][]string)
	heading := ""
	for line := range strings.Lines(text) {
		if after, ok := strings.CutPrefix(line, "## "); ok {
			heading = strings.TrimSpace(after)
		}
		if first, _, ok := strings.Cut(strings.TrimPrefix(line, "|"), "|"); ok && strings.HasPrefix(line, "|") {
			for _, m := range inCode.FindAllStringSubmatch(first, -1) {
				names[heading] = append(names[heading], m[1])
			}
		}
	}
	return names
}

var inCode = regexp.MustCompile("`([A-Za-z0-9]+)`")

// all are parameters with which everything of the template is deployed.
func all() map[string]string {
	parameters := map[string]string{"Mode": "auto", "CanaryKeys": canaries, "OwnerReadRoleArns": "arn:aws:iam::444455556666:role/xks-read"}
	maps.Copy(parameters, probed)
	return parameters
}

func TestTheIAMPageNamesEveryStatementOfEveryRole(t *testing.T) {
	t.Parallel()
	stack := deploy(t, all())
	documented := rows(page(t, "iam.md"))
	for logicalID, heading := range map[string]string{
		"DiagnoseRole": "`diagnose` reads", "RemediateRole": "`remediate` writes", "NotifyRole": "`notify` tells", "ProbeRole": "`probe` looks from inside",
	} {
		var sids []string
		for _, p := range role(t, stack, logicalID).Policies {
			for _, s := range p.Statements {
				sids = append(sids, s.Sid)
			}
		}
		slices.Sort(sids)
		slices.Sort(documented[heading])
		if !slices.Equal(sids, documented[heading]) {
			t.Errorf("%s: the template has %v, the page %v", logicalID, sids, documented[heading])
		}
	}
}

func TestTheIAMPageNamesEveryStatementAboutWhoMayReachTheProduct(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	text := page(t, "iam.md")
	var all []engine.Policy
	for _, q := range stack.Queues {
		all = append(all, q.Policies...)
	}
	for _, topic := range stack.Topics {
		all = append(all, topic.Policies...)
	}
	for _, key := range stack.Keys {
		all = append(all, key.Policy)
	}
	if len(all) != 8 {
		t.Errorf("got %d policies, want those of 5 queues, 2 topics and a key", len(all))
	}
	for _, p := range all {
		for _, s := range p.Statements {
			if !strings.Contains(text, "`"+s.Sid+"`") {
				t.Errorf("the page says nothing of statement %s of %s", s.Sid, p.Name)
			}
		}
	}
}

func TestTheOperationsPageNamesEveryAlarm(t *testing.T) {
	t.Parallel()
	var want []string
	for _, a := range deploy(t, all()).Alarms {
		want = append(want, a.LogicalID)
	}
	got := rows(page(t, "operations.md"))["Alarms"]
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the page has %v, the template %v", got, want)
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)[^)]*\)`)

func TestEveryLinkBetweenPagesLeadsSomewhere(t *testing.T) {
	t.Parallel()
	var pages []string
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		some, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, some...)
	}
	for _, file := range append(pages, "README.md", "events/README.md") {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "https" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", file, m[1], err)
			}
		}
	}
}
