package template

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decode puts a resolved tree into a struct whose exported fields are the properties that
// the simulator interprets. Properties that have no effect in it stand in the tag of a
// blank field: `inert:"Tags Description"`. Any other property is an error that names it.
// A field is named as its property, or tagged with it: `property:"maxReceiveCount"`.
// Scalars are converted as CloudFormation does: "30" is a number where one is wanted.
func decode(path string, in any, out any) error {
	return decodeValue(path, in, reflect.ValueOf(out).Elem())
}

func decodeValue(path string, in any, out reflect.Value) error {
	if in == nil {
		return nil
	}
	switch out.Kind() {
	case reflect.Pointer:
		out.Set(reflect.New(out.Type().Elem()))
		return decodeValue(path, in, out.Elem())
	case reflect.Struct:
		return decodeStruct(path, in, out)
	case reflect.Interface:
		out.Set(reflect.ValueOf(in))
		return nil
	case reflect.Slice:
		return decodeList(path, in, out)
	case reflect.Map:
		object, ok := in.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: expected a mapping", path)
		}
		out.Set(reflect.MakeMap(out.Type()))
		for _, name := range sortedKeys(object) {
			element := reflect.New(out.Type().Elem()).Elem()
			if err := decodeValue(below(path, name), object[name], element); err != nil {
				return err
			}
			out.SetMapIndex(reflect.ValueOf(name), element)
		}
		return nil
	}
	return decodeScalar(path, in, out)
}

func decodeStruct(path string, in any, out reflect.Value) error {
	object, ok := in.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: expected a mapping", cmp.Or(path, "it"))
	}
	inert := inertOf(out.Type())
	for _, name := range sortedKeys(object) {
		field := fieldFor(out, name)
		if !field.IsValid() {
			if slices.Contains(inert, name) {
				continue
			}
			return fmt.Errorf("the property %s is not known", below(path, name))
		}
		if err := decodeValue(below(path, name), object[name], field); err != nil {
			return err
		}
	}
	return nil
}

// fieldFor finds the field of a property; it is invalid where there is none.
func fieldFor(out reflect.Value, name string) reflect.Value {
	for i := range out.NumField() {
		f := out.Type().Field(i)
		if f.IsExported() && cmp.Or(f.Tag.Get("property"), f.Name) == name {
			return out.Field(i)
		}
	}
	return reflect.Value{}
}

func inertOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		out = append(out, strings.Fields(t.Field(i).Tag.Get("inert"))...)
	}
	return out
}

func decodeList(path string, in any, out reflect.Value) error {
	list, ok := in.([]any)
	if !ok {
		return fmt.Errorf("%s: expected a list", path)
	}
	out.Set(reflect.MakeSlice(out.Type(), len(list), len(list)))
	for i, element := range list {
		if err := decodeValue(below(path, strconv.Itoa(i+1)), element, out.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeScalar(path string, in any, out reflect.Value) error {
	text, ok := textOf(in)
	if !ok {
		return fmt.Errorf("%s: expected one value", path)
	}
	switch {
	case out.Kind() == reflect.String:
		out.SetString(text)
	case out.Kind() == reflect.Bool:
		truth, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%s: %q is neither true nor false", path, text)
		}
		out.SetBool(truth)
	case out.CanInt():
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%s: %q is no whole number", path, text)
		}
		out.SetInt(n)
	default:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s: %q is no number", path, text)
		}
		out.SetFloat(n)
	}
	return nil
}

// textOf is a scalar as CloudFormation writes it into a string.
func textOf(v any) (string, bool) {
	switch scalar := v.(type) {
	case string:
		return scalar, true
	case json.Number:
		return scalar.String(), true
	case bool:
		return strconv.FormatBool(scalar), true
	}
	return "", false
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
