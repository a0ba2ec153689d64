package sns

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode"
	"unicode/utf8"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

const (
	maxMessage = 262144 // bytes, attributes included
	maxSubject = 99     // characters: "less than 100"
)

// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
type publishInput struct {
	TopicArn, TargetArn, PhoneNumber       string
	Subject                                *string
	Message, MessageStructure              string
	MessageGroupId, MessageDeduplicationId string
	MessageAttributes                      map[string]attribute
}

type attribute struct {
	DataType    string
	StringValue *string
	BinaryValue []byte
}

type publishOutput struct{ MessageId string }

func (t *Topics) publish(c *engine.Call, in publishInput) (any, error) {
	topic := t.byARN[in.TopicArn]
	if topic == nil {
		return nil, noTopic()
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	m := Message{ID: t.account.UUID(), TopicARN: topic.ARN, Body: in.Message, Structure: in.MessageStructure,
		Attributes: map[string]string{}, Time: c.Time}
	if in.Subject != nil {
		m.Subject = *in.Subject
	}
	for name, a := range in.MessageAttributes {
		m.Attributes[name] = a.text()
	}
	t.published = append(t.published, m)
	return &publishOutput{MessageId: m.ID}, nil
}

func (in publishInput) check() error {
	if in.Message == "" {
		return invalid("Empty message")
	}
	if in.Subject != nil {
		if err := checkSubject(*in.Subject); err != nil {
			return err
		}
	}
	size := len(in.Message)
	for name, a := range in.MessageAttributes {
		if err := a.check(name); err != nil {
			return err
		}
		size += len(name) + len(a.DataType) + len(a.text())
	}
	if size > maxMessage {
		return invalid("Message too long")
	}
	return checkStructure(in.MessageStructure, in.Message)
}

// checkSubject holds subjects to what every version of the API has taken: printable ASCII
// of fewer than 100 characters that starts with a letter, a digit or punctuation.
func checkSubject(subject string) error {
	if subject == "" || utf8.RuneCountInString(subject) > maxSubject || subject[0] == ' ' {
		return invalid("Subject")
	}
	for _, r := range subject {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return invalid("Subject")
		}
	}
	return nil
}

func checkStructure(structure, message string) error {
	switch structure {
	case "":
		return nil
	case "json":
		var texts map[string]any
		if err := json.Unmarshal([]byte(message), &texts); err != nil {
			return invalid("Message Structure - JSON message body failed to parse")
		}
		if _, ok := texts["default"].(string); !ok {
			return invalid("Message Structure - No default entry in JSON message body")
		}
		return nil
	}
	return invalid("MessageStructure")
}

func (a attribute) check(name string) error {
	switch {
	case name == "":
		return invalid("The message attribute name is empty")
	case a.DataType == "":
		return valueError("The message attribute '%s' must contain a message attribute type.", name)
	case a.text() == "":
		return valueError("The message attribute '%s' must contain a non-empty message attribute value.", name)
	}
	return nil
}

func (a attribute) text() string {
	if a.StringValue != nil {
		return *a.StringValue
	}
	return string(a.BinaryValue)
}

func invalid(reason string) *engine.Error {
	return &engine.Error{Code: "InvalidParameter", Message: "Invalid parameter: " + reason}
}

func valueError(format string, args ...any) *engine.Error {
	return &engine.Error{Code: "ParameterValueInvalid", Message: fmt.Sprintf(format, args...)}
}

func noTopic() *engine.Error {
	return &engine.Error{Code: "NotFound", Message: "Topic does not exist", Status: http.StatusNotFound}
}
