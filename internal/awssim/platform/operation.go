package platform

import "github.com/xks-remediator/xks-remediator/internal/awssim/engine"

// On returns an operation whose parameters are In: its resources and its answer are
// functions of them. A nil resources means that IAM judges the call on "*".
func On[In any](resources func(c *engine.Call, in In) []engine.Resource, do func(c *engine.Call, in In) (any, error)) engine.Operation {
	o := engine.Operation{Do: func(c *engine.Call) (any, error) {
		var in In
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
		return do(c, in)
	}}
	if resources != nil {
		o.Resources = func(c *engine.Call) []engine.Resource {
			var in In
			_ = c.Bind(&in) // the operation itself reports what cannot be read
			return resources(c, in)
		}
	}
	return o
}

// Read marks o as read-only in the eyes of CloudTrail.
func Read(o engine.Operation) engine.Operation {
	o.ReadOnly = true
	return o
}

// DataEvent marks o as none of CloudTrail's management events.
func DataEvent(o engine.Operation) engine.Operation {
	o.NotManagement = true
	return o
}

// Resource names one resource without tags for IAM.
func Resource(arn string) []engine.Resource { return []engine.Resource{{ARN: arn}} }
