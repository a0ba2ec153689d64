// Command remediate is the Lambda function of that name: it loads its environment, wires its
// handler and starts.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
	"github.com/xks-remediator/xks-remediator/internal/wiring/remediator"
)

func main() {
	env, err := boot.Load[remediate.Config]()
	if err != nil {
		boot.Exit(err)
	}
	lambda.StartWithOptions(remediator.New(env).Handle, lambda.WithEnableSIGTERM())
}
