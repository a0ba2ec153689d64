package engine

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
)

// globalRegion is for which a global service's requests are signed.
// https://docs.aws.amazon.com/general/latest/gr/r53.html
const globalRegion = "us-east-1"

// route finds the operation and the parameters of a restXml or restJson1 request.
// https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
func (req *request) route(r *http.Request) {
	operation, parameters := req.service.Route(r.Method, r.URL.Path)
	req.operation, req.form = operation, r.URL.Query()
	for name, value := range parameters {
		req.form.Set(name, value)
	}
	for header, name := range req.service.Headers {
		if value := r.Header.Get(header); value != "" {
			req.form.Set(name, value)
		}
	}
	if len(req.body) > 0 {
		req.form.Set("Body", string(req.body))
	}
}

// encodeREST writes an answer whose members are tagged for encoding/xml.
func encodeREST(req *request, answer any) ([]byte, error) {
	root := xml.StartElement{
		Name: xml.Name{Local: req.operation + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace(req.service)}},
	}
	if answer == nil {
		answer = struct{}{}
	}
	buffer := bytes.NewBufferString(xml.Header)
	if err := xml.NewEncoder(buffer).EncodeElement(answer, root); err != nil {
		return nil, fmt.Errorf("writing the answer of %s: %w", req.operation, err)
	}
	return buffer.Bytes(), nil
}

// finish runs what is left of a call without the lock, and makes its answer of it.
func (o *outcome) finish() {
	if o.rest == nil {
		return
	}
	made := o.rest()
	o.status, o.header, o.body = http.StatusOK, contentType(RESTJSON), made.Body
	for name, value := range made.Header {
		o.header.Set(name, value)
	}
}

// encodeRESTJSONError writes an error's members, and its code as a header.
func encodeRESTJSONError(failure *Error, status int) (int, http.Header, []byte) {
	members := maps.Clone(failure.Members)
	if members == nil {
		members = map[string]any{}
	}
	if _, said := members["Message"]; !said { // as some of a service's errors spell it
		members["message"] = failure.Message
	}
	header := contentType(RESTJSON)
	header.Set("X-Amzn-Errortype", failure.Code)
	body, err := encodeJSON(members)
	if err != nil {
		body, _ = json.Marshal(map[string]string{"message": failure.Message})
	}
	return status, header, body
}

// encodeBatchError writes the one error of Route 53's that has a form of its own.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
func encodeBatchError(req *request, failure *Error) []byte {
	e := newXMLEncoder(RESTXML)
	e.buffer.WriteString(xml.Header + `<InvalidChangeBatch xmlns="` + namespace(req.service) + `"><Messages>`)
	e.leaf("Message", failure.Message)
	e.close("Messages")
	e.leaf("RequestId", req.id)
	e.close("InvalidChangeBatch")
	return e.buffer.Bytes()
}
