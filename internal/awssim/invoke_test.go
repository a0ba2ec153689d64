package awssim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
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
		out, err := invoker(sim, who, sim.Region()).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &function, Payload: []byte(payload)})
		if err != nil {
			return "", "", codeOf(err)
		}
		return string(out.Payload), aws.ToString(out.FunctionError), ""
	}
	for name, tt := range map[string]struct{ who, function, payload, answer, failed, code string }{
		"it answers":         {awssim.Admin, "look", `"hello"`, `{"got":"hello"}`, "", ""},
		"it fails":           {awssim.Admin, "look", `"fail"`, `"errorMessage":"told to"`, "Unhandled", ""},
		"there is none":      {awssim.Admin, "gone", `"hello"`, "", "", "ResourceNotFoundException"},
		"the caller may not": {"stranger", "look", `"hello"`, "", "", "AccessDeniedException"},
		"it is no JSON":      {awssim.Admin, "look", `hello`, "", "", "InvalidRequestContentException"},
	} {
		answer, failed, code := invoke(tt.who, tt.function, tt.payload)
		if !strings.Contains(answer, tt.answer) || failed != tt.failed || code != tt.code {
			t.Errorf("%s: got %q, %q, %q; want %q, %q, %q", name, answer, failed, code, tt.answer, tt.failed, tt.code)
		}
	}
}

func invoker(sim *awssim.Sim, who, region string) *lambda.Client {
	id, secret := sim.Credentials(who)
	return lambda.New(lambda.Options{Region: region, BaseEndpoint: aws.String(sim.URL()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
}

// codeOf is an error's code of the service's own, or its text where it has none.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return err.Error()
}

// counted deploys the function and counts how often its code runs.
func counted(t *testing.T) (*awssim.Sim, *atomic.Int64) {
	t.Helper()
	sim, ran := start(t), &atomic.Int64{}
	_, err := sim.Deploy([]byte(invocable), nil, map[string]awssim.Function{"LookFunction": func(_ context.Context, _ []byte) ([]byte, error) {
		ran.Add(1)
		return []byte("{}"), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return sim, ran
}

func TestAnInvokeIsACallAsAnyOther(t *testing.T) {
	t.Parallel()
	in := &lambda.InvokeInput{FunctionName: aws.String("look"), Payload: []byte("1")}
	tests := map[string]struct {
		fault *engine.Fault
		code  string // of the client's error
		ran   int64
		err   string // in the journal
		lost  bool
	}{
		"answered":                  {nil, "", 1, "", false},
		"throttled":                 {&engine.Fault{Error: &engine.Error{Code: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded."}}, "TooManyRequestsException", 0, "TooManyRequestsException", false},
		"lost on the way there":     {&engine.Fault{Lose: true}, "EOF", 0, "", true},
		"its answer lost on return": {&engine.Fault{Drop: true}, "EOF", 1, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, ran := counted(t)
			sim.Intercept(func(*engine.Call) *engine.Fault { return tt.fault })
			_, err := invoker(sim, awssim.Admin, sim.Region()).Invoke(t.Context(), in)
			if (err == nil) != (tt.code == "") || err != nil && !strings.Contains(codeOf(err), tt.code) {
				t.Errorf("the client has %v, want %q", err, tt.code)
			}
			if ran.Load() != tt.ran {
				t.Errorf("the function ran %d times, want %d", ran.Load(), tt.ran)
			}
			calls := sim.Calls()
			if len(calls) != 1 {
				t.Fatalf("the journal has %d calls", len(calls))
			}
			c := calls[0]
			if c.Service != "lambda" || c.Operation != "Invoke" || c.Action != "lambda:InvokeFunction" || c.Principal != awssim.Admin || !c.NotManagement || c.Err != tt.err || c.Lost != tt.lost || c.Ended == 0 {
				t.Errorf("the journal has %+v", c)
			}
			judged := tt.fault == nil || tt.fault.Drop
			if judged && !slices.Equal(c.Resources, []string{"arn:aws:lambda:eu-central-1:111122223333:function:look"}) {
				t.Errorf("IAM judged %v", c.Resources)
			}
		})
	}
}

func TestAnInvokeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	sim, ran := counted(t)
	whole := func() *lambda.InvokeInput { return &lambda.InvokeInput{FunctionName: aws.String("look")} }
	later, told, versioned := whole(), whole(), whole()
	later.InvocationType, told.LogType, versioned.Qualifier = types.InvocationTypeEvent, types.LogTypeTail, aws.String("7")
	for name, tt := range map[string]struct {
		client *lambda.Client
		in     *lambda.InvokeInput
		code   string
	}{
		"without waiting":             {invoker(sim, awssim.Admin, sim.Region()), later, "InvalidParameterValueException"},
		"with the end of its log":     {invoker(sim, awssim.Admin, sim.Region()), told, "InvalidParameterValueException"},
		"of a version":                {invoker(sim, awssim.Admin, sim.Region()), versioned, "InvalidParameterValueException"},
		"in another Region":           {invoker(sim, awssim.Admin, "us-west-2"), whole(), "InvalidSignatureException"},
		"by its ARN, which is no one": {invoker(sim, awssim.Admin, sim.Region()), &lambda.InvokeInput{FunctionName: aws.String("arn:aws:lambda:eu-central-1:111122223333:function:gone")}, "ResourceNotFoundException"},
	} {
		if _, err := tt.client.Invoke(t.Context(), tt.in); err == nil || codeOf(err) != tt.code {
			t.Errorf("%s: got %v, want %s", name, err, tt.code)
		}
	}
	if _, err := invoker(sim, awssim.Admin, sim.Region()).ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err == nil || codeOf(err) != "UnknownOperationException" {
		t.Errorf("an operation that is not served: got %v", err)
	}
	if ran.Load() != 0 {
		t.Errorf("the function ran %d times", ran.Load())
	}
}
