// Package cloudwatch serves, over the simulated world, the operations of Amazon CloudWatch on
// alarms. It takes no metrics and works out no state.
package cloudwatch

import (
	"fmt"
	"net/http"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// api answers CloudWatch's calls over one world.
type api struct{ *network.World }

// Service returns Amazon CloudWatch over w. Its clients have changed protocols twice: CBOR is
// what they speak now.
func Service(w *network.World) *engine.Service {
	a := api{w}
	return &engine.Service{
		Name: "monitoring", IAMPrefix: "cloudwatch", Version: "2010-08-01", Targets: []string{"GraniteServiceVersion20100801."},
		Protocol: engine.RPCv2CBOR, Spoken: []engine.Protocol{engine.JSON10, engine.AWSQuery},
		Operations: map[string]engine.Operation{
			"DescribeAlarms": serve.Reads(nil, a.describeAlarms),
			"PutMetricAlarm": serve.Writes(func(in metricAlarmIn) []engine.Resource { return a.resources(in.AlarmName) }, a.putMetricAlarm),
			"DeleteAlarms":   serve.Writes(func(in deleteIn) []engine.Resource { return a.resources(in.AlarmNames...) }, a.deleteAlarms),
		},
	}
}

// resources are the alarms of names, also of those that are not there.
func (a api) resources(names ...string) []engine.Resource {
	all := make([]engine.Resource, len(names))
	for i, name := range names {
		all[i] = engine.Resource{ARN: a.ARN("cloudwatch", "alarm:"+name)}
	}
	return all
}

func fail(code, query, format string, args ...any) error {
	return &engine.Error{Code: code, Query: query, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return fail("InvalidParameterValueException", "InvalidParameterValue", format, args...)
}

func combined(format string, args ...any) error {
	return fail("InvalidParameterCombinationException", "InvalidParameterCombination", format, args...)
}

func missing(name string) error {
	return fail("MissingRequiredParameterException", "MissingParameter", "The request must contain the parameter %s.", name)
}

func notFound(name string) error {
	return &engine.Error{Code: "ResourceNotFound", Query: "ResourceNotFound", Status: http.StatusNotFound, Message: "Alarm " + name + " does not exist"}
}
