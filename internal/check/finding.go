package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

func one(f Finding) []Finding { return []Finding{f} }

func pass(subject path.ARN, expected, seen string) Finding {
	return Finding{Subject: subject, Verdict: Pass, Evidence: Evidence{Expected: expected, Seen: seen}}
}

func fail(subject path.ARN, expected, seen, headline string) Finding {
	return Finding{Subject: subject, Verdict: Fail, Evidence: Evidence{Expected: expected, Seen: seen}, Headline: subjectLine(headline)}
}

func unknown(subject path.ARN, expected, seen string) Finding {
	return Finding{Subject: subject, Evidence: Evidence{Expected: expected, Seen: seen}}
}

// undecided is what AWS itself does not know yet.
func undecided(subject path.ARN, expected, seen string) Finding {
	f := unknown(subject, expected, seen)
	f.Evidence.Waits = true
	return f
}

func notApplicable(subject path.ARN, why string) Finding {
	return Finding{Subject: subject, Verdict: NotApplicable, Evidence: Evidence{Seen: why}}
}

func unread(subject path.ARN, gap path.Gap) Finding {
	if gap.On != "" {
		subject = gap.On
	}
	return Finding{Subject: subject, Evidence: Evidence{Seen: fmt.Sprintf("%s was not read: %s", gap.Part, gap.Message), Gap: &gap}}
}

// maxHeadline is what is left of a subject line, at most 100 characters for SNS, beside
// the product's mark and the key store's name.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxHeadline = 60

const dots = "..."

// subjectLine makes a headline of at most 60 printable ASCII characters; values that AWS
// gave may hold anything. What is too long ends after a word, with dots: half a number would be
// another number.
func subjectLine(text string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	if len(ascii) <= maxHeadline {
		return ascii
	}
	short := ascii[:maxHeadline-len(dots)]
	if end := strings.LastIndexByte(ascii[:len(short)+1], ' '); end > 0 {
		short = ascii[:end]
	}
	return strings.TrimRight(short, " ,;:") + dots
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
