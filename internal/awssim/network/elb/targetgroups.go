package elb

import (
	"maps"
	"slices"
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type targetGroup struct {
	TargetGroupArn, TargetGroupName, Protocol string
	Port                                      int
	VpcID                                     string `xml:"VpcId"`
	HealthCheckProtocol, HealthCheckPort      string
	HealthCheckEnabled                        bool
	HealthCheckIntervalSeconds                int
	HealthCheckTimeoutSeconds                 int
	HealthyThresholdCount                     int
	UnhealthyThresholdCount                   int
	HealthCheckPath                           string
	LoadBalancerArns                          []string
	TargetType                                string
	IPAddressType                             string `xml:"IpAddressType"`
}

type describeTargetGroupsInput struct {
	paging
	LoadBalancerArn string
	TargetGroupArns []string
	Names           []string
}

type describeTargetGroupsOutput struct {
	TargetGroups []targetGroup
	NextMarker   string
}

func (a api) describeTargetGroups(_ *engine.Call, in describeTargetGroupsInput) (any, error) {
	groups, err := a.selectGroups(in)
	if err != nil {
		return nil, err
	}
	groups, next, err := page(a, in.paging, groups)
	if err != nil {
		return nil, err
	}
	out := describeTargetGroupsOutput{NextMarker: next}
	for _, tg := range groups {
		out.TargetGroups = append(out.TargetGroups, a.targetGroup(tg))
	}
	return &out, nil
}

func (a api) selectGroups(in describeTargetGroupsInput) ([]*network.TargetGroup, error) {
	groups, err := pick(a.TargetGroups, in.TargetGroupArns, aTargetGroup)
	if err != nil {
		return nil, err
	}
	if in.LoadBalancerArn != "" {
		lb, err := get(a.LoadBalancers, in.LoadBalancerArn, aBalancer)
		if err != nil {
			return nil, err
		}
		groups = slices.DeleteFunc(groups, func(tg *network.TargetGroup) bool { return !slices.Contains(a.BalancersOf(tg), lb) })
	}
	if len(in.Names) > 0 {
		groups = slices.DeleteFunc(groups, func(tg *network.TargetGroup) bool { return !slices.Contains(in.Names, tg.Name) })
		if len(groups) < len(in.Names) {
			return nil, fail(aTargetGroup.code, "%s", aTargetGroup.message)
		}
	}
	return groups, nil
}

func (a api) targetGroup(tg *network.TargetGroup) targetGroup {
	check := tg.Check
	out := targetGroup{
		TargetGroupArn: tg.ARN, TargetGroupName: tg.Name, Protocol: tg.Protocol, Port: tg.Port, VpcID: tg.VPC,
		HealthCheckProtocol: check.Protocol, HealthCheckPort: check.Port, HealthCheckEnabled: !check.Disabled, HealthCheckPath: check.Path,
		HealthCheckIntervalSeconds: int(check.Interval.Seconds()), HealthCheckTimeoutSeconds: int(check.Timeout.Seconds()),
		HealthyThresholdCount: check.Healthy, UnhealthyThresholdCount: check.Unhealthy,
		LoadBalancerArns: []string{}, TargetType: tg.Type, IPAddressType: "ipv4",
	}
	for _, lb := range a.BalancersOf(tg) {
		out.LoadBalancerArns = append(out.LoadBalancerArns, lb.ARN)
	}
	return out
}

type targetGroupInput struct{ TargetGroupArn string }

func (a api) describeTargetGroupAttributes(_ *engine.Call, in targetGroupInput) (any, error) {
	tg, err := get(a.TargetGroups, in.TargetGroupArn, aTargetGroup)
	if err != nil {
		return nil, err
	}
	return &attributesOutput{attributes(groupAttributes(tg))}, nil
}

func groupAttributes(tg *network.TargetGroup) map[string]string {
	all := maps.Clone(tg.Attributes)
	if all["deregistration_delay.timeout_seconds"] == "" {
		all["deregistration_delay.timeout_seconds"] = "300"
	}
	all[crossZone] = tg.CrossZone
	all["preserve_client_ip.enabled"] = boolean(tg.PreserveClientIP)
	all["proxy_protocol_v2.enabled"] = boolean(tg.ProxyProtocolV2)
	return all
}

type modifyTargetGroupInput struct {
	TargetGroupArn string
	Attributes     []keyValue
}

func (a api) modifiedTargetGroup(in modifyTargetGroupInput) []engine.Resource {
	return a.groupByARN(in.TargetGroupArn)
}

func (a api) groupByARN(arn string) []engine.Resource {
	if tg := a.TargetGroups[arn]; tg != nil {
		return resource(arn, tg.Tags)
	}
	return resource(arn, nil)
}

func (a api) modifyTargetGroupAttributes(c *engine.Call, in modifyTargetGroupInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"targetGroupArn": in.TargetGroupArn, "attributes": trailed(in.Attributes)}
	tg, err := get(a.TargetGroups, in.TargetGroupArn, aTargetGroup)
	if err != nil {
		return nil, err
	}
	for _, kv := range in.Attributes {
		switch kv.Key {
		case crossZone:
			tg.CrossZone = kv.Value
		case "preserve_client_ip.enabled":
			tg.PreserveClientIP = kv.Value == "true"
		case "proxy_protocol_v2.enabled":
			tg.ProxyProtocolV2 = kv.Value == "true"
		default:
			tg.Attributes[kv.Key] = kv.Value
		}
	}
	return &attributesOutput{attributes(groupAttributes(tg))}, nil
}

type target struct {
	ID               string `xml:"Id" query:"Id"`
	Port             *int
	AvailabilityZone string
}

type targetHealth struct{ State, Reason, Description string }

type healthDescription struct {
	Target          target
	HealthCheckPort string
	TargetHealth    targetHealth
}

type describeHealthInput struct {
	TargetGroupArn string
	Targets        []target
	Include        []string
}

type describeHealthOutput struct {
	TargetHealthDescriptions []healthDescription
}

// describeTargetHealth shows all targets, or those asked for; one that is not registered is
// shown as unused. The call has no pages.
func (a api) describeTargetHealth(_ *engine.Call, in describeHealthInput) (any, error) {
	tg, err := get(a.TargetGroups, in.TargetGroupArn, aTargetGroup)
	if err != nil {
		return nil, err
	}
	out := describeHealthOutput{TargetHealthDescriptions: []healthDescription{}}
	if len(in.Targets) == 0 {
		for _, t := range tg.Targets {
			out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, a.health(tg, t))
		}
	}
	for _, asked := range in.Targets {
		if t := find(tg, asked); t != nil {
			out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, a.health(tg, t))
			continue
		}
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, healthDescription{
			Target: asked, TargetHealth: targetHealth{"unused", "Target.NotRegistered", "Target is not registered to the target group"},
		})
	}
	return &out, nil
}

func (a api) health(tg *network.TargetGroup, t *network.Target) healthDescription {
	state, reason := a.Health(tg, t)
	return healthDescription{
		Target:          target{ID: t.ID, Port: new(t.Port), AvailabilityZone: a.ZoneOf(tg, t)},
		HealthCheckPort: strconv.Itoa(network.CheckPort(tg, t)),
		TargetHealth:    targetHealth{state, reason, network.HealthDescription(reason)},
	}
}

func find(tg *network.TargetGroup, asked target) *network.Target {
	port := 0
	if asked.Port != nil {
		port = *asked.Port
	}
	return tg.FindTarget(asked.ID, port)
}

type registerInput struct {
	TargetGroupArn string
	Targets        []target
}

func (a api) registeredGroup(in registerInput) []engine.Resource {
	return a.groupByARN(in.TargetGroupArn)
}

func (a api) registerTargets(c *engine.Call, in registerInput) (any, error) {
	tg, err := a.targetsOf(c, in)
	if err != nil {
		return nil, err
	}
	for _, t := range in.Targets {
		port := tg.Port
		if t.Port != nil {
			port = *t.Port
		}
		a.Register(tg, t.ID, port, t.AvailabilityZone)
	}
	return nil, nil
}

func (a api) targetsOf(c *engine.Call, in registerInput) (*network.TargetGroup, error) {
	var targets []any
	for _, t := range in.Targets {
		targets = append(targets, map[string]any{"id": t.ID})
	}
	c.Trail.RequestParameters = map[string]any{"targetGroupArn": in.TargetGroupArn, "targets": targets}
	if len(in.Targets) == 0 {
		return nil, fail("ValidationError", "At least one target must be specified")
	}
	return get(a.TargetGroups, in.TargetGroupArn, aTargetGroup)
}

func (a api) deregisterTargets(c *engine.Call, in registerInput) (any, error) {
	tg, err := a.targetsOf(c, in)
	if err != nil {
		return nil, err
	}
	for _, asked := range in.Targets {
		if find(tg, asked) == nil {
			return nil, fail("InvalidTarget", "The following targets are not registered: '%s'", asked.ID)
		}
	}
	for _, asked := range in.Targets {
		a.Deregister(tg, find(tg, asked))
	}
	return nil, nil
}

type describeTagsInput struct{ ResourceArns []string }

type describeTagsOutput struct{ TagDescriptions []tagDescription }

type tagDescription struct {
	ResourceArn string
	Tags        []keyValue
}

func (a api) describeTags(_ *engine.Call, in describeTagsInput) (any, error) {
	var out describeTagsOutput
	for _, arn := range in.ResourceArns {
		var tags map[string]string
		switch {
		case a.LoadBalancers[arn] != nil:
			tags = a.LoadBalancers[arn].Tags
		case a.TargetGroups[arn] != nil:
			tags = a.TargetGroups[arn].Tags
		case a.Listeners[arn] != nil:
			tags = a.Listeners[arn].Tags
		default:
			return nil, fail(aBalancer.code, "%s", aBalancer.message)
		}
		out.TagDescriptions = append(out.TagDescriptions, tagDescription{arn, append([]keyValue{}, attributes(tags)...)})
	}
	return &out, nil
}
