package elb

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type listener struct {
	ListenerArn, LoadBalancerArn, Protocol string
	Port                                   int
	DefaultActions                         []action
}

// An action is what a listener does; a Network Load Balancer's can only forward.
type action struct {
	Type           string
	TargetGroupArn string
	Order          *int
	ForwardConfig  *forwardConfig
}

type forwardConfig struct {
	TargetGroups                []tuple
	TargetGroupStickinessConfig *stickiness
}

type tuple struct {
	TargetGroupArn string
	Weight         *int
}

type stickiness struct {
	Enabled         bool
	DurationSeconds *int
}

func describe(l *network.Listener) listener {
	return listener{ListenerArn: l.ARN, LoadBalancerArn: l.Balancer, Protocol: l.Protocol, Port: l.Port, DefaultActions: actions(l)}
}

func actions(l *network.Listener) []action {
	if len(l.Forward) == 0 {
		return []action{}
	}
	a := action{Type: "forward", ForwardConfig: &forwardConfig{}}
	for _, f := range l.Forward {
		a.ForwardConfig.TargetGroups = append(a.ForwardConfig.TargetGroups, tuple{f.TargetGroup, &f.Weight})
	}
	if len(l.Forward) == 1 {
		a.TargetGroupArn = l.Forward[0].TargetGroup
	}
	return []action{a}
}

type describeListenersInput struct {
	paging
	LoadBalancerArn string
	ListenerArns    []string
}

type describeListenersOutput struct {
	Listeners  []listener
	NextMarker string
}

func (a api) describeListeners(_ *engine.Call, in describeListenersInput) (any, error) {
	listeners, err := pick(a.Listeners, in.ListenerArns, aListener)
	if err != nil {
		return nil, err
	}
	if in.LoadBalancerArn != "" {
		lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
		if err != nil {
			return nil, err
		}
		listeners = a.ListenersOf(lb)
	} else if len(in.ListenerArns) == 0 {
		return nil, fail("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
	}
	listeners, next, err := page(a, in.paging, listeners)
	out := describeListenersOutput{NextMarker: next}
	for _, l := range listeners {
		out.Listeners = append(out.Listeners, describe(l))
	}
	return &out, err
}

type describeRulesInput struct {
	paging
	ListenerArn string
	RuleArns    []string
}

type describeRulesOutput struct {
	Rules      []rule
	NextMarker string
}

type rule struct {
	RuleArn, Priority string
	IsDefault         bool
	Actions           []action
}

// describeRules shows the one rule that a Network Load Balancer's listener has: its default.
func (a api) describeRules(_ *engine.Call, in describeRulesInput) (any, error) {
	l, err := get(a.Listeners, in.ListenerArn, aListener)
	if err != nil {
		return nil, err
	}
	rules := []rule{{RuleArn: l.ARN + "/default", Priority: "default", IsDefault: true, Actions: actions(l)}}
	rules, next, err := page(a, in.paging, rules)
	if err != nil {
		return nil, err
	}
	return &describeRulesOutput{Rules: rules, NextMarker: next}, nil
}

// listenerSettings are the parameters that creating and modifying a listener share. Those of
// TLS are taken and not kept: no check here looks at them.
type listenerSettings struct {
	Protocol       string
	Port           *int
	DefaultActions []action
	SslPolicy      string
	AlpnPolicy     []string
	Certificates   []struct {
		CertificateArn string
		IsDefault      *bool
	}
}

type createListenerInput struct {
	listenerSettings
	LoadBalancerArn string
	Tags            []keyValue
}

func (a api) createdOn(in createListenerInput) []engine.Resource {
	return a.balancerByARN(in.LoadBalancerArn)
}

func (a api) createListener(c *engine.Call, in createListenerInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"loadBalancerArn": in.LoadBalancerArn, "protocol": in.Protocol}
	lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
	if err != nil {
		return nil, err
	}
	if in.Port == nil {
		return nil, fail("ValidationError", "A listener port must be specified")
	}
	c.Trail.RequestParameters["port"] = *in.Port
	if slices.ContainsFunc(a.ListenersOf(lb), func(l *network.Listener) bool { return l.Port == *in.Port }) {
		return nil, fail("DuplicateListener", "A listener already exists on this port for this load balancer '%s'", lb.ARN)
	}
	forward, err := a.forwards(in.DefaultActions)
	if err != nil {
		return nil, err
	}
	l := a.AddListener(lb, in.Protocol, *in.Port, nil)
	l.Forward = forward
	for _, t := range in.Tags {
		l.Tags[t.Key] = t.Value
	}
	return &describeListenersOutput{Listeners: []listener{describe(l)}}, nil
}

// forwards reads the target groups to which actions forward, or says what is wrong with them.
func (a api) forwards(actions []action) ([]network.Forward, error) {
	if len(actions) != 1 || actions[0].Type != "forward" {
		return nil, fail("InvalidLoadBalancerAction", "A listener of a network load balancer has one action, of type forward")
	}
	config := actions[0].ForwardConfig
	if config == nil {
		config = &forwardConfig{TargetGroups: []tuple{{TargetGroupArn: actions[0].TargetGroupArn}}}
	}
	var out []network.Forward
	for _, t := range config.TargetGroups {
		if _, err := get(a.TargetGroups, t.TargetGroupArn, aTargetGroup); err != nil {
			return nil, err
		}
		weight := 1
		if t.Weight != nil {
			weight = *t.Weight
		}
		out = append(out, network.Forward{TargetGroup: t.TargetGroupArn, Weight: weight})
	}
	return out, nil
}

type modifyListenerInput struct {
	listenerSettings
	ListenerArn string
}

func (a api) modifiedListener(in modifyListenerInput) []engine.Resource {
	return a.listenerByARN(in.ListenerArn)
}

func (a api) listenerByARN(arn string) []engine.Resource {
	if l := a.Listeners[arn]; l != nil {
		return resource(arn, l.Tags)
	}
	return resource(arn, nil)
}

func (a api) modifyListener(c *engine.Call, in modifyListenerInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"listenerArn": in.ListenerArn}
	l, err := get(a.Listeners, in.ListenerArn, aListener)
	if err != nil {
		return nil, err
	}
	forward := l.Forward
	if len(in.DefaultActions) > 0 {
		if forward, err = a.forwards(in.DefaultActions); err != nil {
			return nil, err
		}
	}
	l.Forward = forward
	if in.Port != nil {
		l.Port = *in.Port
	}
	if in.Protocol != "" {
		l.Protocol = in.Protocol
	}
	return &describeListenersOutput{Listeners: []listener{describe(l)}}, nil
}

type deleteListenerInput struct{ ListenerArn string }

func (a api) deletedListener(in deleteListenerInput) []engine.Resource {
	return a.listenerByARN(in.ListenerArn)
}

func (a api) deleteListener(c *engine.Call, in deleteListenerInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"listenerArn": in.ListenerArn}
	if _, err := get(a.Listeners, in.ListenerArn, aListener); err != nil {
		return nil, err
	}
	delete(a.Listeners, in.ListenerArn)
	return nil, nil
}
