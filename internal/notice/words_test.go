package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

func TestLastedSaysTheTwoUnitsThatMatter(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]string{
		-time.Second:                          "0 s",
		400 * time.Millisecond:                "0 s",
		59*time.Second + 600*time.Millisecond: "1 min",
		36 * time.Second:                      "36 s",
		time.Minute:                           "1 min",
		3*time.Minute + 24*time.Second:        "3 min 24 s",
		time.Hour:                             "1 h",
		time.Hour + 59*time.Second:            "1 h",
		2*time.Hour + 5*time.Minute:           "2 h 5 min",
		24 * time.Hour:                        "1 d",
		76*time.Hour + 10*time.Minute:         "3 d 4 h",
	}
	for d, want := range tests {
		if got := lasted(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestASCIISpellsWhatNamesAreMadeOf(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"payments-hsm":        "payments-hsm",
		"Schlüssel Größe":     "Schluessel Groesse",
		"clés à Besançon":     "cles a Besancon",
		"10.0.1.7 → 10.0.2.9": "10.0.1.7 -> 10.0.2.9",
		"a\u0308 combined":    "a combined",
		"line\r\nbreak\tand":  "line break and",
		"\u202Ereversed":      "reversed",
		"密钥":                  "??",
		"half \xff character": "half ? character",
		"del\x7fete":          "del ete",
		"  outer   and inner": "outer and inner",
	}
	for s, want := range tests {
		if got := ascii(s); got != want {
			t.Errorf("%q is spelled %q, want %q", s, got, want)
		}
	}
}

func TestShortenCutsAfterAWord(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		s     string
		limit int
		want  string
	}{
		"just fits":             {"0123456789", 10, "0123456789"},
		"one too long, no word": {"0123456789a", 10, "0123456..."},
		"after a word":          {"security group blocks", 18, "security group..."},
		"a word ends there":     {"seven77 and more", 10, "seven77..."},
		"no comma at the end":   {"payments-hsm down, waiting: x", 22, "payments-hsm down..."},
		"a word of half a line": {"ab cdefghijklmnopqrstuvw", 12, "ab cdefgh..."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := shorten(tt.s, tt.limit)
			if got != tt.want || len(got) > tt.limit {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The headline of a check has at most 60 characters, so that these examples need no cut.
func TestSubjectsOfTheUsualCases(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit func(*lifecycle.Event)
		want string
	}{
		"a running key store fails": {func(*lifecycle.Event) {}, "[XKS] payments-hsm down: security group blocks NLB to proxy on 443"},
		"no name is known":          {func(e *lifecycle.Event) { e.Subject.Name = "" }, "[XKS] cks-1234567890abcdef0 down: security group blocks NLB to proxy on 443"},
		"a name that ASCII cannot spell": {func(e *lifecycle.Event) { e.Subject.Name = "密钥存储" },
			"[XKS] cks-1234567890abcdef0 down: security group blocks NLB to proxy on 443"},
		"a person is needed": {func(e *lifecycle.Event) { e.State, e.Headline = lifecycle.NeedsPerson, "acceptance required" },
			"[XKS] payments-hsm down, needs a person: acceptance required"},
		"less than an outage": {func(e *lifecycle.Event) { e.Severity = lifecycle.Warning }, "[XKS] payments-hsm failing: security group blocks NLB to proxy on 443"},
		"an update failed": {func(e *lifecycle.Event) { e.Symptoms[0].Kind = lifecycle.SymptomUpdateFailed },
			"[XKS] payments-hsm not updated: security group blocks NLB to proxy on 443"},
		"an update failed, requests too": {func(e *lifecycle.Event) {
			e.Symptoms = append(e.Symptoms, lifecycle.Symptom{Kind: lifecycle.SymptomUpdateFailed})
		}, "[XKS] payments-hsm down: security group blocks NLB to proxy on 443"},
		"a headline with a line break": {func(e *lifecycle.Event) { e.Headline = "one\r\nBcc: all." }, "[XKS] payments-hsm down: one Bcc: all"},
		"a long headline": {func(e *lifecycle.Event) { e.Headline = strings.Repeat("network load balancer ", 9) },
			"[XKS] payments-hsm down: network load balancer network load balancer network load balancer..."},
		"a long name leaves room": {func(e *lifecycle.Event) { e.Subject.Name = strings.Repeat("n", 256) },
			"[XKS] " + strings.Repeat("n", 29) + "... down: security group blocks NLB to proxy on 443"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sample(t, "diagnosis-completed")
			tt.edit(&e)
			if got := subject(e); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// A command that is wrapped, or altered to be printable, does something else when pasted.
func TestCommandsStandWholeOnALineOfTheirOwn(t *testing.T) {
	t.Parallel()
	e := sample(t, "diagnosis-completed")
	inObserve(&e)
	long := "aws ec2 x --json '" + strings.Repeat(`{"k":  "v"} `, 60) + "'"
	e.Plan[0].Commands = []string{"aws kms first", long, "aws kms tab\there", "aws kms quote \u202E"}
	lines := strings.Split(body(e), "\n")
	count := func(want string) (n int) {
		for _, l := range lines {
			if l == want {
				n++
			}
		}
		return n
	}
	for _, want := range []string{"aws kms first", long, e.Plan[0].Undo} {
		if count(want) != 1 {
			t.Errorf("line %.60q stands there %d times", want, count(want))
		}
	}
	if joined := strings.Join(lines, "\n"); strings.Contains(joined, "here") || strings.Contains(joined, "quote") {
		t.Error("a command with characters that a message cannot hold was printed")
	}
}

func TestProseStaysWithinItsColumns(t *testing.T) {
	t.Parallel()
	for name, l := range letters {
		e := sample(t, l.sample)
		l.edit(&e)
		for line := range strings.SplitSeq(body(e), "\n") {
			words := strings.Fields(line)
			if len([]rune(line)) <= width || isCommand(line) || len(words) == 1 {
				continue
			}
			label := len(words) == 2 && strings.HasPrefix(line, "     ")
			if !label {
				t.Errorf("%s: %d columns: %s", name, len([]rune(line)), line)
			}
		}
	}
}

func TestABodyThatIsTooLongSaysSoAndKeepsItsFooter(t *testing.T) {
	t.Parallel()
	e := sample(t, "diagnosis-completed")
	for range 4000 {
		e.Causes = append(e.Causes, e.Causes[0])
	}
	got := body(e)
	if len(got) > MaxBody {
		t.Errorf("%d bytes", len(got))
	}
	if !strings.Contains(got, "[Too long for SNS and cut here.") || !strings.HasSuffix(got, "\n"+footer(e)) {
		t.Errorf("ends in %q", got[len(got)-600:])
	}
}

func TestAUnprovedResolutionSaysSoInTheseWords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "repaired; no request has proved it yet", "Repaired; no request has proved it yet. Repeat the call.", "Every cause is gone."} {
		e := sample(t, "incident-resolved")
		e.Proof = &lifecycle.Proof{Kind: lifecycle.ProofCauseGone, Text: text, At: e.Time}
		if n := strings.Count(strings.ToLower(body(e)), "repaired; no request has proved it yet"); n != 1 {
			t.Errorf("proof %q: said %d times, want once", text, n)
		}
	}
	e := sample(t, "incident-resolved")
	if strings.Contains(body(e), "no request has proved") {
		t.Error("said though KMS answered")
	}
}

func TestWhatIsDoneIsNotAskedForAgainWhileItTakesEffect(t *testing.T) {
	t.Parallel()
	applied := sample(t, "fix-applied")
	if got := body(applied); strings.Contains(got, "WHAT TO TYPE") {
		t.Error("asks for the change that was just made")
	}
	applied.Done[0].Summary = "something else under the same ID"
	if got := body(applied); !strings.Contains(got, "WHAT TO TYPE") {
		t.Error("takes another plan's change for this one's")
	}
	escalated := sample(t, "incident-escalated")
	if got := body(escalated); !strings.Contains(got, "WHAT TO TYPE") {
		t.Error("does not say how to make the change that somebody undid")
	}
}

func TestASymptomSaysHowOftenOnlyWhereItHappens(t *testing.T) {
	t.Parallel()
	day := at("2026-05-04 02:11:43")
	tests := map[string]struct {
		kind  string
		count int
		last  string
		want  string
	}{
		"once":                         {lifecycle.SymptomKMSMessage, 1, "2026-05-04 02:11:07", ", at 02:11:07 UTC"},
		"often":                        {lifecycle.SymptomKMSMessage, 9, "2026-05-04 02:11:38", ", 9 times from 02:11:07 UTC to 02:11:38 UTC"},
		"often in the same second":     {lifecycle.SymptomKMSMessage, 9, "2026-05-04 02:11:07", ", at 02:11:07 UTC"},
		"until another day":            {lifecycle.SymptomKMSMessage, 9, "2026-05-05 00:00:00", ", 9 times from 02:11:07 UTC to 2026-05-05 00:00:00 UTC"},
		"a state that was read":        {lifecycle.SymptomConnectionError, 5, "2026-05-04 02:15:00", ", from 02:11:07 UTC to 02:15:00 UTC"},
		"targets that were looked at":  {lifecycle.SymptomNoHealthyTarget, 5, "2026-05-04 02:15:00", ", from 02:11:07 UTC to 02:15:00 UTC"},
		"connecting that does not end": {lifecycle.SymptomStillConnecting, 5, "2026-05-04 02:15:00", ", from 02:11:07 UTC to 02:15:00 UTC"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := lifecycle.Symptom{Kind: tt.kind, Count: tt.count, First: at("2026-05-04 02:11:07"), Last: at(tt.last)}
			if got := spell(s, day); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNoSectionIsEmpty(t *testing.T) {
	t.Parallel()
	over := sample(t, "incident-closed")
	over.Next, over.NextLook = "", over.Time.Add(time.Minute)
	if got := body(over); strings.Contains(got, "WHAT HAPPENS NEXT") {
		t.Error("a heading with nothing below it")
	}
	for name, l := range letters {
		e := sample(t, l.sample)
		l.edit(&e)
		lines := strings.Split(body(e), "\n")
		for i, line := range lines[:len(lines)-1] {
			heading := i > 0 && lines[i-1] == "" && line == strings.ToUpper(line) && line != "--"
			if heading && line != "" && lines[i+1] == "" {
				t.Errorf("%s: nothing below %s", name, line)
			}
		}
	}
}

func TestWhatWaitsForAPersonSaysTheTrueReason(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		action lifecycle.Action
		mode   string
		want   string
	}{
		"what nothing else can do, in any mode":   {lifecycle.Action{Class: lifecycle.ClassManual}, lifecycle.ModeObserve, "Only a person can do this."},
		"what another mode would do":              {lifecycle.Action{Class: lifecycle.ClassAutomatic}, lifecycle.ModeObserve, "Not done by itself: the mode is observe."},
		"what a person decides on":                {lifecycle.Action{Class: lifecycle.ClassApproval}, lifecycle.ModeAuto, "Waits for a person to decide."},
		"a reason of its own counts more than it": {lifecycle.Action{Class: lifecycle.ClassManual, Why: "it is wide"}, lifecycle.ModeAuto, "Not done by itself: it is wide."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := waits(tt.action, tt.mode); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheFooterNamesTheKeyStoreByWhatIsKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, id, want string }{
		"name and ID":            {"payments-hsm", "cks-1", "Key store  payments-hsm (cks-1)\n"},
		"an ID alone":            {"", "cks-1", "Key store  cks-1\n"},
		"a name that was wanted": {"payments-hsm", "", "Key store  payments-hsm (asked for)\n"},
		"neither":                {"", "", "Key store  none\n"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			e := lifecycle.Event{Subject: lifecycle.Subject{Kind: lifecycle.SubjectAccount, Name: tt.name, KeyStoreID: tt.id}}
			if got := footer(e); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestARiskToAConnectInProgressIsNotCalledHarmless(t *testing.T) {
	t.Parallel()
	e := lifecycle.Event{Type: lifecycle.NoticeRaised, State: lifecycle.Open, Plan: []lifecycle.Action{{Class: lifecycle.ClassManual}}}
	if got := ask(e); !strings.HasPrefix(got, "Nothing fails because of it now") {
		t.Errorf("of a key store at rest it says %q", got)
	}
	e.Subject.State = "CONNECTING"
	if got := ask(e); !strings.Contains(got, "may make that fail") {
		t.Errorf("of a key store that is being connected it says %q", got)
	}
}
