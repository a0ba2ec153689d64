package sqs

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// Errors of https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
// and of the operations' own pages. Query is the code of the older protocol, which wins
// with clients that speak both.

func failure(code, format string, args ...any) *engine.Error {
	return &engine.Error{Code: code, Query: code, Message: fmt.Sprintf(format, args...)}
}

func missing(parameter string) *engine.Error {
	return failure("MissingParameter", "The request must contain the parameter %s.", parameter)
}

func invalid(format string, args ...any) *engine.Error {
	return failure("InvalidParameterValue", format, args...)
}

func noSuchQueue() *engine.Error {
	return &engine.Error{Code: "QueueDoesNotExist", Query: "AWS.SimpleQueueService.NonExistentQueue",
		Message: "The specified queue does not exist."}
}

func badHandle(handle string) *engine.Error {
	return failure("ReceiptHandleIsInvalid", "The input receipt handle %q is not a valid receipt handle.", handle)
}

func notInFlight(handle string) *engine.Error {
	return &engine.Error{Code: "MessageNotInflight", Query: "AWS.SimpleQueueService.MessageNotInflight",
		Message: fmt.Sprintf("The message of receipt handle %q is not in flight.", handle)}
}
