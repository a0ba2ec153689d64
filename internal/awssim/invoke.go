package awssim

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/lambda"
)

// maxInvocation is the most that Lambda takes as a payload.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxInvocation = 6 << 20

// invocable serves Lambda's Invoke (restJson1) beside the other services. A function calls back,
// so that it runs without the lock under which all other calls run.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (s *Sim) invocable(others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
		name, ok2 := strings.CutSuffix(rest, "/invocations")
		if !ok || !ok2 || r.Method != http.MethodPost {
			others.ServeHTTP(w, r)
			return
		}
		function, refused := s.mayInvoke(r, name)
		if refused != nil {
			body, _ := json.Marshal(map[string]string{"Message": refused.Message})
			w.Header().Set("X-Amzn-Errortype", refused.Code)
			w.WriteHeader(refused.Status)
			_, _ = w.Write(body) // a client that left has no use for the error
			return
		}
		payload, err := io.ReadAll(io.LimitReader(r.Body, maxInvocation))
		if err != nil {
			return // the client left
		}
		answer, failed := function.Invoke(s.ctx, payload)
		if failed != "" {
			w.Header().Set("X-Amz-Function-Error", failed)
		}
		_, _ = w.Write(answer)
	})
}

// mayInvoke finds the function and holds the caller against IAM.
func (s *Sim) mayInvoke(r *http.Request, name string) (*lambda.Function, *engine.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(scope, "/")
	p, known := s.IAM.ByKey(key)
	if !known {
		return nil, &engine.Error{Code: "UnrecognizedClientException", Status: http.StatusForbidden, Message: "The security token included in the request is invalid."}
	}
	function := s.Lambda.Named(name)
	if function == nil {
		return nil, &engine.Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Function not found: " + name}
	}
	call := engine.NewCall(&engine.Service{Name: "lambda", Protocol: engine.JSON11}, "Invoke", p, s.account.Now(), "", func(any) error { return nil })
	if denied := s.IAM.Authorize(call, "lambda:InvokeFunction", []engine.Resource{{ARN: function.ARN}}); denied != nil {
		denied.Status = http.StatusForbidden
		return nil, denied
	}
	return function, nil
}
