package lambda

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// invokeInput is what the path, the headers and the body of an Invoke say.
type invokeInput struct {
	FunctionName   string
	InvocationType string
	Payload        string `query:"Body"`
}

// Service returns AWS Lambda as its clients see it. Functions run until ctx ends, also when
// the client that invoked one has left.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (l *Lambda) Service(ctx context.Context) *engine.Service {
	invoke := platform.DataEvent(platform.On(
		func(_ *engine.Call, in invokeInput) []engine.Resource {
			return platform.Resource(l.arn(in.FunctionName))
		},
		func(_ *engine.Call, in invokeInput) (any, error) { return l.invocation(ctx, in) }))
	invoke.Action = "InvokeFunction"
	return &engine.Service{
		Name: "lambda", IAMPrefix: "lambda", Protocol: engine.RESTJSON, Version: "2015-03-31", Route: route,
		Headers: map[string]string{
			"X-Amz-Invocation-Type": "InvocationType", "X-Amz-Log-Type": "LogType", "X-Amz-Client-Context": "ClientContext",
			"X-Amz-Durable-Execution-Name": "DurableExecutionName", "X-Amz-Tenant-Id": "TenantId",
		},
		Operations: map[string]engine.Operation{"Invoke": invoke},
	}
}

func route(method, path string) (string, map[string]string) {
	rest, ours := strings.CutPrefix(path, "/2015-03-31/functions/")
	name, invoked := strings.CutSuffix(rest, "/invocations")
	if !ours || !invoked || method != http.MethodPost || strings.Contains(name, "/") {
		return "", nil
	}
	return "Invoke", map[string]string{"FunctionName": name}
}

// invocation finds the function and leaves it to run without the lock: it calls back.
func (l *Lambda) invocation(ctx context.Context, in invokeInput) (any, error) {
	f := l.Named(in.FunctionName)
	switch {
	case f == nil:
		return nil, refusal("ResourceNotFoundException", http.StatusNotFound, "Message", "Function not found: "+l.arn(in.FunctionName))
	case in.InvocationType != "" && in.InvocationType != "RequestResponse":
		return nil, refusal("InvalidParameterValueException", http.StatusBadRequest, "message", "The simulator invokes with RequestResponse alone.")
	case in.Payload != "" && !json.Valid([]byte(in.Payload)):
		return nil, refusal("InvalidRequestContentException", http.StatusBadRequest, "message", "Could not parse request body into json.")
	}
	return engine.Rest(func() engine.Payload {
		answer, failed := f.Invoke(ctx, []byte(in.Payload))
		header := map[string]string{"X-Amz-Executed-Version": "$LATEST"}
		if failed != "" {
			header["X-Amz-Function-Error"] = failed
		}
		return engine.Payload{Header: header, Body: answer}
	}), nil
}

// refusal is an error of Lambda's own, some of which spell their message with a capital letter.
func refusal(code string, status int, spelled, message string) *engine.Error {
	return &engine.Error{Code: code, Status: status, Message: message, Members: map[string]any{"Type": "User", spelled: message}}
}

// arn is that of the function which a caller names, whether there is one or not.
func (l *Lambda) arn(nameOrARN string) string {
	if f := l.Named(nameOrARN); f != nil {
		return f.ARN
	}
	if strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	return l.account.ARN("lambda", "function:"+nameOrARN)
}

// Named returns a function by what Invoke may be given: its name or its ARN.
func (l *Lambda) Named(nameOrARN string) *Function {
	for _, f := range l.functions {
		if f.ARN == nameOrARN || strings.HasSuffix(f.ARN, ":function:"+nameOrARN) {
			return f
		}
	}
	return nil
}

// Invoke runs the function at once, as a caller who waits for its answer has it, without the
// simulator's lock. Failed is what X-Amz-Function-Error says; the payload then tells why.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (f *Function) Invoke(ctx context.Context, payload []byte) (answer []byte, failed string) {
	answer, err := f.invoke(ctx, payload)
	if err == nil {
		return answer, ""
	}
	said, err := json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": "errorString"})
	if err != nil {
		panic("marshalling two strings failed: " + err.Error())
	}
	return said, "Unhandled"
}
