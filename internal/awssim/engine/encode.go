package engine

import (
	"encoding/json"
	"hash/crc32"
	"maps"
	"net/http"
	"reflect"
	"strconv"
)

// encode writes how a call ended in its service's protocol.
func encode(req *request, answer any, failure *Error) (status int, header http.Header, body []byte) {
	defer func() {
		if req.service.Name == "dynamodb" {
			// Its clients check the body by it.
			header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
		}
	}()
	if failure != nil {
		return encodeError(req, failure)
	}
	body, err := encodeAnswer(req, answer)
	if err != nil {
		return encodeError(req, internal("writing the answer of "+req.operation+": "+err.Error()))
	}
	return http.StatusOK, contentType(req.service.Protocol), body
}

func encodeAnswer(req *request, answer any) ([]byte, error) {
	switch p := req.service.Protocol; {
	case p.json(), p == RESTJSON:
		return encodeJSON(answer)
	case p == RPCv2CBOR:
		return encodeCBOR(answer)
	case p == RESTXML:
		return encodeREST(req, answer)
	}
	e := newXMLEncoder(req.service.Protocol)
	root := req.operation + "Response"
	e.buffer.WriteString("<" + root + ` xmlns="` + namespace(req.service) + `">`)
	if req.service.Protocol == EC2Query {
		e.leaf("requestId", req.id)
		if err := e.members(reflect.ValueOf(answer)); err != nil {
			return nil, err
		}
	} else {
		e.open(req.operation + "Result")
		if err := e.members(reflect.ValueOf(answer)); err != nil {
			return nil, err
		}
		e.close(req.operation + "Result")
		e.open("ResponseMetadata")
		e.leaf("RequestId", req.id)
		e.close("ResponseMetadata")
	}
	e.close(root)
	return e.buffer.Bytes(), nil
}

func encodeError(req *request, failure *Error) (int, http.Header, []byte) {
	status := failure.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	if req.service.Protocol == RESTJSON {
		return encodeRESTJSONError(failure, status)
	}
	header := contentType(req.service.Protocol)
	if p := req.service.Protocol; p.json() || p == RPCv2CBOR {
		if failure.Query != "" && req.queryMode {
			header.Set("X-Amzn-Query-Error", failure.Query+";"+fault(status))
		}
		if p == RPCv2CBOR {
			return status, header, encodeCBORError(req.service, failure)
		}
		return status, header, encodeJSONError(req.service, failure)
	}
	if failure.Query != "" {
		plain := *failure
		plain.Code = failure.Query
		failure = &plain
	}
	return status, header, encodeXMLError(req, failure, status)
}

func encodeJSONError(s *Service, failure *Error) []byte {
	body, err := encodeJSON(errorMembers(s, failure))
	if err != nil {
		body, _ = json.Marshal(map[string]string{"__type": "InternalFailure", "message": err.Error()})
	}
	return body
}

func encodeCBORError(s *Service, failure *Error) []byte {
	body, err := encodeCBOR(errorMembers(s, failure))
	if err != nil {
		body, _ = encodeCBOR(map[string]any{"__type": "InternalFailure", "message": err.Error()})
	}
	return body
}

func errorMembers(s *Service, failure *Error) map[string]any {
	members := make(map[string]any, len(failure.Members)+3)
	if failure.Message != "" { // KMS says nothing beside InvalidCiphertextException
		members["message"] = failure.Message
	}
	maps.Copy(members, failure.Members)
	members["__type"] = errorNamespaces[s.Name] + failure.Code
	if failure.Item != nil {
		members["Item"] = failure.Item
	}
	return members
}

func encodeXMLError(req *request, failure *Error, status int) []byte {
	e := newXMLEncoder(req.service.Protocol)
	if req.service.Protocol == EC2Query {
		e.buffer.WriteString("<Response><Errors><Error>")
		e.leaf("Code", failure.Code)
		e.leaf("Message", failure.Message)
		e.buffer.WriteString("</Error></Errors>")
		e.leaf("RequestID", req.id)
		e.close("Response")
		return e.buffer.Bytes()
	}
	if req.service.Protocol == RESTXML && failure.Code == "InvalidChangeBatch" {
		return encodeBatchError(req, failure)
	}
	e.buffer.WriteString(`<ErrorResponse xmlns="` + namespace(req.service) + `"><Error>`)
	e.leaf("Type", fault(status))
	e.leaf("Code", failure.Code)
	e.leaf("Message", failure.Message)
	e.close("Error")
	e.leaf("RequestId", req.id)
	e.close("ErrorResponse")
	return e.buffer.Bytes()
}

// fault is whose an error is, in the query protocols' words.
func fault(status int) string {
	if status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

func contentType(p Protocol) http.Header {
	switch p {
	case JSON10:
		return http.Header{"Content-Type": {"application/x-amz-json-1.0"}}
	case JSON11:
		return http.Header{"Content-Type": {"application/x-amz-json-1.1"}}
	case RESTJSON:
		return http.Header{"Content-Type": {"application/json"}}
	case RPCv2CBOR:
		return cborContentType()
	}
	return http.Header{"Content-Type": {"text/xml;charset=UTF-8"}}
}
