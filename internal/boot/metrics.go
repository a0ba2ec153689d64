package boot

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"
)

// Namespace is the CloudWatch namespace of the product's metrics; template.yaml's alarms
// name it too.
const Namespace = "XksRemediator"

// Metrics writes CloudWatch embedded metric format: a log line from which CloudWatch makes
// the metric, so that no permission and no call is needed. The names in use: IncidentsOpened,
// TimeToDiagnosis, TimeToResolution, FixesApplied (by Check), AwsCalls, EventsDropped,
// EventsMalformed, TicksCompleted, TopicUnconfirmed.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type Metrics struct {
	out io.Writer
	now func() time.Time
}

func newMetrics(out io.Writer, now func() time.Time) *Metrics { return &Metrics{out: out, now: now} }

// Count writes a value of unit Count. With dimensions it counts twice, with them and
// without, so that the total needs no metric math. A value that is no number is left out.
func (m *Metrics) Count(name string, value float64, dimensions map[string]string) {
	m.write(name, "Count", value, dimensions)
}

// Duration writes d in milliseconds, with dimensions as Count has them.
func (m *Metrics) Duration(name string, d time.Duration, dimensions map[string]string) {
	m.write(name, "Milliseconds", float64(d)/float64(time.Millisecond), dimensions)
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct{ Name, Unit string }

func (m *Metrics) write(name, unit string, value float64, dimensions map[string]string) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	sets := [][]string{{}}
	if len(dimensions) > 0 {
		sets = append(sets, slices.Sorted(maps.Keys(dimensions)))
	}
	line := map[string]any{name: value, "_aws": map[string]any{
		"Timestamp":         m.now().UnixMilli(),
		"CloudWatchMetrics": []directive{{Namespace, sets, []definition{{name, unit}}}},
	}}
	for key, text := range dimensions {
		line[key] = text
	}
	encoded, err := json.Marshal(line)
	if err != nil {
		panic("a metric that cannot be written, which is a bug: " + err.Error())
	}
	// A metric that cannot be written must not stop a repair.
	_, _ = fmt.Fprintf(m.out, "%s\n", encoded)
}
