package redact

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Whoever adds a field to the snapshot decides here whether it can tell whose the path is.
func TestEveryFieldOfASnapshotThatHoldsTextIsDecidedOn(t *testing.T) {
	t.Parallel()
	held := make(map[string]bool)
	texts(reflect.TypeFor[path.Snapshot](), "", held, make(map[reflect.Type]bool))
	texts(reflect.TypeFor[path.Probe](), "", held, make(map[reflect.Type]bool)) // a part that is not always there
	for name := range held {
		if fields()[name] == nil {
			t.Errorf("path.%s is not decided on: add it to fields() in internal/redact/fields.go: keep for AWS's own words, value for an ID, an ARN or an account, "+
				"domain, sentence for a text of AWS's, ownWords for what the customer wrote", name)
		}
	}
	for name := range fields() {
		if !held[name] {
			t.Errorf("fields() speaks of %s, and a snapshot has no such field with text", name)
		}
	}
	for _, must := range []string{"Snapshot.Account", "KeyStore.Name", "Rule.Description", "Gap.Message", "EndpointService.Zones"} {
		if !held[must] {
			t.Errorf("the test does not see %s", must)
		}
	}
}

// texts adds the names of all fields in which text stands, however deep.
func texts(of reflect.Type, name string, held map[string]bool, seen map[reflect.Type]bool) {
	switch of {
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[time.Time](),
		reflect.TypeFor[map[string]string](): // decided on by type
		return
	}
	switch of.Kind() {
	case reflect.String, reflect.Map, reflect.Interface:
		held[name] = true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		texts(of.Elem(), name, held, seen)
	case reflect.Struct:
		if seen[of] {
			return
		}
		seen[of] = true
		for i := range of.NumField() {
			texts(of.Field(i).Type, of.Name()+"."+of.Field(i).Name, held, seen)
		}
	}
}
