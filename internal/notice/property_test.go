package notice

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// anyText is text as nobody should send it: control characters, line breaks, half
// characters, marks that turn the reading direction, any alphabet.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"))
		}),
		rapid.SampledFrom([]string{
			"", " ", "\n", "payments-hsm", "Subject: spoofed\r\nBcc: all", "bell\a", "\u202Egnp.exe", "zero\u200Bwidth",
			strings.Repeat("a-very-long-name-", 40), strings.Repeat("x ", 4000), "aws kms x\ty", "密钥存储", "\uFFFE",
		}),
	)
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0).UTC()
	})
}

func anyFinding() *rapid.Generator[lifecycle.Finding] {
	return rapid.Custom(func(t *rapid.T) lifecycle.Finding {
		text := func(name string) string { return anyText().Draw(t, name) }
		return lifecycle.Finding{
			Check: text("check"), Title: text("title"), ARN: text("arn"), Expected: text("expected"), Seen: text("seen"),
			Missing: rapid.SliceOfN(anyText(), 0, 3).Draw(t, "missing"), Source: text("source"),
		}
	})
}

func anyAction() *rapid.Generator[lifecycle.Action] {
	return rapid.Custom(func(t *rapid.T) lifecycle.Action {
		text := func(name string) string { return anyText().Draw(t, name) }
		return lifecycle.Action{
			ID: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "id"), Kind: text("kind"),
			Class:   rapid.SampledFrom([]string{lifecycle.ClassAutomatic, lifecycle.ClassApproval, lifecycle.ClassManual, ""}).Draw(t, "class"),
			Why:     text("why"),
			Summary: text("summary"), Commands: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "commands"),
			Undo: rapid.SampledFrom([]string{"aws ec2 undo", "aws ec2 \x00", "nothing undoes it", ""}).Draw(t, "undo"),
		}
	})
}

func anyEvent() *rapid.Generator[lifecycle.Event] {
	return rapid.Custom(func(t *rapid.T) lifecycle.Event {
		text := func(name string) string { return anyText().Draw(t, name) }
		e := lifecycle.Event{
			Schema: 1, Type: rapid.SampledFrom(lifecycle.Types()).Draw(t, "type"), Incident: text("incident"),
			Sequence: rapid.Int().Draw(t, "sequence"), Time: anyTime().Draw(t, "time"),
			Severity: lifecycle.Severity(text("severity")),
			State: rapid.SampledFrom([]lifecycle.State{
				lifecycle.Open, lifecycle.Waiting, lifecycle.NeedsPerson, lifecycle.Escalated,
				lifecycle.Unexplained, lifecycle.Resolved, lifecycle.Closed, "",
			}).Draw(t, "state"),
			Headline: text("headline"), Account: text("account"), Region: text("region"), Mode: text("mode"),
			Subject: lifecycle.Subject{
				Kind: rapid.SampledFrom([]string{lifecycle.SubjectKeyStore, lifecycle.SubjectService, lifecycle.SubjectAccount, ""}).Draw(t, "kind"),
				ID:   text("id"), Name: text("name"), KeyStoreID: text("keyStore"), ServiceName: text("service"),
				Connectivity: rapid.SampledFrom([]string{lifecycle.ConnectivityVPC, lifecycle.ConnectivityPublic, ""}).Draw(t, "connectivity"),
				State:        rapid.SampledFrom([]string{"CONNECTED", "FAILED", "DISCONNECTED", ""}).Draw(t, "connection"), ErrorCode: text("code"),
			},
			Since: anyTime().Draw(t, "since"), Digest: text("digest"), Automatic: rapid.Bool().Draw(t, "automatic"),
			Causes: rapid.SliceOfN(anyFinding(), 0, 2).Draw(t, "causes"), Risks: rapid.SliceOfN(anyFinding(), 0, 2).Draw(t, "risks"),
			Unread:   rapid.SliceOfN(anyFinding(), 0, 1).Draw(t, "unread"),
			RuledOut: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "ruledOut"), Plan: rapid.SliceOfN(anyAction(), 0, 2).Draw(t, "plan"),
			Next: text("next"), NextLook: anyTime().Draw(t, "nextLook"), Reason: text("reason"),
		}
		if rapid.Bool().Draw(t, "symptom") {
			e.Symptoms = []lifecycle.Symptom{{Kind: text("symptom kind"), Code: text("symptom code"), Text: text("symptom text"), First: anyTime().Draw(t, "first"), Last: anyTime().Draw(t, "last"), Count: rapid.Int().Draw(t, "count")}}
		}
		if rapid.Bool().Draw(t, "change") {
			e.Done = []lifecycle.Change{{Action: "1", Summary: text("change"), Status: text("status"), At: anyTime().Draw(t, "at"), Detail: text("detail"), Undo: text("undo")}}
		}
		if rapid.Bool().Draw(t, "proved") {
			e.Proof = &lifecycle.Proof{Kind: rapid.SampledFrom([]string{lifecycle.ProofKMSAnswered, lifecycle.ProofCauseGone, ""}).Draw(t, "proof"), Text: text("proof text"), At: anyTime().Draw(t, "proof at")}
		}
		return e
	})
}

// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func TestAnyEventMakesAMessageThatSNSTakes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, ok := For(anyEvent().Draw(t, "event"))
		if !ok {
			return
		}
		if err := fit99(m.Subject); err != "" {
			t.Errorf("subject %q %s", m.Subject, err)
		}
		if !utf8.ValidString(m.Body) || len(m.Body) > MaxBody || m.Body == "" {
			t.Errorf("body of %d bytes, valid UTF-8: %v", len(m.Body), utf8.ValidString(m.Body))
		}
		odd := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || !unicode.IsGraphic(r)) }
		if at := strings.IndexFunc(m.Body, odd); at >= 0 {
			t.Errorf("body holds %q at %d", m.Body[at:at+1], at)
		}
		for _, name := range []string{"severity", "state", "keyStoreId", "incidentId"} {
			if v := m.Attributes[name]; v == "" || strings.ContainsFunc(v, unicode.IsControl) {
				t.Errorf("attribute %s is %q", name, v)
			}
		}
		if len(m.Attributes) != 4 {
			t.Errorf("attributes are %v", m.Attributes)
		}
	})
}

func fit99(s string) string {
	if len(s) == 0 || len(s) >= 100 {
		return "is empty or has 100 characters"
	}
	for _, r := range s {
		if r < ' ' || r > '~' {
			return "is not printable ASCII"
		}
	}
	if s[0] == ' ' {
		return "starts with a space"
	}
	return ""
}

// An event of which nobody is told is no message, whatever else it holds.
func TestQuietEventsAndEventsForMachinesAreToldToNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		e.Quiet = rapid.Bool().Draw(t, "quiet")
		want := !e.Quiet && e.Type != lifecycle.IncidentOpened && e.Type != lifecycle.ApprovalRequested
		if _, ok := For(e); ok != want {
			t.Errorf("%s, quiet %v: told is %v", e.Type, e.Quiet, ok)
		}
	})
}

// The zero value of a type that a later version may add is told to nobody either.
func TestUnknownTypesAreToldToNobody(t *testing.T) {
	t.Parallel()
	if _, ok := For(lifecycle.Event{Type: "Fix Approved"}); ok {
		t.Error("told")
	}
}
