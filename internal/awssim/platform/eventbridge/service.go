package eventbridge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Service returns EventBridge as its clients see it: they put events and look around.
func (b *Buses) Service() *engine.Service {
	return &engine.Service{
		Name: "events", IAMPrefix: "events", Protocol: engine.JSON11, Targets: []string{"AWSEvents."},
		Operations: map[string]engine.Operation{
			"PutEvents":         platform.DataEvent(platform.On(b.putResources, b.putEvents)),
			"ListRules":         platform.Read(platform.On(nil, b.listRules)),
			"DescribeRule":      platform.Read(platform.On(b.ruleResource, b.describeRule)),
			"ListTargetsByRule": platform.Read(platform.On(b.targetsResource, b.listTargets)),
			"ListEventBuses":    platform.Read(platform.On(nil, b.listBuses)),
			"DescribeEventBus":  platform.Read(platform.On(nil, b.describeBus)),
		},
	}
}

func notFound(format string, args ...any) *engine.Error {
	return &engine.Error{Code: "ResourceNotFoundException", Message: fmt.Sprintf(format, args...)}
}

func (b *Buses) findBus(name string) (*Bus, error) {
	if bus := b.Bus(name); bus != nil {
		return bus, nil
	}
	return nil, notFound("Event bus %s does not exist.", name)
}

func (b *Buses) findRule(busName, name string) (*Rule, error) {
	bus, err := b.findBus(busName)
	if err != nil {
		return nil, err
	}
	if r := bus.rules[name]; r != nil {
		return r, nil
	}
	return nil, notFound("Rule %s does not exist on EventBus %s.", name, bus.Name)
}

type page struct {
	Limit     int
	NextToken string
}

// cut returns the names after the token, which is the last name of the page before, at most
// Limit of them, and the next token.
func (p page) cut(names []string) (shown []string, next string, err error) {
	if p.NextToken != "" && !slices.Contains(names, p.NextToken) {
		return nil, "", &engine.Error{Code: "ValidationException", Message: fmt.Sprintf("The token %q is invalid.", p.NextToken)}
	}
	for _, name := range names {
		if name > p.NextToken {
			shown = append(shown, name)
		}
	}
	if p.Limit > 0 && len(shown) > p.Limit {
		shown = shown[:p.Limit]
		next = shown[p.Limit-1]
	}
	return shown, next, nil
}

type listRulesInput struct {
	page
	EventBusName, NamePrefix string
}

type listRulesOutput struct {
	Rules     []ruleShown
	NextToken string
}

type ruleShown struct {
	Name, Arn, Description, EventBusName, EventPattern, ScheduleExpression, State string
}

func (b *Buses) listRules(_ *engine.Call, in listRulesInput) (any, error) {
	bus, err := b.findBus(in.EventBusName)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range bus.Rules() {
		if strings.HasPrefix(r.Name, in.NamePrefix) {
			names = append(names, r.Name)
		}
	}
	out := &listRulesOutput{Rules: []ruleShown{}}
	if names, out.NextToken, err = in.cut(names); err != nil {
		return nil, err
	}
	for _, name := range names {
		out.Rules = append(out.Rules, bus.rules[name].show())
	}
	return out, nil
}

func (r *Rule) show() ruleShown {
	return ruleShown{Name: r.Name, Arn: r.arn, Description: r.Description, EventBusName: r.bus,
		EventPattern: r.Pattern, ScheduleExpression: r.Schedule, State: string(r.State)}
}

type ruleInput struct{ EventBusName, Name string }

func (b *Buses) ruleResource(_ *engine.Call, in ruleInput) []engine.Resource {
	if r, err := b.findRule(in.EventBusName, in.Name); err == nil {
		return platform.Resource(r.arn)
	}
	return platform.Resource(b.account.ARN("events", "rule/"+in.Name))
}

func (b *Buses) describeRule(_ *engine.Call, in ruleInput) (any, error) {
	r, err := b.findRule(in.EventBusName, in.Name)
	if err != nil {
		return nil, err
	}
	return new(r.show()), nil
}

type targetsInput struct {
	page
	EventBusName, Rule string
}

type targetsOutput struct {
	Targets   []targetShown
	NextToken string
}

type targetShown struct {
	Id, Arn, Input   string
	DeadLetterConfig *deadLetterShown `json:",omitempty"`
}

type deadLetterShown struct{ Arn string }

func (b *Buses) targetsResource(c *engine.Call, in targetsInput) []engine.Resource {
	return b.ruleResource(c, ruleInput{EventBusName: in.EventBusName, Name: in.Rule})
}

func (b *Buses) listTargets(_ *engine.Call, in targetsInput) (any, error) {
	r, err := b.findRule(in.EventBusName, in.Rule)
	if err != nil {
		return nil, err
	}
	targets := map[string]Target{}
	for _, t := range r.Targets {
		targets[t.ID] = t
	}
	out := &targetsOutput{Targets: []targetShown{}}
	ids, next, err := in.cut(slices.Sorted(maps.Keys(targets)))
	if err != nil {
		return nil, err
	}
	out.NextToken = next
	for _, id := range ids {
		t := targets[id]
		shown := targetShown{Id: t.ID, Arn: t.ARN, Input: t.Input}
		if t.DeadLetters != "" {
			shown.DeadLetterConfig = &deadLetterShown{t.DeadLetters}
		}
		out.Targets = append(out.Targets, shown)
	}
	return out, nil
}

type listBusesInput struct {
	page
	NamePrefix string
}

type listBusesOutput struct {
	EventBuses []busShown
	NextToken  string
}

type busShown struct{ Name, Arn string }

func (bus *Bus) show() busShown {
	return busShown{Name: bus.Name, Arn: bus.ARN}
}

func (b *Buses) listBuses(_ *engine.Call, in listBusesInput) (any, error) {
	names := slices.Sorted(maps.Keys(b.buses))
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, in.NamePrefix) })
	names, next, err := in.cut(names)
	if err != nil {
		return nil, err
	}
	out := &listBusesOutput{EventBuses: []busShown{}, NextToken: next}
	for _, name := range names {
		out.EventBuses = append(out.EventBuses, b.buses[name].show())
	}
	return out, nil
}

func (b *Buses) describeBus(_ *engine.Call, in struct{ Name string }) (any, error) {
	bus, err := b.findBus(in.Name)
	if err != nil {
		return nil, err
	}
	return new(bus.show()), nil
}
