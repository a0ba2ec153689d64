package lifecycle_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

const samples = "../../events/lifecycle"

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(samples, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// fileOf is how a Type's sample is named: "Fix Applied" is fix-applied.json.
func fileOf(typ lifecycle.Type) string {
	return strings.ReplaceAll(strings.ToLower(string(typ)), " ", "-")
}

func TestEveryTypeHasASampleThatSurvivesARoundTrip(t *testing.T) {
	t.Parallel()
	for _, typ := range lifecycle.Types() {
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			body := sample(t, fileOf(typ))
			event, err := lifecycle.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			if event.Type != typ {
				t.Errorf("sample is a %q, want a %q", event.Type, typ)
			}
			var envelope struct{ Detail json.RawMessage }
			if err := json.Unmarshal(body, &envelope); err != nil {
				t.Fatal(err)
			}
			strict := json.NewDecoder(bytes.NewReader(envelope.Detail))
			strict.DisallowUnknownFields()
			if err := strict.Decode(new(lifecycle.Event)); err != nil {
				t.Errorf("the sample holds what the contract does not: %v", err)
			}
			again, err := json.Marshal(event)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(anyJSON(t, envelope.Detail), anyJSON(t, again)); diff != "" {
				t.Errorf("the sample changes when it is read and written (-sample +again):\n%s", diff)
			}
		})
	}
}

func TestEveryFileIsASampleOfAType(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(samples)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, typ := range lifecycle.Types() {
		known[fileOf(typ)+".json"] = true
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("%s/%s is no Type's sample", samples, f.Name())
		}
	}
}

// The wire form of an event that has every field: a rename, or a field that is left out,
// shows here.
func TestFullEventIsWrittenAsTheContractSays(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 2, 11, 7, 0, time.UTC)
	var event lifecycle.Event
	fill(reflect.ValueOf(&event).Elem(), at)
	body, err := json.MarshalIndent(event, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/full.json", append(body, '\n'))
}

// fill gives every field a value that is not its zero value.
func fill(v reflect.Value, at time.Time) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(at))
	case v.Kind() == reflect.String:
		v.SetString("text")
	case v.Kind() == reflect.Int:
		v.SetInt(1)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), at)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), at)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), at)
		}
	default:
		panic("a kind of field that no event had before: " + v.Kind().String())
	}
}

// An optional field that has no value is left out, so that a reader can tell it from a
// value; these are always there.
func TestEmptyEventWritesOnlyWhatIsAlwaysThere(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(lifecycle.Event{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"schema": 0.0, "type": "", "incidentId": "", "sequence": 0.0, "time": "0001-01-01T00:00:00Z",
		"severity": "", "state": "", "headline": "", "account": "", "region": "", "mode": "",
		"subject": map[string]any{"kind": "", "id": ""}, "automatic": false,
	}
	if diff := cmp.Diff(any(want), anyJSON(t, body)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// docs/events.md is written by hand; a field or a value that is added to the contract
// must be explained there.
func TestTheDocsNameEveryFieldAndType(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	collect(reflect.TypeFor[lifecycle.Event](), &names)
	for _, typ := range lifecycle.Types() {
		names = append(names, string(typ))
	}
	for _, name := range names {
		if !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("docs/events.md does not explain `%s`", name)
		}
	}
}

// collect adds the JSON name of every field of typ, and of what its fields hold.
func collect(typ reflect.Type, names *[]string) {
	for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() {
		return
	}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		*names = append(*names, name)
		collect(typ.Field(i).Type, names)
	}
}

func anyJSON(t *testing.T, body []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
