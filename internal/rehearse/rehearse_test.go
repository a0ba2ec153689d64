package rehearse_test

import (
	"os"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

func template(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestEveryScenarioEndsAsItShouldInEveryMode(t *testing.T) {
	t.Parallel()
	source := template(t)
	for _, s := range scenario.All() {
		for _, mode := range []string{"observe", "approve", "auto"} {
			t.Run(s.Name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				var log strings.Builder
				got, err := rehearse.Run(t.Context(), rehearse.Options{Scenario: s, Mode: mode, Template: source, Log: &log})
				if err != nil {
					t.Fatal(err)
				}
				if err := got.Check(s.End(mode)); err != nil {
					t.Errorf("%v", err)
					for _, m := range got.Messages {
						t.Logf("%s %s", m.Time.Format("15:04:05"), m.Subject)
					}
				}
			})
		}
	}
}
