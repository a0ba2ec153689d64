package engine

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds what one request may hold: as much as Lambda takes for an invocation, and no
// other service takes more.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxBody = 6 << 20

// A request is what is known of a call before it is one. service is never nil: a request
// that names none gets a nameless one whose protocol is guessed, so that the refusal is readable.
type request struct {
	id        string
	service   *Service
	operation string
	principal Principal
	attempt   int
	queryMode bool
	body      []byte
	form      url.Values
}

// read finds service, principal and operation, or the reason why not.
func (s *Server) read(r *http.Request, id string) (*request, *Error) {
	req := &request{id: id, service: &Service{Protocol: guess(r)}, attempt: attempt(r),
		queryMode: strings.EqualFold(r.Header.Get("X-Amzn-Query-Mode"), "true")}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return req, &Error{Code: "RequestEntityTooLarge", Status: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("The request is longer than %d bytes.", maxBody)}
	}
	req.body = body
	scope, ok := parseScope(r.Header.Get("Authorization"))
	if !ok {
		return req, &Error{Code: "MissingAuthenticationToken", Status: http.StatusForbidden,
			Message: "Request is missing Authentication Token"}
	}
	service, ok := s.services[scope.service]
	if !ok {
		return req, &Error{Code: "UnknownService", Status: http.StatusNotFound,
			Message: "The simulator does not serve " + strconv.Quote(scope.service) + "."}
	}
	req.service = service.asSpoken(r)
	if scope.region != s.options.Region && !(service.Global && scope.region == globalRegion) {
		return req, wrongRegion(service, scope.region, s.options.Region)
	}
	if req.principal, ok = s.byKey(scope.key); !ok {
		return req, unknownKey(service)
	}
	return req, req.findOperation(r)
}

func (req *request) findOperation(r *http.Request) *Error {
	switch p := req.service.Protocol; {
	case p.rest():
		req.route(r)
	case p == RPCv2CBOR:
		req.operation = cborOperation(r.URL.Path)
	case p.json():
		req.operation = target(req.service, r.Header.Get("X-Amz-Target"))
	default:
		form, err := url.ParseQuery(string(req.body))
		if err != nil {
			return &Error{Code: "MalformedQueryString", Message: "The request is no form: " + err.Error()}
		}
		req.form, req.operation = form, form.Get("Action")
	}
	if _, ok := req.service.Operations[req.operation]; !ok {
		return unknownOperation(req.service, req.operation)
	}
	return nil
}

func (s *Server) byKey(accessKeyID string) (Principal, bool) {
	s.options.Lock.Lock()
	defer s.options.Lock.Unlock()
	return s.options.Principals.ByKey(accessKeyID)
}

// asSpoken returns the service in the protocol that the request is of: the same service but
// for that, where it speaks several.
func (s *Service) asSpoken(r *http.Request) *Service {
	if p := spoken(r); p != s.Protocol && slices.Contains(s.Spoken, p) {
		other := *s
		other.Protocol = p
		return &other
	}
	return s
}

// spoken is the protocol of a request of a service that speaks several.
func spoken(r *http.Request) Protocol {
	switch {
	case r.Header.Get(cborHeader) == cborProtocol:
		return RPCv2CBOR
	case r.Header.Get("X-Amz-Target") != "":
		return JSON10
	}
	return AWSQuery
}

// target cuts the service's prefix from X-Amz-Target.
func target(s *Service, header string) string {
	for _, prefix := range s.Targets {
		if operation, ok := strings.CutPrefix(header, prefix); ok {
			return operation
		}
	}
	return header
}

// A scope is the part of a SigV4 signature that says who calls what where.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
type scope struct{ key, region, service string }

func parseScope(authorization string) (scope, bool) {
	rest, ok := strings.CutPrefix(authorization, "AWS4-HMAC-SHA256 ")
	if !ok {
		return scope{}, false
	}
	for field := range strings.SplitSeq(rest, ",") {
		credential, ok := strings.CutPrefix(strings.TrimSpace(field), "Credential=")
		if !ok {
			continue
		}
		parts := strings.Split(credential, "/")
		if len(parts) != 5 || parts[4] != "aws4_request" {
			return scope{}, false
		}
		return scope{key: parts[0], region: parts[2], service: parts[3]}, true
	}
	return scope{}, false
}

func guess(r *http.Request) Protocol {
	if r.Header.Get("X-Amz-Target") != "" {
		return JSON11
	}
	return AWSQuery
}

func requestID(n uint64) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n)
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
