package trail

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// lookback is how far the event history goes back, lookupPage the most of one page.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
const (
	lookback   = 90 * 24 * time.Hour
	lookupPage = 50
)

type lookupInput struct {
	LookupAttributes []attribute
	StartTime        time.Time
	EndTime          time.Time
	EventCategory    string
	MaxResults       *int
	NextToken        string
}

type attribute struct{ AttributeKey, AttributeValue string }

type lookupOutput struct {
	Events    []found
	NextToken string
}

type found struct {
	EventID         string `json:"EventId"`
	EventName       string
	ReadOnly        string
	AccessKeyID     string `json:"AccessKeyId"`
	EventTime       time.Time
	EventSource     string
	Username        string
	Resources       []resource
	CloudTrailEvent string
}

type resource struct{ ResourceType, ResourceName string }

// lookupEvents finds events, newest first, by one attribute at most.
func (a api) lookupEvents(c *engine.Call, in lookupInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var matching []found
	events := a.history.Events()
	for _, e := range slices.Backward(events) {
		if e.Time.Add(a.delay).After(c.Time) || e.Time.Before(c.Time.Add(-lookback)) || !in.during(e.Time) {
			continue
		}
		f, err := read(e)
		if err != nil {
			return nil, err
		}
		if len(in.LookupAttributes) == 0 || f.has(in.LookupAttributes[0]) {
			matching = append(matching, f)
		}
	}
	most := lookupPage
	if in.MaxResults != nil {
		most = *in.MaxResults
	}
	page, next, ok := serve.Page(matching, in.NextToken, most, a.PageSize)
	if !ok {
		return nil, fail("InvalidNextTokenException", "The token is invalid.")
	}
	return &lookupOutput{append([]found{}, page...), next}, nil
}

// keys are the attributes by which events can be looked up.
var keys = []string{"AccessKeyId", "EventId", "EventName", "EventSource", "ReadOnly", "ResourceName", "ResourceType", "Username"}

func (in lookupInput) check() error {
	if len(in.LookupAttributes) > 1 {
		return fail("InvalidLookupAttributesException", "Only one lookup attribute is allowed.")
	}
	for _, at := range in.LookupAttributes {
		if !slices.Contains(keys, at.AttributeKey) {
			return fail("InvalidLookupAttributesException", "Unknown lookup attribute %s.", at.AttributeKey)
		}
	}
	if in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > lookupPage) {
		return fail("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
	}
	if !in.StartTime.IsZero() && !in.EndTime.IsZero() && in.EndTime.Before(in.StartTime) {
		return fail("InvalidTimeRangeException", "StartTime must be before EndTime.")
	}
	return nil
}

func (in lookupInput) during(t time.Time) bool {
	return !t.Before(in.StartTime) && (in.EndTime.IsZero() || !t.After(in.EndTime))
}

// A record is what the event history reads of a CloudTrail record.
type record struct {
	EventID           string          `json:"eventID"`
	EventName         string          `json:"eventName"`
	EventSource       string          `json:"eventSource"`
	ReadOnly          bool            `json:"readOnly"`
	RequestParameters json.RawMessage `json:"requestParameters"`
	Resources         []struct {
		Type string `json:"type"`
		ARN  string `json:"ARN"`
	} `json:"resources"`
	UserIdentity struct {
		UserName    string `json:"userName"`
		ARN         string `json:"arn"`
		AccessKeyID string `json:"accessKeyId"`
	} `json:"userIdentity"`
}

func read(e Event) (found, error) {
	var r record
	if err := json.Unmarshal(e.Record, &r); err != nil {
		return found{}, fmt.Errorf("reading a record of the event history: %w", err)
	}
	f := found{
		EventID: r.EventID, EventName: r.EventName, ReadOnly: strconv.FormatBool(r.ReadOnly), AccessKeyID: r.UserIdentity.AccessKeyID,
		EventTime: e.Time, EventSource: r.EventSource, Username: r.UserIdentity.UserName, CloudTrailEvent: string(e.Record),
	}
	if f.Username == "" {
		f.Username = r.UserIdentity.ARN[strings.LastIndex(r.UserIdentity.ARN, "/")+1:] // the session's name
	}
	for _, res := range r.Resources {
		f.Resources = append(f.Resources, resource{res.Type, res.ARN})
	}
	var parameters any
	if len(r.RequestParameters) > 0 {
		if err := json.Unmarshal(r.RequestParameters, &parameters); err != nil {
			return found{}, fmt.Errorf("reading the parameters of %s: %w", r.EventID, err)
		}
	}
	f.Resources = append(f.Resources, named(parameters)...)
	return f, nil
}

// types are the resources that the event history names by the form of their ID.
var types = map[string]string{
	"sg-": "AWS::EC2::SecurityGroup", "acl-": "AWS::EC2::NetworkAcl", "subnet-": "AWS::EC2::Subnet", "vpc-": "AWS::EC2::VPC",
	"eni-": "AWS::EC2::NetworkInterface", "vpce-svc-": "AWS::EC2::VPCEndpointService", "cks-": "AWS::KMS::CustomKeyStore",
	"arn:aws:elasticloadbalancing:": "AWS::ElasticLoadBalancingV2::LoadBalancer",
}

// named returns the resources that a call's parameters name, each once.
func named(parameters any) (out []resource) {
	add := func(v any) {
		for _, r := range named(v) {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	switch v := parameters.(type) {
	case string:
		for prefix, kind := range types {
			if strings.HasPrefix(v, prefix) {
				return []resource{{kind, v}}
			}
		}
	case []any:
		for _, item := range v {
			add(item)
		}
	case map[string]any:
		for _, item := range v {
			add(item)
		}
		slices.SortFunc(out, func(x, y resource) int { return strings.Compare(x.ResourceName, y.ResourceName) })
	}
	return out
}

func (f found) has(at attribute) bool {
	switch at.AttributeKey {
	case "AccessKeyId":
		return f.AccessKeyID == at.AttributeValue
	case "EventId":
		return f.EventID == at.AttributeValue
	case "EventName":
		return f.EventName == at.AttributeValue
	case "EventSource":
		return f.EventSource == at.AttributeValue
	case "ReadOnly":
		return f.ReadOnly == at.AttributeValue
	case "Username":
		return f.Username == at.AttributeValue
	}
	return slices.ContainsFunc(f.Resources, func(r resource) bool {
		return at.AttributeKey == "ResourceName" && r.ResourceName == at.AttributeValue ||
			at.AttributeKey == "ResourceType" && r.ResourceType == at.AttributeValue
	})
}
