package engine

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// The protocol smithyRpcv2Cbor: path names service and operation, CBOR in and out.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html

// cborHeader says on both sides that a message is of this protocol.
const cborHeader = "Smithy-Protocol"

const cborProtocol = "rpc-v2-cbor"

// cborOperation cuts the operation from /service/<name>/operation/<operation>. What stands
// before the service's name and its namespace counts for nothing.
func cborOperation(path string) string {
	_, rest, _ := strings.Cut(path, "/service/")
	_, operation, _ := strings.Cut(rest, "/operation/")
	return operation
}

// epochTag is the tag of a time in seconds.
// https://www.rfc-editor.org/rfc/rfc8949.html#name-epoch-based-date-time
const epochTag = 1

// bindCBOR decodes by way of the tree that JSON's decoder takes. No body at all is no member.
func bindCBOR(s *Service, body []byte, unknown *strangers) func(any) error {
	tree := any(map[string]any{})
	if len(body) > 0 {
		read, err := decodeCBOR(body)
		if err != nil {
			return func(any) error {
				return &Error{Code: "SerializationException", Message: "The request is no CBOR: " + err.Error()}
			}
		}
		tree = read
	}
	return bindTree(s, tree, unknown)
}

func decodeCBOR(body []byte) (tree any, err error) {
	value, err := cbor.Decode(body)
	if err != nil {
		return nil, err
	}
	return cborTree(value)
}

// cborTree is a value as JSON's decoder knows it: numbers as text, blobs as base64, times as
// epoch seconds.
func cborTree(value cbor.Value) (any, error) {
	switch v := value.(type) {
	case cbor.Map:
		out := make(map[string]any, len(v))
		for name, element := range v {
			read, err := cborTree(element)
			if err != nil {
				return nil, err
			}
			out[name] = read
		}
		return out, nil
	case cbor.List:
		out := make([]any, len(v))
		for i, element := range v {
			read, err := cborTree(element)
			if err != nil {
				return nil, err
			}
			out[i] = read
		}
		return out, nil
	case *cbor.Tag:
		return cborTree(v.Value)
	}
	return cborLeaf(value)
}

func cborLeaf(value cbor.Value) (any, error) {
	switch v := value.(type) {
	case cbor.String:
		return string(v), nil
	case cbor.Slice:
		return base64.StdEncoding.EncodeToString(v), nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.Uint:
		return json.Number(strconv.FormatUint(uint64(v), 10)), nil
	case cbor.NegInt:
		return json.Number("-" + strconv.FormatUint(uint64(v), 10)), nil
	case cbor.Float32:
		return json.Number(strconv.FormatFloat(float64(v), 'g', -1, 32)), nil
	case cbor.Float64:
		return json.Number(strconv.FormatFloat(float64(v), 'g', -1, 64)), nil
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil
	}
	return nil, fmt.Errorf("no request has a %T", value)
}

// encodeCBOR writes an answer by way of the tree that JSON's encoder makes.
func encodeCBOR(answer any) ([]byte, error) {
	tree, err := answerTree(answer)
	if err != nil {
		return nil, err
	}
	value, err := cborValue(tree)
	if err != nil {
		return nil, err
	}
	return cbor.Encode(value), nil
}

func cborValue(tree any) (cbor.Value, error) {
	switch v := tree.(type) {
	case nil:
		return &cbor.Nil{}, nil
	case map[string]any:
		out := make(cbor.Map, len(v))
		for name, element := range v {
			value, err := cborValue(element)
			if err != nil {
				return nil, err
			}
			out[name] = value
		}
		return out, nil
	case []any:
		out := make(cbor.List, len(v))
		for i, element := range v {
			value, err := cborValue(element)
			if err != nil {
				return nil, err
			}
			out[i] = value
		}
		return out, nil
	case epoch:
		return &cbor.Tag{ID: epochTag, Value: cbor.Float64(float64(time.Time(v).UnixMilli()) / 1000)}, nil
	case json.Number: // of a request that is given back
		number, err := v.Float64()
		return cbor.Float64(number), err
	}
	return cborScalar(tree)
}

func cborScalar(tree any) (cbor.Value, error) {
	switch v := reflect.ValueOf(tree); {
	case v.Kind() == reflect.String:
		return cbor.String(v.String()), nil
	case v.Kind() == reflect.Bool:
		return cbor.Bool(v.Bool()), nil
	case v.CanInt():
		return cborInt(v.Int()), nil
	case v.CanUint():
		return cbor.Uint(v.Uint()), nil
	case v.CanFloat():
		return cbor.Float64(v.Float()), nil
	}
	return nil, fmt.Errorf("no answer in CBOR has a %T", tree)
}

func cborInt(n int64) cbor.Value {
	if n < 0 {
		return cbor.NegInt(uint64(-n))
	}
	return cbor.Uint(uint64(n))
}

func cborContentType() http.Header {
	return http.Header{"Content-Type": {"application/cbor"}, cborHeader: {cborProtocol}}
}
