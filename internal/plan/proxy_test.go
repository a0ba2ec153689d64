package plan_test

import (
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// What KMS says of the proxy is told to a person where nothing on the path explains it.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func TestWhatKMSSaysOfTheProxy(t *testing.T) {
	t.Parallel()
	update := "aws kms update-custom-key-store --custom-key-store-id " + string(pathtest.KeyStoreID)
	tests := map[string]struct {
		edit    pathtest.Edit
		said    []string
		text    string // "" where nothing is planned
		command string
	}{
		"a refused credential":                  {pathtest.Unchanged, []string{"M5"}, "both parts", update + " --xks-proxy-authentication-credential 'AccessKeyId=<access-key-id>,RawSecretAccessKey=<secret>'"},
		"a wrong URI path":                      {pathtest.Unchanged, []string{"M6"}, "URI path", update + " --xks-proxy-uri-path '<prefix>/kms/xks/v1'"},
		"a credential among timeouts":           {pathtest.Unchanged, []string{"M3", "M5"}, "both parts", update + " --xks-proxy-authentication-credential 'AccessKeyId=<access-key-id>,RawSecretAccessKey=<secret>'"},
		"a proxy that is slow":                  {pathtest.Unchanged, []string{"M3"}, "250 ms", ""},
		"an external key that is gone":          {pathtest.Unchanged, []string{"M14"}, "restore the external key", ""},
		"a path that is silent":                 {pathtest.Unchanged, []string{"M1"}, "", ""},
		"nothing":                               {pathtest.Unchanged, nil, "", ""},
		"a key store that somebody cut off":     {pathtest.State("DISCONNECTED", ""), []string{"M5"}, "", ""},
		"an endpoint service without its store": {func(s *path.Snapshot) { s.KeyStore = nil }, []string{"M5"}, "", ""},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			policy := tagged()
			policy.Said = tt.said
			steps := plan.Make(nil, pathtest.With(tt.edit), policy).Steps
			if tt.text == "" {
				if len(steps) != 0 {
					t.Errorf("planned %v, want nothing", steps)
				}
				return
			}
			if len(steps) != 1 || steps[0].Class != plan.Manual || steps[0].Check != "key-store.answers" || !strings.Contains(steps[0].Action.Summary(), tt.text) {
				t.Fatalf("got %+v, want one manual step that says %q", steps, tt.text)
			}
			command := ""
			for _, c := range steps[0].Action.Commands() {
				command += plan.Shell(c)
			}
			if command != tt.command {
				t.Errorf("got the command %q, want %q", command, tt.command)
			}
		})
	}
}

// A cause on the path is mended first: what KMS says may only be its consequence.
func TestWhatKMSSaysComesAfterEveryCause(t *testing.T) {
	t.Parallel()
	policy := tagged()
	policy.Said = []string{"M8"}
	s := pathtest.With(pathtest.Targets("unhealthy", "Target.FailedHealthChecks"))
	p := plan.Make(fails(t, s, "target-group.healthy"), s, policy)
	for _, step := range p.Steps {
		if step.Check == check.ID("key-store.answers") {
			t.Errorf("planned %q beside a cause", step.Action.Summary())
		}
	}
}
