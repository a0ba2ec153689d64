// Package notice is a lifecycle event in words: the subject, the body and the attributes
// of the message that on-call reads. It is pure, decides nothing about an incident, and
// sends nothing.
package notice

import "github.com/xks-remediator/xks-remediator/internal/lifecycle"

// A Message is what is published to SNS.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
type Message struct {
	Subject    string            // printable ASCII without line breaks, fewer than 100 characters
	Body       string            // plain text, UTF-8, lines end in "\n", at most MaxBody bytes
	Attributes map[string]string // severity, state, keyStoreId, incidentId: for filter policies; none is empty
}

// MaxBody is the most bytes a body has. SNS takes 262,144 with the attributes.
const MaxBody = 200_000

// None is the value of an attribute that has none, since SNS refuses an empty one.
const None = "none"

// For renders an event. It returns false for an event of which nobody is told: it is quiet,
// or for machines and told with the diagnosis.
func For(e lifecycle.Event) (Message, bool) {
	if e.Quiet || !told(e.Type) {
		return Message{}, false
	}
	return Message{Subject: subject(e), Body: body(e), Attributes: attributes(e)}, true
}

func told(t lifecycle.Type) bool {
	switch t {
	case lifecycle.DiagnosisCompleted, lifecycle.FixApplied, lifecycle.FixFailed,
		lifecycle.IncidentReminder, lifecycle.IncidentResolved, lifecycle.IncidentEscalated,
		lifecycle.IncidentClosed, lifecycle.NoticeRaised:
		return true
	}
	return false
}

func attributes(e lifecycle.Event) map[string]string {
	return map[string]string{
		"severity":   attribute(string(e.Severity)),
		"state":      attribute(string(e.State)),
		"keyStoreId": attribute(keyStoreID(e.Subject)),
		"incidentId": attribute(e.Incident),
	}
}

func attribute(value string) string {
	if value = clean(value); value != "" {
		return value
	}
	return None
}

// keyStoreID returns the ID of the key store that an event is about, or "".
func keyStoreID(s lifecycle.Subject) string {
	if s.KeyStoreID == "" && s.Kind == lifecycle.SubjectKeyStore {
		return s.ID
	}
	return s.KeyStoreID
}
