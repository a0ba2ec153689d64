package lambda

import (
	"context"
	"encoding/json"
	"strings"
)

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
