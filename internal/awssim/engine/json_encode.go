package engine

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// encodeJSON writes an answer as awsJson: members by json tag or Go name, times as epoch
// seconds, blobs as base64; nil is {}.
func encodeJSON(answer any) ([]byte, error) {
	tree, err := answerTree(answer)
	if err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// answerTree is an answer in maps, lists, texts, numbers, booleans and epochs; nil is an empty
// map.
func answerTree(answer any) (any, error) {
	if answer == nil {
		return map[string]any{}, nil
	}
	tree, err := jsonTree(reflect.ValueOf(answer))
	if tree == nil && err == nil {
		return map[string]any{}, nil
	}
	return tree, err
}

// An epoch is a time, which the protocols write each in its own way.
type epoch time.Time

// MarshalJSON writes t as awsJson does, to the millisecond.
func (t epoch) MarshalJSON() ([]byte, error) {
	return []byte(epochSeconds(time.Time(t))), nil
}

func jsonTree(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Invalid:
		return nil, nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		return jsonTree(v.Elem())
	}
	switch {
	case v.Type() == timeType:
		return epoch(v.Interface().(time.Time)), nil
	case v.Type().Implements(marshalerType):
		return v.Interface(), nil
	case isBytes(v.Type()):
		return base64.StdEncoding.EncodeToString(v.Bytes()), nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return jsonObject(v)
	case reflect.Map:
		out := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			element, err := jsonTree(v.MapIndex(key))
			if err != nil {
				return nil, err
			}
			out[key.String()] = element
		}
		return out, nil
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			element, err := jsonTree(v.Index(i))
			if err != nil {
				return nil, err
			}
			out[i] = element
		}
		return out, nil
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return nil, fmt.Errorf("no AWS protocol knows the type %s", v.Type())
	}
	return v.Interface(), nil
}

func jsonObject(v reflect.Value) (any, error) {
	out := make(map[string]any)
	for _, f := range fieldsOf(v.Type(), "json", asIs) {
		member := v.FieldByIndex(f.index)
		if absent(member, f) {
			continue
		}
		value, err := jsonTree(member)
		if err != nil {
			return nil, err
		}
		out[f.name] = value
	}
	return out, nil
}

// epochSeconds is t as awsJson writes it, to the millisecond.
func epochSeconds(t time.Time) json.Number {
	return json.Number(strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64))
}
