// Package redact makes a snapshot safe to send to somebody who must not know whose it is:
// account IDs, resource IDs, names, domains and addresses are replaced, the same value by the
// same replacement wherever it stands, and the checks say of the result what they say of the
// original. AWS's own words (states, protocols, error codes, service principals, Regions and
// zones) stay. It is pure: what is random about it is the key.
package redact

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Options are what a redaction depends on beside the snapshot.
type Options struct {
	Key [32]byte // random, for each file another
	// OptInKey and OptInValue are the tag by which resources are opted in: it becomes
	// Tag=Value, so that whoever reads the file sees who opted in without knowing the tag.
	OptInKey, OptInValue string
}

// The tag that stands for the opt-in tag in a redacted snapshot: the product's default.
const (
	Tag   = "xks-remediator"
	Value = "enabled"
)

// A Redactor holds the replacements for one snapshot.
type Redactor struct {
	options    Options
	original   path.Snapshot
	collecting bool            // the first look: what there is to replace
	seen       map[string]bool // values to replace
	tokens     map[string]string
	addrs      addresses
	fields     map[string]replacement
	words      map[string]bool // of AWS's sentences
}

// New looks at a snapshot and decides on its replacements.
func New(s path.Snapshot, o Options) *Redactor {
	r := &Redactor{
		options: o, original: s, collecting: true, seen: make(map[string]bool), addrs: newAddresses(o.Key), fields: fields(), words: make(map[string]bool),
	}
	for _, w := range words() {
		r.words[w] = true
	}
	r.Snapshot()
	r.collecting = false
	r.number()
	return r
}

// Snapshot returns the redacted snapshot; it shares nothing with the original.
func (r *Redactor) Snapshot() path.Snapshot {
	return r.walk(reflect.ValueOf(r.original), nil).Interface().(path.Snapshot)
}

// walk copies a value with everything in it replaced. How strings are is what their field
// says; a string of no field, or of one that nobody decided on, is replaced as a whole.
func (r *Redactor) walk(v reflect.Value, how replacement) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch held := v.Interface().(type) {
	case netip.Addr:
		out.Set(reflect.ValueOf(r.Addr(held)))
		return out
	case netip.Prefix:
		out.Set(reflect.ValueOf(r.Prefix(held)))
		return out
	case netip.AddrPort:
		out.Set(reflect.ValueOf(netip.AddrPortFrom(r.Addr(held.Addr()), held.Port())))
		return out
	case map[string]string:
		out.Set(reflect.ValueOf(r.tags(held)))
		return out
	case time.Time:
		out.Set(v)
		return out
	}
	r.copy(out, v, how)
	return out
}

// copy fills out with a value that is no address, point in time or map.
func (r *Redactor) copy(out, v reflect.Value, how replacement) {
	switch v.Kind() {
	case reflect.String:
		if how == nil {
			how = (*Redactor).whole
		}
		out.SetString(how(r, v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(r.walk(v.Elem(), how))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(r.walk(v.Index(i), how))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			out.Field(i).Set(r.walk(v.Field(i), r.fields[name]))
		}
	default: // numbers and truth values say nothing of whose they are
		out.Set(v)
	}
}

// tags replaces keys and values of tags, but for the opt-in tag.
func (r *Redactor) tags(tags map[string]string) map[string]string {
	if tags == nil {
		return nil
	}
	out := make(map[string]string, len(tags))
	for key, value := range tags {
		if key == r.options.OptInKey && value == r.options.OptInValue && key != "" {
			out[Tag] = Value
			continue
		}
		out[r.whole(key)] = r.whole(value)
	}
	return out
}

// whole replaces a value as one thing.
func (r *Redactor) whole(value string) string {
	switch {
	case value == "":
		return ""
	case r.collecting:
		r.seen[value] = true
		return value
	}
	if token, ok := r.tokens[value]; ok {
		return token
	}
	return "redacted" // of no value that the snapshot holds
}

// number gives each value that was seen its replacement: of the same shape, and in the order
// of the values, so that what is sorted by them stays in its order.
func (r *Redactor) number() {
	values := make([]string, 0, len(r.seen))
	for v := range r.seen {
		values = append(values, v)
	}
	slices.Sort(values)
	r.tokens = make(map[string]string, len(values))
	next := make(map[string]int)
	for _, v := range values {
		format := shape(v)
		for {
			next[format]++
			token := fmt.Sprintf(format, next[format])
			if !r.seen[token] { // else it would look as if the original had been left
				r.tokens[v] = token
				break
			}
		}
	}
}

// shape returns the format of a value's replacement: an ID keeps its prefix.
func shape(value string) string {
	switch {
	case isAccount(value):
		return "%012d"
	case isHex(value, 16):
		return "%016x"
	case isUUID(value):
		return "00000000-0000-4000-8000-%012x"
	case isZone(value):
		return "Z%020d"
	case strings.HasPrefix(value, "_"):
		return "_name-%04d"
	}
	if prefix := idPrefix(value); prefix != "" {
		return prefix + "%017x"
	}
	return "name-%04d"
}
