package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// failures returns the IDs of the messages that an invocation did not do. Without partial
// responses a batch is done or failed as a whole; with them a response that cannot be
// understood fails the whole batch.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func failures(partial bool, inv *Invocation) (map[string]bool, error) {
	if inv.err != nil {
		return all(inv), nil
	}
	if !partial {
		return nil, nil
	}
	failed, err := named(inv)
	if err != nil {
		return all(inv), fmt.Errorf("reading the response of %s: %w", inv.poller.Function, err)
	}
	return failed, nil
}

func all(inv *Invocation) map[string]bool {
	ids := map[string]bool{}
	for _, m := range inv.batch {
		ids[m.ID] = true
	}
	return ids
}

// named returns the identifiers that the response lists. An empty response and an empty
// or absent list mean that all is done.
func named(inv *Invocation) (map[string]bool, error) {
	if len(bytes.TrimSpace(inv.response)) == 0 {
		return nil, nil
	}
	var response *struct {
		Failures []map[string]json.RawMessage `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(inv.response, &response); err != nil {
		return nil, err
	}
	if response == nil {
		return nil, nil
	}
	known, failed := all(inv), map[string]bool{}
	for _, failure := range response.Failures {
		var id string
		raw, present := failure["itemIdentifier"]
		if !present {
			return nil, fmt.Errorf("an entry of batchItemFailures has no itemIdentifier")
		}
		if err := json.Unmarshal(raw, &id); err != nil || !known[id] {
			return nil, fmt.Errorf("itemIdentifier %s names no message of the batch", raw)
		}
		failed[id] = true
	}
	return failed, nil
}
