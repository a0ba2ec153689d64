package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// bindJSON decodes awsJson1_0 and awsJson1_1: timestamps are epoch seconds, blobs base64.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
func bindJSON(s *Service, body []byte, unknown *strangers) func(any) error {
	return func(v any) error {
		var tree any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if len(bytes.TrimSpace(body)) == 0 {
			tree = map[string]any{}
		} else if err := decoder.Decode(&tree); err != nil {
			return &Error{Code: "SerializationException", Message: "The request is no JSON: " + err.Error()}
		}
		return bindTree(s, tree, unknown)(v)
	}
}

// bindTree decodes what JSON's decoder makes of a body.
func bindTree(s *Service, tree any, unknown *strangers) func(any) error {
	return func(v any) error {
		d := &jsonDecoder{}
		if err := into(s, v, func(out reflect.Value) error { return d.value("", tree, out) }); err != nil {
			return err
		}
		unknown.note(d.unknown)
		return nil
	}
}

type jsonDecoder struct{ unknown []string }

func (d *jsonDecoder) value(path string, in any, out reflect.Value) error {
	if in == nil {
		return nil
	}
	t := out.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		out.Set(reflect.New(t.Elem()))
		return d.value(path, in, out.Elem())
	case t == timeType:
		return d.time(path, in, out)
	case reflect.PointerTo(t).Implements(unmarshalerType):
		return d.unmarshal(path, in, out)
	case isBytes(t):
		return d.blob(path, in, out)
	}
	switch t.Kind() {
	case reflect.Struct:
		return d.object(path, in, out)
	case reflect.Map:
		return d.dictionary(path, in, out)
	case reflect.Slice:
		return d.list(path, in, out)
	case reflect.Interface:
		out.Set(reflect.ValueOf(in))
		return nil
	case reflect.String:
		text, ok := in.(string)
		if !ok {
			return &misfit{path, "a string"}
		}
		out.SetString(text)
		return nil
	case reflect.Bool:
		truth, ok := in.(bool)
		if !ok {
			return &misfit{path, "a boolean"}
		}
		out.SetBool(truth)
		return nil
	}
	number, ok := in.(json.Number)
	if !ok {
		return &misfit{path, "a number"}
	}
	return setNumber(path, number.String(), out)
}

func (d *jsonDecoder) object(path string, in any, out reflect.Value) error {
	object, ok := in.(map[string]any)
	if !ok {
		return &misfit{path, "a structure"}
	}
	fields := fieldsOf(out.Type(), "json", asIs)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			d.unknown = append(d.unknown, join(path, name))
			continue
		}
		if err := d.value(join(path, name), object[name], out.FieldByIndex(fields[i].index)); err != nil {
			return err
		}
	}
	return nil
}

func (d *jsonDecoder) dictionary(path string, in any, out reflect.Value) error {
	object, ok := in.(map[string]any)
	if !ok {
		return &misfit{path, "a map"}
	}
	out.Set(reflect.MakeMapWithSize(out.Type(), len(object)))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		element := reflect.New(out.Type().Elem()).Elem()
		if err := d.value(join(path, name), object[name], element); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(name).Convert(out.Type().Key()), element)
	}
	return nil
}

func (d *jsonDecoder) list(path string, in any, out reflect.Value) error {
	list, ok := in.([]any)
	if !ok {
		return &misfit{path, "a list"}
	}
	out.Set(reflect.MakeSlice(out.Type(), len(list), len(list)))
	for i, element := range list {
		if err := d.value(join(path, strconv.Itoa(i+1)), element, out.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *jsonDecoder) unmarshal(path string, in any, out reflect.Value) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("re-encoding %s: %w", path, err)
	}
	if err := json.Unmarshal(raw, out.Addr().Interface()); err != nil {
		return &misfit{path, err.Error()}
	}
	return nil
}

func (d *jsonDecoder) time(path string, in any, out reflect.Value) error {
	number, ok := in.(json.Number)
	if !ok {
		return &misfit{path, "a time in epoch seconds"}
	}
	seconds, err := number.Float64()
	if err != nil {
		return &misfit{path, "a time in epoch seconds"}
	}
	out.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()))
	return nil
}

func (d *jsonDecoder) blob(path string, in any, out reflect.Value) error {
	text, ok := in.(string)
	if !ok {
		return &misfit{path, "base64"}
	}
	blob, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return &misfit{path, "base64"}
	}
	out.SetBytes(blob)
	return nil
}

// setNumber sets an integer or float of any size from text.
func setNumber(path, text string, out reflect.Value) error {
	switch {
	case out.CanInt():
		n, err := strconv.ParseInt(text, 10, out.Type().Bits())
		if err != nil {
			return &misfit{path, "an integer"}
		}
		out.SetInt(n)
	case out.CanUint():
		n, err := strconv.ParseUint(text, 10, out.Type().Bits())
		if err != nil {
			return &misfit{path, "a positive integer"}
		}
		out.SetUint(n)
	case out.CanFloat():
		n, err := strconv.ParseFloat(text, out.Type().Bits())
		if err != nil {
			return &misfit{path, "a number"}
		}
		out.SetFloat(n)
	default:
		return fmt.Errorf("the member %s has type %s, which no AWS protocol knows", path, out.Type())
	}
	return nil
}
