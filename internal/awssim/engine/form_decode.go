package engine

import (
	"encoding/base64"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// bindForm decodes ec2Query and awsQuery. A member is named by its query tag, else by its
// Go name. EC2 flattens lists (Filter.1.Name), the other protocol does not
// (Names.member.1); maps are Attributes.entry.1.key and .value, or .Name and .Value.
// https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
func bindForm(s *Service, form url.Values, unknown *strangers) func(any) error {
	return func(v any) error {
		if flat, ok := v.(*map[string]any); ok {
			*flat = flatten(form)
			return nil
		}
		root, err := plant(form)
		if err != nil {
			return s.Malformed(err.Error())
		}
		d := &formDecoder{flat: s.Protocol == EC2Query}
		if err := into(s, v, func(out reflect.Value) error { return d.object("", root, out) }); err != nil {
			return err
		}
		unknown.note(d.unknown)
		return nil
	}
}

func flatten(form url.Values) map[string]any {
	out := make(map[string]any, len(form))
	for key := range form {
		if key != "Action" && key != "Version" {
			out[key] = bounded(form.Get(key))
		}
	}
	return out
}

type formDecoder struct {
	flat    bool // lists have no "member"
	unknown []string
}

func (d *formDecoder) object(path string, in *node, out reflect.Value) error {
	fields := fieldsOf(out.Type(), "query", asIs)
	for _, name := range slices.Sorted(maps.Keys(in.children)) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			d.unknown = append(d.unknown, join(path, name))
			continue
		}
		if err := d.value(join(path, name), in.children[name], out.FieldByIndex(fields[i].index)); err != nil {
			return err
		}
	}
	return nil
}

func (d *formDecoder) value(path string, in *node, out reflect.Value) error {
	t := out.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		out.Set(reflect.New(t.Elem()))
		return d.value(path, in, out.Elem())
	case t == timeType || isBytes(t):
		return d.scalar(path, in, out)
	case t.Kind() == reflect.Struct:
		return d.object(path, in, out)
	case t.Kind() == reflect.Slice:
		return d.list(path, in, out)
	case t.Kind() == reflect.Map:
		return d.dictionary(path, in, out)
	}
	return d.scalar(path, in, out)
}

// list decodes a list; a parameter with an empty value and nothing below it is an empty one.
func (d *formDecoder) list(path string, in *node, out reflect.Value) error {
	if !d.flat && len(in.children) > 0 {
		member, ok := in.children["member"]
		if !ok || len(in.children) > 1 {
			return &misfit{path, "a list as " + path + ".member.1"}
		}
		in = member
	}
	if in.value != nil && *in.value != "" {
		return &misfit{path, "a list"}
	}
	entries, ok := in.numbered()
	if !ok {
		return &misfit{path, "a list numbered from 1"}
	}
	out.Set(reflect.MakeSlice(out.Type(), len(entries), len(entries)))
	for i, entry := range entries {
		if err := d.value(join(path, strconv.Itoa(i+1)), entry, out.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *formDecoder) dictionary(path string, in *node, out reflect.Value) error {
	entries, ok := in.child("entry").numbered()
	if !ok {
		return &misfit{path, "a map as " + path + ".entry.1"}
	}
	out.Set(reflect.MakeMapWithSize(out.Type(), len(entries)))
	for _, entry := range entries {
		key, ok := entry.text("key", "Name")
		if !ok {
			return &misfit{path, "a key for each entry"}
		}
		value, ok := entry.children["value"]
		if !ok {
			value = entry.child("Value")
		}
		element := reflect.New(out.Type().Elem()).Elem()
		if err := d.value(join(path, key), value, element); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(key).Convert(out.Type().Key()), element)
	}
	return nil
}

func (d *formDecoder) scalar(path string, in *node, out reflect.Value) error {
	if in.value == nil || len(in.children) > 0 {
		return &misfit{path, "one value"}
	}
	text := *in.value
	switch {
	case out.Type() == timeType:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return &misfit{path, "a time as 2026-03-02T03:00:00Z"}
		}
		out.Set(reflect.ValueOf(at.UTC()))
	case isBytes(out.Type()):
		blob, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return &misfit{path, "base64"}
		}
		out.SetBytes(blob)
	case out.Kind() == reflect.String:
		out.SetString(text)
	case out.Kind() == reflect.Interface:
		out.Set(reflect.ValueOf(text))
	case out.Kind() == reflect.Bool:
		truth, err := strconv.ParseBool(text)
		if err != nil {
			return &misfit{path, "true or false"}
		}
		out.SetBool(truth)
	default:
		return setNumber(path, text, out)
	}
	return nil
}
