// Package cloudtrail is the simulated recording side of AWS CloudTrail: it makes a record
// of every management call, keeps the event history, and hands the records to EventBridge
// where a trail says so. The API that reads trails is served elsewhere.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
package cloudtrail

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// A Record is one recorded call, with what the event history can be searched by.
type Record struct {
	EventID     string
	EventName   string
	EventSource string // as "kms.amazonaws.com"
	Username    string // of the user, or the session of a role
	AccessKeyID string
	ReadOnly    bool
	Time        time.Time
	ErrorCode   string
	Resources   []engine.TrailResource
	JSON        json.RawMessage // the record itself
}

// body is the record as CloudTrail writes it.
type body struct {
	EventVersion        string         `json:"eventVersion"`
	UserIdentity        identity       `json:"userIdentity"`
	EventTime           string         `json:"eventTime"`
	EventSource         string         `json:"eventSource"`
	EventName           string         `json:"eventName"`
	AWSRegion           string         `json:"awsRegion"`
	SourceIPAddress     string         `json:"sourceIPAddress"`
	UserAgent           string         `json:"userAgent"`
	ErrorCode           string         `json:"errorCode,omitempty"`
	ErrorMessage        string         `json:"errorMessage,omitempty"`
	RequestParameters   map[string]any `json:"requestParameters"`
	ResponseElements    map[string]any `json:"responseElements"`
	AdditionalEventData map[string]any `json:"additionalEventData,omitempty"`
	RequestID           string         `json:"requestID"`
	EventID             string         `json:"eventID"`
	ReadOnly            bool           `json:"readOnly"`
	Resources           []resource     `json:"resources,omitempty"`
	EventType           string         `json:"eventType"`
	ManagementEvent     bool           `json:"managementEvent"`
	RecipientAccountID  string         `json:"recipientAccountId"`
	EventCategory       string         `json:"eventCategory"`
	TLSDetails          *tls           `json:"tlsDetails,omitempty"`
}

type resource struct {
	AccountID string `json:"accountId"`
	Type      string `json:"type"`
	ARN       string `json:"ARN"`
}

// tls is absent where an AWS service made the call.
type tls struct {
	Version string `json:"tlsVersion"`
	Cipher  string `json:"cipherSuite"`
	Host    string `json:"clientProvidedHostHeader"`
}

// record writes what c and its outcome leave behind.
func (r *Recorder) record(c *engine.Call, failure *engine.Error) Record {
	operation := c.Service.Operations[c.Operation]
	b := body{
		EventVersion: "1.11", UserIdentity: r.identify(c.Principal), EventTime: c.Time.UTC().Format("2006-01-02T15:04:05Z"),
		EventSource: c.Service.Name + ".amazonaws.com", EventName: c.Operation, AWSRegion: r.account.Region,
		SourceIPAddress: "203.0.113.17", UserAgent: "aws-sdk", RequestParameters: parameters(c),
		AdditionalEventData: c.Trail.AdditionalEventData, RequestID: c.RequestID, EventID: r.account.UUID(),
		ReadOnly: operation.ReadOnly, EventType: "AwsApiCall", ManagementEvent: true,
		RecipientAccountID: r.account.ID, EventCategory: "Management",
	}
	if c.Principal.Type == awsService {
		b.SourceIPAddress, b.UserAgent = c.Principal.Name, c.Principal.Name
	} else {
		b.TLSDetails = &tls{"TLSv1.3", "TLS_AES_128_GCM_SHA256", c.Service.Name + "." + r.account.Region + ".amazonaws.com"}
	}
	if failure == nil {
		b.ResponseElements = c.Trail.ResponseElements
	} else {
		b.ErrorCode, b.ErrorMessage = cut(errorCode(c.Service, failure)), cut(failure.Message)
	}
	for _, t := range c.Trail.Resources {
		b.Resources = append(b.Resources, resource{t.Account, t.Type, t.ARN})
	}
	return r.seal(c, b)
}

func (r *Recorder) seal(c *engine.Call, b body) Record {
	text, err := json.Marshal(b)
	if err != nil {
		panic("a service left something in a CloudTrail record that is no JSON: " + err.Error())
	}
	return Record{EventID: b.EventID, EventName: b.EventName, EventSource: b.EventSource, Username: userName(c.Principal),
		AccessKeyID: c.Principal.KeyID, ReadOnly: b.ReadOnly, Time: c.Time, ErrorCode: b.ErrorCode,
		Resources: c.Trail.Resources, JSON: text}
}

// errorCode spells an error as records do: EC2's with whose fault it is, a refusal
// without "Exception".
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func errorCode(s *engine.Service, e *engine.Error) string {
	switch {
	case s.Protocol == engine.EC2Query && e.Status >= 500:
		return "Server." + e.Code
	case s.Protocol == engine.EC2Query:
		return "Client." + e.Code
	case e.Code == "AccessDeniedException":
		return "AccessDenied"
	}
	return e.Code
}

// cut keeps errorCode and errorMessage at 1 KB.
func cut(text string) string {
	const most = 1024
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
