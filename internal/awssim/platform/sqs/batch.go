package sqs

import (
	"errors"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

type batchID struct{ Id string }

type failedEntry struct {
	batchID
	Code, Message string
	SenderFault   bool
}

func failed(id string, err error) failedEntry {
	f := failedEntry{batchID: batchID{id}, Code: "InternalError", Message: err.Error()}
	if e, ok := errors.AsType[*engine.Error](err); ok {
		f.Code, f.Message, f.SenderFault = e.Code, e.Message, true
	}
	return f
}

// checkBatch says whether a batch as a whole is well formed.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
func checkBatch(ids []string) error {
	const most = 10
	switch {
	case len(ids) == 0:
		return &engine.Error{Code: "EmptyBatchRequest", Query: "AWS.SimpleQueueService.EmptyBatchRequest",
			Message: "There should be at least one entry in the request."}
	case len(ids) > most:
		return &engine.Error{Code: "TooManyEntriesInBatchRequest", Query: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
			Message: "Maximum number of entries per request are 10."}
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			return &engine.Error{Code: "BatchEntryIdsNotDistinct", Query: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
				Message: "Id " + id + " repeated."}
		}
		seen[id] = true
	}
	return nil
}
