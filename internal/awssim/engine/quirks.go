package engine

import (
	"fmt"
	"net/http"
	"strconv"
)

// What services say differently from each other in the same situation.

func (p Protocol) json() bool { return p == JSON10 || p == JSON11 }
func (p Protocol) rest() bool { return p == RESTXML || p == RESTJSON }
func (p Protocol) xml() bool  { return p == EC2Query || p == AWSQuery || p == RESTXML }

// queryCompatible says whether clients of the query protocol came first, and know errors by
// other codes.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
func (s *Service) queryCompatible() bool { return s.Name == "sqs" || s.Name == "monitoring" }

// errorNamespaces stands before the code in __type.
var errorNamespaces = map[string]string{
	"dynamodb":   "com.amazonaws.dynamodb.v20120810#",
	"sqs":        "com.amazonaws.sqs#",
	"monitoring": "com.amazonaws.cloudwatch#",
}

// namespace is the XML namespace of a query service's answers. Only STS's and Route 53's begin
// with https:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func namespace(s *Service) string {
	scheme := "http"
	if s.Name == "sts" || s.Protocol == RESTXML {
		scheme = "https"
	}
	return scheme + "://" + s.Name + ".amazonaws.com/doc/" + s.Version + "/"
}

// Denied returns the service's own access-denied error with message.
func (s *Service) Denied(message string) *Error {
	switch {
	case s.Protocol == EC2Query:
		return &Error{Code: "UnauthorizedOperation", Status: http.StatusForbidden,
			Message: "You are not authorized to perform this operation. " + message}
	case s.Name == "sns":
		return &Error{Code: "AuthorizationError", Status: http.StatusForbidden, Message: message}
	case s.Protocol == AWSQuery || s.Protocol == RESTXML:
		return &Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: message}
	case s.Protocol == RESTJSON:
		return &Error{Code: "AccessDeniedException", Status: http.StatusForbidden, Message: message, Members: map[string]any{"Message": message}}
	case s.queryCompatible():
		return &Error{Code: "AccessDeniedException", Query: "AccessDenied", Status: http.StatusForbidden, Message: message}
	}
	return &Error{Code: "AccessDeniedException", Message: message}
}

// Throttled returns the service's own answer to too many calls.
func (s *Service) Throttled() *Error {
	switch {
	case s.Protocol == EC2Query:
		return &Error{Code: "RequestLimitExceeded", Status: http.StatusServiceUnavailable, Message: "Request limit exceeded."}
	case s.Protocol == AWSQuery || s.Protocol == RESTXML:
		return &Error{Code: "Throttling", Message: "Rate exceeded"}
	case s.Name == "lambda":
		return &Error{Code: "TooManyRequestsException", Status: http.StatusTooManyRequests, Message: "Rate Exceeded.",
			Members: map[string]any{"Type": "User", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}}
	case s.Name == "sqs":
		return &Error{Code: "RequestThrottled", Query: "RequestThrottled", Message: "Rate exceeded"}
	case s.Name == "monitoring":
		return &Error{Code: "ThrottlingException", Query: "Throttling", Message: "Rate exceeded"}
	case s.Name == "kms":
		return &Error{Code: "ThrottlingException",
			Message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."}
	}
	return &Error{Code: "ThrottlingException", Message: "Rate exceeded"}
}

// Malformed returns the service's own answer to parameters that it cannot read.
func (s *Service) Malformed(message string) *Error {
	switch {
	case s.Protocol == EC2Query:
		return &Error{Code: "InvalidParameterValue", Message: message}
	case s.Protocol == AWSQuery:
		return &Error{Code: "ValidationError", Message: message}
	case s.Protocol == RESTXML:
		return &Error{Code: "InvalidInput", Message: message}
	case s.Name == "lambda":
		return &Error{Code: "InvalidParameterValueException", Message: message, Members: map[string]any{"Type": "User"}}
	case s.Name == "monitoring":
		return &Error{Code: "ValidationException", Query: "ValidationError", Message: message}
	}
	return &Error{Code: "ValidationException", Message: message}
}

func unknownParameter(s *Service, name string) *Error {
	e := s.Malformed(fmt.Sprintf("The parameter %s is not recognized by the simulator.", bounded(name)))
	if s.Protocol == EC2Query {
		e.Code = "UnknownParameter"
	}
	return e
}

func unknownKey(s *Service) *Error {
	const message = "The security token included in the request is invalid."
	switch s.Protocol {
	case EC2Query:
		return &Error{Code: "AuthFailure", Status: http.StatusUnauthorized,
			Message: "AWS was not able to validate the provided access credentials"}
	case AWSQuery, RESTXML:
		return &Error{Code: "InvalidClientTokenId", Status: http.StatusForbidden, Message: message}
	}
	e := &Error{Code: "UnrecognizedClientException", Message: message}
	if s.Protocol == RESTJSON {
		e.Status = http.StatusForbidden
	}
	if s.queryCompatible() {
		e.Query = "InvalidClientTokenId"
	}
	return e
}

func wrongRegion(s *Service, signed, served string) *Error {
	e := &Error{Code: "InvalidSignatureException", Status: http.StatusForbidden,
		Message: fmt.Sprintf("Credential should be scoped to a valid region. The request is for %s; the simulator serves %s only.",
			strconv.Quote(bounded(signed)), strconv.Quote(served))}
	switch {
	case s.Protocol.xml():
		e.Code = "SignatureDoesNotMatch"
	case s.queryCompatible():
		e.Query = "SignatureDoesNotMatch"
	}
	return e
}

func unknownOperation(s *Service, operation string) *Error {
	message := fmt.Sprintf("The simulator does not know the operation %s of %s.", strconv.Quote(bounded(operation)), s.Name)
	if !s.Protocol.xml() {
		return &Error{Code: "UnknownOperationException", Message: message}
	}
	return &Error{Code: "InvalidAction", Message: message}
}
