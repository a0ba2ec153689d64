// Command diagnose is the Lambda function of that name: it loads its environment, wires its
// handler and starts.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/wiring/diagnoser"
)

func main() {
	env, err := boot.Load[diagnose.Config]()
	if err != nil {
		boot.Exit(err)
	}
	lambda.StartWithOptions(diagnoser.New(env).Handle, lambda.WithEnableSIGTERM())
}
