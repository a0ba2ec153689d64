// Command notify is the Lambda function of that name: it loads its environment, wires its
// handler and starts.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/wiring/notifier"
)

func main() {
	env, err := boot.Load[notify.Config]()
	if err != nil {
		boot.Exit(err)
	}
	lambda.StartWithOptions(notifier.New(env).Handle, lambda.WithEnableSIGTERM())
}
