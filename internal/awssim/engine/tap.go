package engine

import (
	"net/http"
	"time"
)

// An Exchange is one request and its answer as they went over the wire.
type Exchange struct {
	RequestID string    // as the journal's Record has it
	Service   string    // empty where the request named none
	Operation string    // as the request spelled it
	Principal string    // Principal.Name
	Time      time.Time // simulated

	Method   string
	Path     string // with the query, as it was sent
	Host     string
	Header   http.Header // of the request
	Body     []byte      // of the request
	Status   int         // 0 where the answer was lost, and then there is neither header nor body
	Answered http.Header // of the answer, without what net/http adds by itself
	Answer   []byte      // body of the answer
}

// A Tap sees each exchange that the journal has, before the answer leaves: a client that was
// answered finds its exchange told. It is called without the lock and by several goroutines
// at once, and must not change what it is given.
type Tap func(Exchange)

// tell hands one exchange to the tap. A status of 0 says that nobody gets the answer.
func (s *Server) tell(r *http.Request, req *request, at time.Time, status int, header http.Header, body []byte) {
	if s.options.Tap == nil {
		return
	}
	s.options.Tap(Exchange{RequestID: req.id, Service: req.service.Name, Operation: req.operation, Principal: req.principal.Name,
		Time: at, Method: r.Method, Path: r.URL.RequestURI(), Host: r.Host, Header: r.Header, Body: req.body,
		Status: status, Answered: header, Answer: body})
}
