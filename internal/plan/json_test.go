package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestThereIsASampleOfEveryKind(t *testing.T) {
	t.Parallel()
	var kinds []plan.Kind
	for _, a := range samples() {
		kinds = append(kinds, a.Kind())
	}
	if diff := cmp.Diff(plan.Kinds(), kinds); diff != "" {
		t.Errorf("kinds of samples (-list +samples):\n%s", diff)
	}
	slices.Sort(kinds)
	if got := len(slices.Compact(kinds)); got != len(plan.Kinds()) {
		t.Errorf("%d distinct kinds, want %d", got, len(plan.Kinds()))
	}
}

func TestEveryActionSurvivesJSON(t *testing.T) {
	t.Parallel()
	for _, a := range samples() {
		t.Run(string(a.Kind()), func(t *testing.T) {
			t.Parallel()
			body, err := plan.EncodeAction(a)
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"kind":"` + string(a.Kind()) + `","action":{`; !strings.HasPrefix(string(body), want) {
				t.Errorf("got %s, want it to begin with %s", body, want)
			}
			back, err := plan.DecodeAction(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(a, back, prefixes()); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			step := plan.Step{ID: "1-x", Check: "a.b", Class: plan.Approval, Why: "because", Action: a}
			var again plan.Step
			if err := json.Unmarshal([]byte(toJSON(t, step)), &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(step, again, prefixes()); diff != "" {
				t.Errorf("step read back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStepsOnTheWire(t *testing.T) {
	t.Parallel()
	p := plan.Plan{Digest: "0123456789abcdef", Steps: []plan.Step{{
		ID: "1-add-principal", Check: "endpoint-service.kms-principal-allowed", Class: plan.Automatic,
		Action: plan.AddPrincipal{Service: "vpce-svc-1", Principal: "cks.kms.eu-central-1.amazonaws.com"},
	}}}
	want := `{"digest":"0123456789abcdef","steps":[{"id":"1-add-principal","check":"endpoint-service.kms-principal-allowed",` +
		`"class":"automatic","kind":"add-principal","action":{"service":"vpce-svc-1","principal":"cks.kms.eu-central-1.amazonaws.com"}}]}`
	if got := toJSON(t, p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatIsNotUnderstoodIsNotRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"an unknown kind":           {`{"id":"1-x","class":"automatic","kind":"delete-vpc","action":{}}`, `unknown kind of action "delete-vpc"`},
		"no kind at all":            {`{"id":"1-x","class":"automatic","action":{"keyStore":"cks-1"}}`, `unknown kind of action ""`},
		"a field of a later one":    {`{"id":"1-x","class":"manual","kind":"connect-key-store","action":{"keyStore":"cks-1","force":true}}`, `unknown field "force"`},
		"an unknown class":          {`{"id":"1-x","class":"reckless","kind":"connect-key-store","action":{"keyStore":"cks-1"}}`, `unknown class "reckless"`},
		"an action of another form": {`{"id":"1-x","class":"manual","kind":"connect-key-store","action":["cks-1"]}`, "cannot unmarshal array"},
		"no action but null":        {`{"id":"1-x","class":"manual","kind":"connect-key-store","action":null}`, "there is none"},
		"no action":                 {`{"id":"1-x","class":"manual","kind":"connect-key-store"}`, "EOF"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s plan.Step
			err := json.Unmarshal([]byte(tt.body), &s)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("reading %s: got error %v, want one that says %q", tt.body, err, tt.want)
			}
		})
	}
}

func TestAStepWithoutActionIsNotWritten(t *testing.T) {
	t.Parallel()
	if body, err := json.Marshal(plan.Step{ID: "1-x"}); err == nil {
		t.Errorf("got %s, want an error", body)
	}
}

func TestModesAndClassesAreReadByName(t *testing.T) {
	t.Parallel()
	for i, name := range []string{"observe", "approve", "auto"} {
		if m, err := plan.ParseMode(name); err != nil || m != plan.Mode(i) {
			t.Errorf("mode %q: got %v, error %v", name, m, err)
		}
	}
	if m, err := plan.ParseMode("AUTO"); err == nil || m != plan.Observe {
		t.Errorf("mode AUTO: got %v and error %v, want observe and an error", m, err)
	}
	c := plan.Automatic
	if err := c.UnmarshalText([]byte("auto")); err == nil || c != plan.Manual {
		t.Errorf("class auto: got %v and error %v, want manual and an error", c, err)
	}
	if _, err := plan.Class(9).MarshalText(); err == nil {
		t.Error("class 9 was written, want an error")
	}
}
