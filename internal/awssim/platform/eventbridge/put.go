package eventbridge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

const (
	maxEntries = 10
	maxBytes   = 256 << 10
)

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
type putInput struct {
	Entries    []putEntry
	EndpointId string
}

type putEntry struct {
	Source, DetailType, Detail, EventBusName, TraceHeader string

	Resources []string
	Time      *time.Time
}

type putOutput struct {
	FailedEntryCount int
	Entries          []putResult
}

type putResult struct {
	EventId, ErrorCode, ErrorMessage string
}

func (b *Buses) putResources(_ *engine.Call, in putInput) []engine.Resource {
	var all []engine.Resource
	for _, e := range in.Entries {
		all = append(all, engine.Resource{ARN: b.busARN(e.EventBusName),
			Context: map[string]string{"events:source": e.Source, "events:detail-type": e.DetailType}})
	}
	return all
}

func (b *Buses) busARN(name string) string {
	if name == "" {
		name = Default
	}
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return b.account.ARN("events", "event-bus/"+name)
}

func (b *Buses) putEvents(c *engine.Call, in putInput) (any, error) {
	if err := checkSize(in.Entries); err != nil {
		return nil, err
	}
	for _, e := range in.Entries {
		if err := b.admit(c, e); err != nil {
			return nil, err
		}
	}
	out := &putOutput{Entries: make([]putResult, len(in.Entries))}
	for i, e := range in.Entries {
		out.Entries[i] = b.put(e)
		if out.Entries[i].ErrorCode != "" {
			out.FailedEntryCount++
		}
	}
	return out, nil
}

// put takes one entry. One for a bus that does not exist is dropped, and still answered
// with an ID.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
func (b *Buses) put(e putEntry) putResult {
	if refused := e.check(); refused != nil {
		return *refused
	}
	bus := b.Bus(e.EventBusName)
	if bus == nil {
		return putResult{EventId: b.account.UUID()}
	}
	event := Event{DetailType: e.DetailType, Source: e.Source, Resources: e.Resources, Detail: json.RawMessage(e.Detail)}
	if e.Time != nil {
		event.Time = stamp(*e.Time)
	}
	return putResult{EventId: b.Put(bus, event)}
}

func (e putEntry) check() *putResult {
	required := []struct{ name, value string }{{"Source", e.Source}, {"DetailType", e.DetailType}, {"Detail", e.Detail}}
	for _, member := range required {
		if member.value == "" {
			return &putResult{ErrorCode: "InvalidArgument",
				ErrorMessage: fmt.Sprintf("Parameter %s is not valid. Reason: %s is a required argument.", member.name, member.name)}
		}
	}
	var object map[string]any
	switch {
	case strings.HasPrefix(e.Source, "aws."):
		return &putResult{ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source."}
	case len(e.DetailType) > 128:
		return &putResult{ErrorCode: "InvalidArgument", ErrorMessage: "Parameter DetailType is not valid. Reason: it is longer than 128 characters."}
	case json.Unmarshal([]byte(e.Detail), &object) != nil:
		return &putResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	return nil
}

// checkSize refuses a request of no or too many entries, or of too many bytes, as the
// user guide counts them.
func checkSize(entries []putEntry) error {
	if len(entries) == 0 || len(entries) > maxEntries {
		return invalid("1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and %d", maxEntries)
	}
	total := 0
	for _, e := range entries {
		total += len(e.Source) + len(e.DetailType) + len(e.Detail)
		if e.Time != nil {
			total += 14
		}
		for _, r := range e.Resources {
			total += len(r)
		}
	}
	if total > maxBytes {
		return invalid("Total size of the entries in the request is over the limit.")
	}
	return nil
}

// admit asks the bus's own policy, whose denial outweighs what the caller's role grants.
func (b *Buses) admit(c *engine.Call, e putEntry) error {
	bus := b.Bus(e.EventBusName)
	if bus == nil {
		return nil
	}
	who := cmp.Or(c.Principal.RoleARN, c.Principal.ARN)
	effect, _ := engine.Evaluate(bus.Policies, engine.Request{
		AWS: who, Action: "events:PutEvents", Resource: bus.ARN,
		Context: map[string]string{"aws:PrincipalArn": who, "aws:PrincipalAccount": b.account.ID,
			"aws:PrincipalIsAWSService": "false", "events:source": e.Source, "events:detail-type": e.DetailType},
	})
	if effect != engine.Deny {
		return nil
	}
	return c.Service.Denied(fmt.Sprintf("User: %s is not authorized to perform: events:PutEvents on resource: %s with an explicit deny in a resource-based policy", c.Principal.ARN, bus.ARN))
}

func invalid(format string, args ...any) *engine.Error {
	return &engine.Error{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}
