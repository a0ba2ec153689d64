package eventbridge

import (
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/pattern"
)

// A State says which events a rule sees.
type State string

// The states of a rule.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
const (
	Enabled        State = "ENABLED"
	EnabledWithAll State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	Disabled       State = "DISABLED"
)

// A Rule picks events of a bus, or makes one on a schedule, for its targets.
type Rule struct {
	Name        string
	Description string
	Pattern     string // JSON; empty for a rule with a schedule alone
	Schedule    string // as "rate(5 minutes)"; empty for a rule with a pattern alone
	State       State  // empty means Enabled
	Targets     []Target

	arn     string
	bus     string
	matcher *pattern.Pattern
}

// A Target is a queue that a rule sends to.
type Target struct {
	ID          string
	ARN         string // of the queue
	DeadLetters string // ARN of the queue for what could not be delivered; empty for none
	Input       string // constant JSON sent instead of the event; empty for the event itself
}

const maxTargets = 5

// AddRule adds r to the bus and starts its schedule.
func (b *Buses) AddRule(bus *Bus, r Rule) error {
	if err := b.addRule(bus, &r); err != nil {
		return fmt.Errorf("adding rule %s to event bus %s: %w", r.Name, bus.Name, err)
	}
	return nil
}

func (b *Buses) addRule(bus *Bus, r *Rule) error {
	r.bus, r.arn = bus.Name, ruleARN(b, bus, r.Name)
	if r.State == "" {
		r.State = Enabled
	}
	if bus.rules[r.Name] != nil {
		return fmt.Errorf("it exists already")
	}
	if r.Pattern == "" && r.Schedule == "" {
		return fmt.Errorf("it has neither a pattern nor a schedule")
	}
	if err := b.checkTargets(r); err != nil {
		return err
	}
	if r.Pattern != "" {
		var err error
		if r.matcher, err = pattern.Compile([]byte(r.Pattern)); err != nil {
			return err
		}
	}
	if r.Schedule != "" {
		if err := b.schedule(bus, r); err != nil {
			return err
		}
	}
	bus.rules[r.Name] = r
	return nil
}

func (b *Buses) checkTargets(r *Rule) error {
	if len(r.Targets) > maxTargets {
		return fmt.Errorf("it has %d targets; a rule has at most %d", len(r.Targets), maxTargets)
	}
	for _, t := range r.Targets {
		if !strings.HasPrefix(t.ARN, "arn:aws:sqs:") {
			return fmt.Errorf("its target %s is %s; the simulator delivers to SQS queues only", t.ID, t.ARN)
		}
	}
	return nil
}

func ruleARN(b *Buses, bus *Bus, name string) string {
	if bus.Name == Default {
		return b.account.ARN("events", "rule/"+name)
	}
	return b.account.ARN("events", "rule/"+bus.Name+"/"+name)
}

// ARN returns the rule's ARN.
func (r *Rule) ARN() string { return r.arn }

// takes says whether the rule matches an event that is, or is not, a read-only management
// event.
func (r *Rule) takes(tree map[string]any, readOnly bool) bool {
	if r.matcher == nil || r.State == Disabled || r.State == Enabled && readOnly {
		return false
	}
	return r.matcher.Match(tree)
}

// schedule makes an event for r's targets at its rate, first one period from now.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
func (b *Buses) schedule(bus *Bus, r *Rule) error {
	if bus.Name != Default {
		return fmt.Errorf("a rule with a schedule belongs to the default bus")
	}
	period, err := rate(r.Schedule)
	if err != nil {
		return err
	}
	var tick func()
	tick = func() {
		b.account.Clock.After(period, "eventbridge: schedule "+r.Name, tick)
		if r.State != Disabled {
			b.send(r, Event{Version: "0", ID: b.account.UUID(), DetailType: "Scheduled Event", Source: "aws.events",
				Account: b.account.ID, Time: stamp(b.account.Now()), Region: b.account.Region,
				Resources: []string{r.arn}, Detail: []byte("{}")})
		}
	}
	b.account.Clock.After(period, "eventbridge: schedule "+r.Name, tick)
	return nil
}

// rate parses "rate(5 minutes)". The unit is in the singular for 1 alone.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
func rate(expression string) (time.Duration, error) {
	var n int
	var unit string
	if _, err := fmt.Sscanf(expression, "rate(%d %s", &n, &unit); err != nil {
		return 0, fmt.Errorf("the schedule %q is no rate; the simulator knows no other", expression)
	}
	unit, closed := strings.CutSuffix(unit, ")")
	single, plural := strings.CutSuffix(unit, "s")
	length, known := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[single]
	if !closed || !known || n < 1 || plural != (n > 1) {
		return 0, fmt.Errorf("the schedule %q is malformed; write rate(1 minute) or rate(5 minutes)", expression)
	}
	return time.Duration(n) * length, nil
}
