package awssim_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
)

const invocable = `
Transform: AWS::Serverless-2016-10-31
Resources:
  LookRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
  LookFunction:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: look, Handler: bootstrap, Runtime: provided.al2023, CodeUri: ., Role: !GetAtt LookRole.Arn}
`

func TestAFunctionIsInvokedByItsNameAndOnlyByWhoMay(t *testing.T) {
	t.Parallel()
	sim := start(t)
	_, err := sim.Deploy([]byte(invocable), nil, map[string]awssim.Function{"LookFunction": func(_ context.Context, payload []byte) ([]byte, error) {
		if string(payload) == `"fail"` {
			return nil, errors.New("told to")
		}
		sim.Now() // a function calls back: the lock is free
		return append([]byte(`{"got":`), append(payload, '}')...), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	sim.AddRole("stranger")
	invoke := func(who, function, payload string) (string, string, string) {
		id, secret := sim.Credentials(who)
		client := lambda.New(lambda.Options{Region: sim.Region(), BaseEndpoint: aws.String(sim.URL()), Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), RetryMaxAttempts: 1})
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &function, Payload: []byte(payload)})
		if err != nil {
			if api, ok := errors.AsType[smithy.APIError](err); ok {
				return "", "", api.ErrorCode()
			}
			return "", "", err.Error()
		}
		return string(out.Payload), aws.ToString(out.FunctionError), ""
	}
	for name, tt := range map[string]struct{ who, function, payload, answer, failed, code string }{
		"it answers":         {awssim.Admin, "look", `"hello"`, `{"got":"hello"}`, "", ""},
		"it fails":           {awssim.Admin, "look", `"fail"`, `"errorMessage":"told to"`, "Unhandled", ""},
		"there is none":      {awssim.Admin, "gone", `"hello"`, "", "", "ResourceNotFoundException"},
		"the caller may not": {"stranger", "look", `"hello"`, "", "", "AccessDeniedException"},
	} {
		answer, failed, code := invoke(tt.who, tt.function, tt.payload)
		if !strings.Contains(answer, tt.answer) || failed != tt.failed || code != tt.code {
			t.Errorf("%s: got %q, %q, %q; want %q, %q, %q", name, answer, failed, code, tt.answer, tt.failed, tt.code)
		}
	}
}
