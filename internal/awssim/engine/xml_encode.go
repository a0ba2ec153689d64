package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// An xmlEncoder writes an answer as EC2 or as the other query services do: members by xml
// tag or Go name (EC2: first letter lower case), times in ISO 8601, the elements of a list
// as <item> or <member>, maps as <entry><key/><value/></entry>.
type xmlEncoder struct {
	buffer bytes.Buffer
	item   string
	spell  func(string) string
	sets   bool // a list of nothing is written, as EC2 does: its clients count on the key
}

func newXMLEncoder(p Protocol) *xmlEncoder {
	if p == EC2Query {
		return &xmlEncoder{item: "item", spell: lowerCamel, sets: true}
	}
	return &xmlEncoder{item: "member", spell: asIs}
}

// members writes the members of a struct, or of what v points to.
func (e *xmlEncoder) members(v reflect.Value) error {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	if v.Kind() != reflect.Struct {
		return fmt.Errorf("an answer in XML is a struct, not %s", v.Type())
	}
	for _, f := range fieldsOf(v.Type(), "xml", e.spell) {
		member := v.FieldByIndex(f.index)
		if absent(member, f) && !e.emptySet(member, f) {
			continue
		}
		if err := e.element(f.name, member); err != nil {
			return err
		}
	}
	return nil
}

func (e *xmlEncoder) emptySet(v reflect.Value, f field) bool {
	return e.sets && v.Kind() == reflect.Slice && !isBytes(v.Type()) && !f.omitEmpty
}

func (e *xmlEncoder) element(name string, v reflect.Value) error {
	e.open(name)
	if err := e.content(v); err != nil {
		return fmt.Errorf("writing <%s>: %w", name, err)
	}
	e.close(name)
	return nil
}

func (e *xmlEncoder) content(v reflect.Value) error {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == timeType:
		return e.text(v.Interface().(time.Time).UTC().Format("2006-01-02T15:04:05.000Z"))
	case isBytes(v.Type()):
		return e.text(base64.StdEncoding.EncodeToString(v.Bytes()))
	case v.Kind() == reflect.Struct:
		return e.members(v)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if err := e.element(e.item, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case v.Kind() == reflect.Map:
		return e.entries(v)
	}
	return e.scalar(v)
}

func (e *xmlEncoder) entries(v reflect.Value) error {
	dictionary := make(map[string]reflect.Value, v.Len())
	for _, key := range v.MapKeys() {
		dictionary[key.String()] = v.MapIndex(key)
	}
	for _, key := range slices.Sorted(maps.Keys(dictionary)) {
		e.open("entry")
		if err := e.element("key", reflect.ValueOf(key)); err != nil {
			return err
		}
		if err := e.element("value", dictionary[key]); err != nil {
			return err
		}
		e.close("entry")
	}
	return nil
}

func (e *xmlEncoder) scalar(v reflect.Value) error {
	switch {
	case v.Kind() == reflect.String:
		return e.text(v.String())
	case v.Kind() == reflect.Bool:
		return e.text(strconv.FormatBool(v.Bool()))
	case v.CanInt():
		return e.text(strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		return e.text(strconv.FormatUint(v.Uint(), 10))
	case v.CanFloat():
		return e.text(strconv.FormatFloat(v.Float(), 'f', -1, 64))
	}
	return fmt.Errorf("no AWS protocol knows the type %s", v.Type())
}

func (e *xmlEncoder) open(name string)  { e.buffer.WriteString("<" + name + ">") }
func (e *xmlEncoder) close(name string) { e.buffer.WriteString("</" + name + ">") }

func (e *xmlEncoder) text(s string) error { return xml.EscapeText(&e.buffer, []byte(s)) }

// leaf writes one element that holds text.
func (e *xmlEncoder) leaf(name, text string) {
	e.open(name)
	_ = e.text(text) // a bytes.Buffer takes everything
	e.close(name)
}
