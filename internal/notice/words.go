package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// clock writes an instant as every message writes it.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// clockOn writes an instant in a message of that day: without the date on the same day.
func clockOn(day, t time.Time) string {
	if day.UTC().Format(time.DateOnly) == t.UTC().Format(time.DateOnly) {
		return t.UTC().Format("15:04:05 UTC")
	}
	return clock(t)
}

// lasted writes how long something took, in the two largest units that matter.
func lasted(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	days, hours := int(d/(24*time.Hour)), int(d/time.Hour)%24
	minutes, seconds := int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case days > 0:
		return units(days, "d", hours, "h")
	case hours > 0:
		return units(hours, "h", minutes, "min")
	case minutes > 0:
		return units(minutes, "min", seconds, "s")
	}
	return fmt.Sprintf("%d s", seconds)
}

func units(large int, name string, small int, smallName string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, name)
	}
	return fmt.Sprintf("%d %s %d %s", large, name, small, smallName)
}

// full ends a sentence that may have no full stop.
func full(s string) string {
	s = clean(s)
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// capital starts a sentence with a capital letter, unless it starts with a name in lower
// case that would be another name with one: an ID, an ARN, an operation.
func capital(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.ContainsAny(word, "-:.0123456789") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// article is what a person calls the subject, with its ID.
func article(s lifecycle.Subject) string {
	name, id := clean(s.Name), clean(s.ID)
	switch s.Kind {
	case lifecycle.SubjectKeyStore:
		if name == "" {
			return "external key store " + id
		}
		return fmt.Sprintf("external key store %s (%s)", name, id)
	case lifecycle.SubjectService:
		return "VPC endpoint service " + id
	case lifecycle.SubjectAccount:
		return "account " + id
	}
	return clean(s.Kind) + " " + id
}

// failure says what a symptom is, without KMS's own sentence.
func failure(s lifecycle.Symptom) string {
	operation, code := clean(s.Operation), ""
	if s.Code != "" {
		code = " with " + clean(s.Code)
	}
	switch s.Kind {
	case lifecycle.SymptomKMSMessage:
		if operation == "" {
			operation = "A call on a key of the key store"
		}
		return operation + " failed" + code
	case lifecycle.SymptomConnectionError:
		return "The key store is FAILED" + code
	case lifecycle.SymptomConnectRefused:
		return "ConnectCustomKeyStore was refused" + code
	case lifecycle.SymptomCreateFailed:
		return either(operation, "CreateCustomKeyStore") + " failed" + code
	case lifecycle.SymptomUpdateFailed:
		return either(operation, "UpdateCustomKeyStore") + " failed" + code
	case lifecycle.SymptomNoHealthyTarget:
		return "No target behind the load balancer is healthy"
	case lifecycle.SymptomCanaryFailed:
		return "Encrypt with the canary key failed" + code
	case lifecycle.SymptomStillConnecting:
		return "The key store has been CONNECTING for over 15 minutes"
	case lifecycle.SymptomAlarm:
		return "A CloudWatch alarm is in state ALARM"
	}
	return strings.TrimSpace(operation + " " + clean(s.Kind) + code)
}

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
