//go:build e2e

package wire

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// canon writes what the SDK was given, or what it made of an answer, in a form that another
// language can compare: members that are nil are left out, and what JSON cannot tell apart is
// marked by a key that starts with $:
//
//	{"$time": "2026-03-02T03:00:00.000Z"}  a timestamp
//	{"$blob": "cGxhbg=="}                  bytes
//	{"$zero": 0}                           a number, boolean or text of value zero in a member
//	                                       that cannot say whether it was set
//	{"$union": "S", "value": …}            the set member of a union
//
// A type that no AWS model has is an error, not left out.
func canon(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Invalid:
		return nil, nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return canon(v.Elem())
	case reflect.Interface:
		return canonUnion(v)
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return map[string]any{"$time": t.UTC().Format("2006-01-02T15:04:05.000Z")}, nil
		}
		return canonStruct(v)
	case reflect.Slice:
		return canonSlice(v)
	case reflect.Map:
		return canonMap(v)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return v.Interface(), nil
	}
	return nil, fmt.Errorf("no AWS model has a member of type %s", v.Type())
}

func canonStruct(v reflect.Value) (any, error) {
	out := map[string]any{}
	for i := range v.NumField() {
		f, member := v.Type().Field(i), v.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" || f.Name == "ErrorCodeOverride" {
			continue
		}
		switch member.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
			if member.IsNil() {
				continue
			}
		case reflect.String, reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
			if member.IsZero() {
				out[f.Name] = map[string]any{"$zero": member.Interface()}
				continue
			}
		}
		value, err := canon(member)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		out[f.Name] = value
	}
	return out, nil
}

func canonSlice(v reflect.Value) (any, error) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return map[string]any{"$blob": base64.StdEncoding.EncodeToString(v.Bytes())}, nil
	}
	out := make([]any, v.Len())
	for i := range out {
		value, err := canon(v.Index(i))
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}

func canonMap(v reflect.Value) (any, error) {
	out := make(map[string]any, v.Len())
	for _, key := range v.MapKeys() {
		value, err := canon(v.MapIndex(key))
		if err != nil {
			return nil, err
		}
		out[key.String()] = value
	}
	return out, nil
}

// canonUnion names the member by the type that the SDK has for it: AttributeValueMemberS is
// the member S of AttributeValue.
func canonUnion(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	concrete := v.Elem()
	for concrete.Kind() == reflect.Pointer {
		concrete = concrete.Elem()
	}
	member, ok := strings.CutPrefix(concrete.Type().Name(), v.Type().Name()+"Member")
	if !ok || concrete.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no member of the union %s", concrete.Type(), v.Type())
	}
	value, err := canon(concrete.FieldByName("Value"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"$union": member, "value": value}, nil
}
