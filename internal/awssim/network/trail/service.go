// Package trail serves the reading side of AWS CloudTrail over the simulated world: trails
// and the event history.
package trail

import (
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// History holds the records of all management events, whatever the trails say.
type History interface {
	// Events returns the records in the order in which they happened, oldest first. The
	// caller does not change them.
	Events() []Event
}

// An Event is a record of the event history.
type Event struct {
	Time   time.Time
	Record []byte // the CloudTrail record, as JSON
}

// api answers CloudTrail's calls over one world and one history.
type api struct {
	*network.World
	history History
	delay   time.Duration
}

// Service returns AWS CloudTrail over w. LookupEvents finds an event delay after it happened.
func Service(w *network.World, history History, delay time.Duration) *engine.Service {
	a := api{w, history, delay}
	return &engine.Service{
		Name: "cloudtrail", IAMPrefix: "cloudtrail", Protocol: engine.JSON11,
		Targets: []string{"CloudTrail_20131101.", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."},
		Operations: map[string]engine.Operation{
			"DescribeTrails":    serve.Reads(nil, a.describeTrails),
			"GetTrailStatus":    serve.Reads(a.statusOf, a.getTrailStatus),
			"GetEventSelectors": serve.Reads(a.selectorsOf, a.getEventSelectors),
			"LookupEvents":      serve.Reads(nil, a.lookupEvents),
		},
	}
}

func fail(code, format string, args ...any) error {
	return &engine.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
