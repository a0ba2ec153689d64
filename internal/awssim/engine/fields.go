package engine

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// A field is one member of a request or response struct as a protocol names it.
type field struct {
	name      string
	index     []int
	omitEmpty bool
}

// fieldsOf lists the exported members of struct type t in their order. The name is that of
// the tag (json, query or xml), else spell(Go's own name); a tag "-" hides a member.
func fieldsOf(t reflect.Type, tag string, spell func(string) string) []field {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get(tag), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = spell(f.Name)
		}
		out = append(out, field{name: name, index: f.Index, omitEmpty: strings.Contains(options, "omitempty")})
	}
	return out
}

func asIs(name string) string { return name }

// lowerCamel spells a member as EC2 does where no tag says otherwise: its first letter is
// lower case. Abbreviations at the start need a tag.
func lowerCamel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// absent tells whether a member is left out of a response: nil, the zero time, and the
// empty string, which AWS does not send for a member that is not set. An empty string that
// matters is a pointer. Numbers and booleans are written unless the tag says omitempty, and
// so are EC2's lists.
func absent(v reflect.Value, f field) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.IsZero()
		}
	}
	return f.omitEmpty && v.IsZero()
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	marshalerType   = reflect.TypeFor[json.Marshaler]()
)

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
