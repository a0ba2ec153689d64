//go:build e2e

package wire

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// seeFunctions invokes a function as a person does who tries it out: by its name and by its
// ARN, with an empty batch and with an event that it cannot read.
func (g *tourist) seeFunctions() {
	functions := lambda.NewFromConfig(g.cfg)
	i := slices.IndexFunc(g.stack.Functions, func(f template.Function) bool { return f.LogicalID == rehearse.NotifyFunction })
	name, arn := g.stack.Functions[i].Name, g.stack.Functions[i].ARN
	empty := []byte(`{"Records":[]}`)
	for _, one := range []struct {
		function string
		payload  []byte
		failed   string
	}{{name, empty, ""}, {arn, empty, ""}, {name, []byte(`{"Records":"grüße"}`), "Unhandled"}} {
		out, err := functions.Invoke(g.ctx, &lambda.InvokeInput{FunctionName: &one.function, Payload: one.payload})
		g.ok(out, err)
		if err == nil && aws.ToString(out.FunctionError) != one.failed {
			g.t.Errorf("the tour: invoking %s with %s ended with %q, want %q", one.function, one.payload, aws.ToString(out.FunctionError), one.failed)
		}
	}
	g.want("ResourceNotFoundException")(functions.Invoke(g.ctx, &lambda.InvokeInput{FunctionName: text("nobodys-function"), Payload: empty}))
	g.want("InvalidRequestContentException")(functions.Invoke(g.ctx, &lambda.InvokeInput{FunctionName: &name, Payload: []byte("{")}))
}
