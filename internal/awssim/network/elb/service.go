// Package elb serves, over the simulated world, the operations of Elastic Load Balancing
// (version 2) that touch the path of an external key store.
package elb

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// api answers Elastic Load Balancing's calls over one world.
type api struct{ *network.World }

// Service returns Elastic Load Balancing over w.
func Service(w *network.World) *engine.Service {
	a := api{w}
	return &engine.Service{
		Name: "elasticloadbalancing", IAMPrefix: "elasticloadbalancing", Protocol: engine.AWSQuery, Version: "2015-12-01",
		Operations: map[string]engine.Operation{
			"DescribeLoadBalancers":          serve.Reads(nil, a.describeBalancers),
			"DescribeLoadBalancerAttributes": serve.Reads(nil, a.describeBalancerAttributes),
			"ModifyLoadBalancerAttributes":   serve.Writes(a.modifiedBalancer, a.modifyBalancerAttributes),
			"SetSecurityGroups":              serve.Writes(a.regroupedBalancer, a.setSecurityGroups),
			"SetSubnets":                     serve.Writes(a.movedBalancer, a.setSubnets),
			"DescribeListeners":              serve.Reads(nil, a.describeListeners),
			"DescribeRules":                  serve.Reads(nil, a.describeRules),
			"CreateListener":                 serve.Writes(a.createdOn, a.createListener),
			"ModifyListener":                 serve.Writes(a.modifiedListener, a.modifyListener),
			"DeleteListener":                 serve.Writes(a.deletedListener, a.deleteListener),
			"DescribeTargetGroups":           serve.Reads(nil, a.describeTargetGroups),
			"DescribeTargetGroupAttributes":  serve.Reads(nil, a.describeTargetGroupAttributes),
			"ModifyTargetGroupAttributes":    serve.Writes(a.modifiedTargetGroup, a.modifyTargetGroupAttributes),
			"DescribeTargetHealth":           serve.Reads(nil, a.describeTargetHealth),
			"RegisterTargets":                serve.Writes(a.registeredGroup, a.registerTargets),
			"DeregisterTargets":              serve.Writes(a.registeredGroup, a.deregisterTargets),
			"DescribeTags":                   serve.Reads(nil, a.describeTags),
		},
	}
}

// A kind is how Elastic Load Balancing speaks of a kind of resource that is not there.
type kind struct{ code, message string }

var (
	aBalancer    = kind{"LoadBalancerNotFound", "One or more load balancers not found"}
	aListener    = kind{"ListenerNotFound", "One or more listeners not found"}
	aTargetGroup = kind{"TargetGroupNotFound", "One or more target groups not found"}
)

// get returns the resource with an ARN, or its kind's error.
func get[T any](from map[string]T, arn string, k kind) (T, error) {
	item, ok := from[arn]
	switch {
	case ok:
		return item, nil
	case !strings.HasPrefix(arn, "arn:aws:elasticloadbalancing:"):
		return item, fail("ValidationError", "'%s' is not a valid ARN", arn)
	}
	return item, fail(k.code, "%s", k.message)
}

// pick returns the resources with the given ARNs, in order of ARN, or all where none is given.
func pick[T any](from map[string]T, arns []string, k kind) ([]T, error) {
	if len(arns) == 0 {
		return network.Sorted(from), nil
	}
	wanted := map[string]T{}
	for _, arn := range arns {
		item, err := get(from, arn, k)
		if err != nil {
			return nil, err
		}
		wanted[arn] = item
	}
	return network.Sorted(wanted), nil
}

// paging is what all calls that page have in common.
type paging struct {
	Marker   string
	PageSize *int
}

func page[T any](a api, in paging, items []T) ([]T, string, error) {
	most := 0
	if in.PageSize != nil {
		most = *in.PageSize
		if most < 1 || most > 400 {
			return nil, "", fail("ValidationError", "Page size must be between 1 and 400")
		}
	}
	part, next, ok := serve.Page(items, in.Marker, most, a.PageSize)
	if !ok {
		return nil, "", fail("ValidationError", "'%s' is not a valid marker", in.Marker)
	}
	return part, next, nil
}

// resource is what IAM judges a write on.
func resource(arn string, tags map[string]string) []engine.Resource {
	return []engine.Resource{{ARN: arn, Tags: tags}}
}

func fail(code, format string, args ...any) error {
	return &engine.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
