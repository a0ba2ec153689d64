package lifecycle_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

func TestParseSaysWhyAnEventCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	good := string(sample(t, "fix-applied"))
	tests := map[string]struct{ old, new, reason string }{
		"text in place of JSON":         {good, "hello", "envelope is not JSON"},
		"an empty body":                 {good, "", "envelope is not JSON"},
		"JSON null":                     {good, "null", `source is "", not "xks-remediator"`},
		"somebody else's event":         {`"source": "xks-remediator"`, `"source": "aws.kms"`, `source is "aws.kms"`},
		"no detail":                     {`"detail":`, `"details":`, "detail is not JSON"},
		"a detail that is a list":       {`"detail": {`, `"detail": [], "was": {`, "detail is not JSON"},
		"a detail of another type":      {`"detail-type": "Fix Applied"`, `"detail-type": "Fix Failed"`, `detail-type is "Fix Failed", but the detail says "Fix Applied"`},
		"a type that nobody knows":      {"Fix Applied", "Fix Dreamt", `type "Fix Dreamt" is not known`},
		"schema 0":                      {`"schema": 1`, `"schema": 0`, "schema is 0"},
		"no incident":                   {`"incidentId": "01KQRC2TT8YFZMTH8Y8AF1G8GN"`, `"incidentId": ""`, "incidentId"},
		"an incident with a line break": {"01KQRC2TT8YFZMTH8Y8AF1G8GN", `01KQ\nfaked log line`, "incidentId"},
		"an incident of 65 characters":  {"01KQRC2TT8YFZMTH8Y8AF1G8GN", strings.Repeat("x", 65), "incidentId"},
		"sequence 0":                    {`"sequence": 3`, `"sequence": 0`, "sequence is 0"},
		"a fraction as sequence":        {`"sequence": 3`, `"sequence": 3.5`, "detail is not JSON"},
		"a time that is none":           {`"time": "2026-05-04T02:11:46Z"`, `"time": "yesterday"`, "detail is not JSON"},
		"no time":                       {`"time": "2026-05-04T02:11:46Z"`, `"when": "2026-05-04T02:11:46Z"`, "time is missing"},
		"no severity":                   {`"severity": "info"`, `"severity": ""`, "severity"},
		"a state that nobody knows":     {`"state": "waiting"`, `"state": "asleep"`, `state "asleep" is not known`},
		"an empty headline":             {"security group blocks NLB to proxy on 443", " ", "headline is missing"},
		"no subject":                    {`"kind": "key-store"`, `"kind": ""`, "subject is missing"},
		"two faults, both told":         {`"sequence": 3,`, `"sequence": -1, "state": "asleep",`, "sequence is -1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := strings.ReplaceAll(good, tt.old, tt.new)
			if body == good {
				t.Fatalf("the case changes nothing: %q is not in the sample", tt.old)
			}
			_, err := lifecycle.Parse([]byte(body))
			malformed, ok := errors.AsType[*lifecycle.Malformed](err)
			if !ok {
				t.Fatalf("got %v, want a *Malformed", err)
			}
			if !strings.Contains(malformed.Reason, tt.reason) {
				t.Errorf("reason is %q, want one with %q", malformed.Reason, tt.reason)
			}
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the reason breaks a log line: %q", err)
			}
		})
	}
}

func TestParseNamesTheEventThatIsMalformed(t *testing.T) {
	t.Parallel()
	_, err := lifecycle.Parse([]byte(`{"id":"3f2a1c0d","source":"aws.kms"}`))
	if want := `lifecycle event 3f2a1c0d not understood: source is "aws.kms", not "xks-remediator"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// While a new version is being deployed, its events can meet the old notify: they must
// come back, not vanish.
func TestParseLetsAnEventOfANewerSchemaComeBack(t *testing.T) {
	t.Parallel()
	body := strings.Replace(string(sample(t, "fix-applied")), `"schema": 1`, `"schema": 2`, 1)
	_, err := lifecycle.Parse([]byte(body))
	if !errors.Is(err, lifecycle.ErrNewer) {
		t.Fatalf("got %v, want ErrNewer", err)
	}
	if _, ok := errors.AsType[*lifecycle.Malformed](err); ok {
		t.Error("an event that is acknowledged as malformed does not come back")
	}
}

func TestParseIgnoresFieldsThatWereAddedWithinASchema(t *testing.T) {
	t.Parallel()
	body := strings.Replace(string(sample(t, "fix-applied")), `"schema": 1`, `"schema": 1, "added": {"later": true}`, 1)
	if _, err := lifecycle.Parse([]byte(body)); err != nil {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	files, err := os.ReadDir(samples)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(samples + "/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := lifecycle.Parse(body)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the reason breaks a log line: %q", err)
			}
			return
		}
		if err := event.Validate(); err != nil {
			t.Errorf("parsed, and yet not valid: %v", err)
		}
	})
}
