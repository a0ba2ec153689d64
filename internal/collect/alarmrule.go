package collect

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// composites are the composite alarms of an account and Region.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
type composites []types.CompositeAlarm

// reaches says whether an action may tell somebody: one that stops or starts an instance or
// scales a group tells nobody.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func reaches(actions []string) bool {
	return slices.ContainsFunc(actions, func(arn string) bool {
		parts := strings.SplitN(arn, ":", 4)
		return len(parts) < 3 || !slices.Contains([]string{"automate", "autoscaling", "swf"}, parts[2])
	})
}

// told completes out with whether anybody is told when the alarm a goes to ALARM: by an action
// of its own, or by one of a composite alarm that goes to ALARM when a alone does.
func (c composites) told(a types.MetricAlarm, out path.Alarm) path.Alarm {
	if aws.ToBool(a.ActionsEnabled) && reaches(a.AlarmActions) {
		out.Tells = true
		return out
	}
	out.Silent = "no action on ALARM"
	switch {
	case len(a.AlarmActions) > 0 && !reaches(a.AlarmActions):
		out.Silent = "its actions reach nobody"
	case len(a.AlarmActions) > 0:
		out.Silent = "its actions are disabled"
	}
	for _, above := range c {
		if !aws.ToBool(above.ActionsEnabled) || !reaches(above.AlarmActions) {
			continue
		}
		rings, known := c.rings(above, a)
		switch {
		case rings:
			out.Tells, out.Silent, out.Unread = true, "", ""
			return out
		case !known:
			out.Unread = "the rule of a composite alarm above it could not be understood"
		}
	}
	if out.Unread != "" {
		out.Silent = ""
	}
	return out
}

// rings reports whether a composite alarm goes to ALARM when a alone does. It is not known
// where a rule on the way is not understood.
func (c composites) rings(above types.CompositeAlarm, a types.MetricAlarm) (rings, known bool) {
	quiet := weighing{all: c, under: map[string]bool{}}
	loud := weighing{all: c, ringing: []string{aws.ToString(a.AlarmName), aws.ToString(a.AlarmArn)}, under: map[string]bool{}}
	before, ok := quiet.composite(above)
	after, readable := loud.composite(above)
	if ok && readable {
		return after && !before, true
	}
	return false, !c.reaches(above, a, map[string]bool{})
}

// reaches reports whether the rule of a composite alarm names a, itself or through others.
func (c composites) reaches(above types.CompositeAlarm, a types.MetricAlarm, seen map[string]bool) bool {
	name, rule := aws.ToString(above.AlarmName), aws.ToString(above.AlarmRule)
	if seen[name] {
		return false
	}
	seen[name] = true
	if strings.Contains(rule, aws.ToString(a.AlarmName)) {
		return true
	}
	for _, other := range c {
		if strings.Contains(rule, aws.ToString(other.AlarmName)) && c.reaches(other, a, seen) {
			return true
		}
	}
	return false
}

// A weighing works rules out while some alarm is in ALARM and all others are OK.
type weighing struct {
	all     composites
	ringing []string        // name and ARN of the alarm in ALARM
	under   map[string]bool // composite alarms whose rules are being worked out
}

func (w weighing) composite(c types.CompositeAlarm) (alarm, ok bool) {
	name := aws.ToString(c.AlarmName)
	if w.under[name] {
		return false, false // composite alarms may name each other
	}
	w.under[name] = true
	defer delete(w.under, name)
	r := ruleReader{weighing: w, text: aws.ToString(c.AlarmRule)}
	alarm, ok = r.either(0)
	return alarm, ok && strings.TrimSpace(r.text) == ""
}

// alarm returns whether the alarm of a name or ARN is in ALARM.
func (w weighing) alarm(name string) (alarm, ok bool) {
	for _, ringing := range w.ringing {
		if name == ringing {
			return true, true
		}
	}
	for _, c := range w.all {
		if name == aws.ToString(c.AlarmName) || name == aws.ToString(c.AlarmArn) {
			return w.composite(c)
		}
	}
	return false, true
}

// A ruleReader works out the rest of one rule: OR of AND of NOT of states of alarms.
type ruleReader struct {
	weighing
	text string
}

var (
	ruleState = pattern(`^\s*(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|'([^']+)'|([^\s"'()]+))\s*\)`)
	ruleWord  = pattern(`^\s*(AND|OR|NOT|TRUE|FALSE)\b|^\s*([()])`)
)

func (r *ruleReader) next(word string) bool {
	m := ruleWord().FindStringSubmatch(r.text)
	if m == nil || m[1]+m[2] != word {
		return false
	}
	r.text = r.text[len(m[0]):]
	return true
}

func (r *ruleReader) either(depth int) (value, ok bool) {
	value, ok = r.both(depth)
	for ok && r.next("OR") {
		var more bool
		more, ok = r.both(depth)
		value = value || more
	}
	return value, ok
}

func (r *ruleReader) both(depth int) (value, ok bool) {
	value, ok = r.one(depth)
	for ok && r.next("AND") {
		var more bool
		more, ok = r.one(depth)
		value = value && more
	}
	return value, ok
}

func (r *ruleReader) one(depth int) (value, ok bool) {
	switch {
	case depth > deepest:
		return false, false
	case r.next("NOT"):
		value, ok = r.one(depth + 1)
		return !value, ok
	case r.next("("):
		value, ok = r.either(depth + 1)
		return value, ok && r.next(")")
	case r.next("TRUE"):
		return true, true
	case r.next("FALSE"):
		return false, true
	}
	m := ruleState().FindStringSubmatch(r.text)
	if m == nil {
		return false, false
	}
	r.text = r.text[len(m[0]):]
	alarm, ok := r.alarm(m[2] + m[3] + m[4])
	switch m[1] {
	case "ALARM":
		return alarm, ok
	case "OK":
		return !alarm, ok
	}
	return false, ok // no alarm lacks data here
}
