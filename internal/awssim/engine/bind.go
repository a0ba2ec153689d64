package engine

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// binder returns the Bind of the request's call, which tells s what it did not know.
func (req *request) binder(s *strangers) func(any) error {
	switch {
	case req.service.Protocol.json():
		return bindJSON(req.service, req.body, s)
	case req.service.Protocol == RPCv2CBOR:
		return bindCBOR(req.service, req.body, s)
	}
	return bindForm(req.service, req.form, s)
}

// BindJSON returns a Bind over a JSON body, for tests of a service without a server:
// NewCall(s, "Encrypt", p, now, "id", BindJSON(s, []byte(`{"KeyId":"k"}`))).
func BindJSON(s *Service, body []byte) func(any) error {
	return bindJSON(s, body, &strangers{})
}

// A misfit is a parameter that does not fit the member that it is for.
type misfit struct{ path, want string }

func (m *misfit) Error() string {
	return fmt.Sprintf("The parameter %s is malformed: expected %s.", bounded(m.path), m.want)
}

// Strangers are the parameters of one call that none of its structs had a member for. A
// call may be bound several times (IAM's resources need one member of many), so a
// parameter is strange only if no Bind knew it.
type strangers struct {
	bound bool
	names []string
}

// note takes what one Bind did not know.
func (s *strangers) note(unknown []string) {
	if !s.bound {
		s.bound, s.names = true, unknown
		return
	}
	s.names = slices.DeleteFunc(s.names, func(name string) bool { return !slices.Contains(unknown, name) })
}

// into decodes by do into v, a non-nil pointer, and words what went wrong as s would.
func into(s *Service, v any, do func(reflect.Value) error) error {
	out := reflect.ValueOf(v)
	if out.Kind() != reflect.Pointer || out.IsNil() {
		return fmt.Errorf("binding parameters into %T, which is no pointer", v)
	}
	err := do(out.Elem())
	if err == nil {
		return nil
	}
	if m, ok := errors.AsType[*misfit](err); ok {
		return s.Malformed(m.Error())
	}
	return fmt.Errorf("binding parameters into %T: %w", v, err)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
