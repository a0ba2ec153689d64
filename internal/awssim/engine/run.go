package engine

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An outcome is how a call ended.
type outcome struct {
	answer any
	rest   Rest // what is left to run without the lock
	err    *Error
	fault  Fault
	at     time.Time
	record int // its place in the journal
	status int
	header http.Header
	body   []byte
}

// run makes the call under the lock: fault, IAM, operation, observer, journal. The answer
// is written out there too, since it may point into the world; that of a Rest is not there yet.
func (s *Server) run(req *request, started int) outcome {
	s.options.Lock.Lock()
	defer s.options.Lock.Unlock()
	operation := req.service.Operations[req.operation]
	unknown := &strangers{}
	c := NewCall(req.service, req.operation, req.principal, s.options.Clock.Now(), req.id, req.binder(unknown))
	c.Attempt = req.attempt
	done := outcome{at: c.Time}
	if hook := s.intercept.Load(); hook != nil {
		if fault := (*hook)(c); fault != nil {
			done.fault = *fault
		}
		*unknown = strangers{}
	}
	record := Record{Started: started, Time: c.Time, Principal: c.Principal.Name, Service: c.Service.Name,
		Operation: c.Operation, Action: c.Service.IAMPrefix + ":" + operation.action(c.Operation),
		ReadOnly: operation.ReadOnly, NotManagement: operation.NotManagement, Attempt: c.Attempt, RequestID: c.RequestID}
	if done.fault.Lose {
		record.Lost = true
		done.record = s.journal.add(record)
		return done
	}
	done.answer, done.err = s.perform(c, operation, done.fault.Error, &record)
	if done.err == nil && len(unknown.names) > 0 && !s.options.Lenient {
		done.answer, done.err = nil, unknownParameter(c.Service, unknown.names[0])
	}
	if s.options.Observe != nil {
		s.options.Observe(c, done.answer, done.err)
	}
	if done.err != nil {
		record.Err = done.err.Code
	}
	record.Lost = done.fault.Drop || done.fault.Crash != nil
	done.record = s.journal.add(record)
	if done.rest, _ = done.answer.(Rest); done.rest == nil {
		done.status, done.header, done.body = encode(req, done.answer, done.err)
	}
	return done
}

// perform authorizes and runs one operation. A panic in it is answered, not spread: the
// lock must be free for the next call, and the caller must see whose bug it is.
func (s *Server) perform(c *Call, o Operation, injected *Error, record *Record) (answer any, failure *Error) {
	defer func() {
		if p := recover(); p != nil {
			answer, failure = nil, internal(fmt.Sprintf("the simulator's %s panicked: %v", record.Action, p))
		}
	}()
	if injected != nil {
		return nil, injected
	}
	resources := []Resource{{ARN: "*"}}
	if o.Resources != nil {
		resources = o.Resources(c)
	}
	record.Resources = arns(resources)
	if !o.Free && s.options.Authorizer != nil {
		if denied := s.options.Authorizer.Authorize(c, record.Action, resources); denied != nil {
			return nil, denied
		}
	}
	answer, err := o.Do(c)
	if err == nil {
		return answer, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	return nil, internal(err.Error())
}

func internal(message string) *Error {
	return &Error{Code: "InternalFailure", Message: message, Status: http.StatusInternalServerError}
}

func (o Operation) action(name string) string {
	if o.Action != "" {
		return o.Action
	}
	return name
}

func arns(resources []Resource) []string {
	out := make([]string, len(resources))
	for i, r := range resources {
		out[i] = bounded(r.ARN)
	}
	return out
}

// bounded keeps a client's own text from filling the journal.
func bounded(s string) string {
	const most = 1024
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return s
}
