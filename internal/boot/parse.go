package boot

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// parse fills a C from environ by its `env` tags, then asks its Validate method.
func parse[C any](environ map[string]string) (C, error) {
	var parsed C
	var mistakes []error
	wrong := make(map[string]bool) // variables whose field holds no value to validate
	add := func(variable string, err error) {
		wrong[variable] = true
		mistakes = append(mistakes, fmt.Errorf("%s: %w", variable, err))
	}
	for _, err := range joined(env.ParseWithOptions(&parsed, env.Options{Environment: environ})) {
		add(explain[C](err, environ))
	}
	if v, ok := any(parsed).(interface{ Validate() error }); ok {
		for _, err := range joined(v.Validate()) {
			if variable, _, _ := strings.Cut(err.Error(), ":"); !wrong[variable] {
				mistakes = append(mistakes, err)
			}
		}
	}
	return parsed, errors.Join(mistakes...)
}

// joined takes a joined error apart.
func joined(err error) []error {
	if err == nil {
		return nil
	}
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		return list.Unwrap()
	}
	return []error{err}
}

var errNotSet = errors.New("is required and not set")

// explain names the variable that err is about, in a sentence for whoever set it.
func explain[C any](err error, environ map[string]string) (variable string, explained error) {
	if missing, ok := errors.AsType[env.VarIsNotSetError](err); ok {
		return missing.Key, errNotSet
	}
	if unread, ok := errors.AsType[env.ParseError](err); ok {
		variable = variableOf(reflect.TypeFor[C](), unread.Name)
		return variable, fmt.Errorf("%q cannot be read as %s", environ[variable], kindOf(unread.Type))
	}
	return reflect.TypeFor[C]().String(), err
}

// variableOf finds the variable of a field; a Config is flat.
func variableOf(t reflect.Type, field string) string {
	f, ok := t.FieldByName(field)
	if !ok {
		return field
	}
	variable, _, _ := strings.Cut(f.Tag.Get("env"), ",")
	return variable
}

func kindOf(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Slice:
		return "a comma-separated list, each " + kindOf(t.Elem())
	case t.String() == "time.Duration":
		return "a duration such as 30s, 5m or 4h"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "a whole number"
	}
	return "a " + t.String()
}
