package network

import (
	"slices"
	"strings"
)

// A Trail is a CloudTrail trail.
type Trail struct {
	ARN          string
	Name         string
	HomeRegion   string
	MultiRegion  bool
	Organization bool
	Bucket       string
	Logging      bool
	Basic        []BasicSelector
	Advanced     []AdvancedSelector // where any is set, Basic does not count
}

// A BasicSelector is an event selector.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
type BasicSelector struct {
	Management     bool
	ReadWrite      string   // All, ReadOnly, WriteOnly
	ExcludeSources []string // kms.amazonaws.com
}

// An AdvancedSelector selects the events that match each of its fields.
type AdvancedSelector struct {
	Name   string
	Fields []FieldSelector
}

// A FieldSelector is a condition on a field of an event; of a list of values any may match.
type FieldSelector struct {
	Field                 string // eventCategory, readOnly, eventSource, …
	Equals, NotEquals     []string
	StartsWith, NotStarts []string
}

// AddTrail adds a logging multi-Region trail of all management events.
func (w *World) AddTrail(name string) *Trail {
	t := &Trail{
		ARN: w.ARN("cloudtrail", "trail/"+name), Name: name, HomeRegion: w.Region, MultiRegion: true, Logging: true,
		Bucket: name + "-" + w.Account, Basic: []BasicSelector{{Management: true, ReadWrite: "All"}},
	}
	w.Trails[name] = t
	return t
}

// TrailsRecord reports whether any trail records a management event of a source
// ("kms.amazonaws.com"). Without one EventBridge hears of no API call.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (w *World) TrailsRecord(eventSource string, readOnly bool) bool {
	return slices.ContainsFunc(Sorted(w.Trails), func(t *Trail) bool {
		return t.Logging && (t.MultiRegion || t.HomeRegion == w.Region) && t.selects(eventSource, readOnly)
	})
}

func (t *Trail) selects(source string, readOnly bool) bool {
	if len(t.Advanced) > 0 {
		return slices.ContainsFunc(t.Advanced, func(s AdvancedSelector) bool { return s.matches(source, readOnly) })
	}
	return slices.ContainsFunc(t.Basic, func(s BasicSelector) bool {
		kind := s.ReadWrite == "" || s.ReadWrite == "All" || (s.ReadWrite == "ReadOnly") == readOnly
		return s.Management && kind && !slices.Contains(s.ExcludeSources, source)
	})
}

// matches judges a management event. A field that the event's kind does not have matches
// nothing.
func (s AdvancedSelector) matches(source string, readOnly bool) bool {
	event := map[string]string{"eventCategory": "Management", "eventSource": source, "readOnly": "false"}
	if readOnly {
		event["readOnly"] = "true"
	}
	for _, f := range s.Fields {
		if value, ok := event[f.Field]; !ok || !f.matches(value) {
			return false
		}
	}
	return len(s.Fields) > 0
}

func (f FieldSelector) matches(value string) bool {
	starts := func(p string) bool { return strings.HasPrefix(value, p) }
	return (len(f.Equals) == 0 || slices.Contains(f.Equals, value)) &&
		!slices.Contains(f.NotEquals, value) &&
		(len(f.StartsWith) == 0 || slices.ContainsFunc(f.StartsWith, starts)) &&
		!slices.ContainsFunc(f.NotStarts, starts)
}
