// Command probe is the Lambda function of that name, which runs inside the customer's VPC. It
// has no configuration and no AWS client: nothing here could call AWS.
package main

import (
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/xks-remediator/xks-remediator/internal/probe"
)

func main() {
	own := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	log.SetFlags(0)
	log.SetOutput(probe.RuntimeLog{Log: own}) // the runtime client's way to speak
	lambda.StartWithOptions(probe.Prober{Log: own}.Handle, lambda.WithEnableSIGTERM())
}
