package awssim_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
)

func start(t *testing.T) *awssim.Sim {
	t.Helper()
	s := awssim.New(awssim.Options{})
	t.Cleanup(s.Close)
	return s
}

// as returns an SDK configuration that signs as a principal of s.
func as(s *awssim.Sim, principal string) aws.Config {
	id, secret := s.Credentials(principal)
	return aws.Config{Region: s.Region(), BaseEndpoint: aws.String(s.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
}

// deploy puts testdata/stack.yaml into s with the given code.
func deploy(t *testing.T, s *awssim.Sim, worker awssim.Function) *awssim.Stack {
	t.Helper()
	source, err := os.ReadFile("testdata/stack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stack, err := s.Deploy(source, nil, map[string]awssim.Function{"Worker": worker})
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

// idle is a function that does nothing.
func idle(context.Context, []byte) ([]byte, error) { return nil, nil }

// bodies returns the message bodies of an SQS event.
func bodies(payload []byte) []string {
	var event struct{ Records []struct{ Body string } }
	if err := json.Unmarshal(payload, &event); err != nil {
		panic(err)
	}
	var out []string
	for _, r := range event.Records {
		out = append(out, r.Body)
	}
	return out
}

// code returns the error code of an AWS error; empty for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return "no AWS error: " + err.Error()
}
