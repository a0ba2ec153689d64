// Command empty is the least Lambda function in Go: the cold starts of the product's
// functions are measured against it. It takes the events that they take and does nothing.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.StartWithOptions(func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
		return events.SQSEventResponse{}, nil
	}, lambda.WithEnableSIGTERM())
}
