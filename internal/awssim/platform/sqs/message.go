package sqs

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Message is one message of a queue.
type Message struct {
	ID         string
	Body       string
	Attributes map[string]Attribute
	Sender     string // who sent it, as the attribute SenderId
	Sent       time.Time
	// FirstReceived and Receives are zero until someone received it.
	FirstReceived time.Time
	Receives      int
	Receipt       string // handle of the latest receive
	Origin        string // ARN of the queue that gave it up; empty unless it is a dead letter

	visible time.Time
}

// An Attribute is a message attribute. DataType is String, Number or Binary, with an
// optional label after a dot.
type Attribute struct {
	DataType    string
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

// Text returns an attribute of type String.
func Text(s string) Attribute { return Attribute{DataType: "String", StringValue: &s} }

// MD5 returns the digest of the body, which clients verify.
func (m Message) MD5() string { return digest([]byte(m.Body)) }

// System returns the message system attributes by name.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
func (m Message) System() map[string]string {
	all := map[string]string{
		"SenderId":                m.Sender,
		"SentTimestamp":           strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount": strconv.Itoa(m.Receives),
	}
	if !m.FirstReceived.IsZero() {
		all["ApproximateFirstReceiveTimestamp"] = strconv.FormatInt(m.FirstReceived.UnixMilli(), 10)
	}
	if m.Origin != "" {
		all["DeadLetterQueueSourceArn"] = m.Origin
	}
	return all
}

// attributesMD5 is the digest of message attributes; empty for none.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
func attributesMD5(attributes map[string]Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	var text []byte
	part := func(s []byte) {
		text = binary.BigEndian.AppendUint32(text, uint32(len(s)))
		text = append(text, s...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		part([]byte(name))
		part([]byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			text = append(text, 2)
			part(a.BinaryValue)
			continue
		}
		text = append(text, 1)
		part([]byte(value(a.StringValue)))
	}
	return digest(text)
}

func digest(text []byte) string {
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

// receipt makes a handle that tells its queue, so that one of another queue is refused.
func receipt(queue, id string, n int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s/%s/%d", queue, id, n))
}

func ofQueue(handle, queue string) bool {
	text, err := base64.StdEncoding.DecodeString(handle)
	return err == nil && strings.HasPrefix(string(text), queue+"/")
}

// sendable says whether SQS takes body.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func sendable(body string) error {
	const most = 1 << 20
	if body == "" {
		return missing("MessageBody")
	}
	if len(body) > most {
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", most)
	}
	for _, r := range body {
		if !allowed(r) {
			return failure("InvalidMessageContents", "The message contains characters outside the allowed set.")
		}
	}
	return nil
}

func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff ||
		r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
