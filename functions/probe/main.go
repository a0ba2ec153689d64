// Command probe is the Lambda function of that name, which runs inside the customer's VPC. It
// has no configuration and no AWS client: nothing here could call AWS.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/xks-remediator/xks-remediator/internal/probe"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	lambda.StartWithOptions(probe.Prober{Log: log}.Handle, lambda.WithEnableSIGTERM())
}
