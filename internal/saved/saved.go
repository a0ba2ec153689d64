// Package saved is a snapshot as a file: what xksctl diagnose --save writes and --from reads.
package saved

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Format marks a file as one of these.
const Format = "xks-remediator snapshot"

// Schema is the version of the file and of the snapshot in it that this code writes and
// reads.
const Schema = 1

// Largest is how long a file may be, in bytes: a path with thousands of targets has a tenth
// of it.
const Largest = 64 << 20

// A File is a snapshot with what its reader must know. It serialises to JSON.
type File struct {
	Format   string        `json:"format"`
	Schema   int           `json:"schema"`
	Redacted bool          `json:"redacted"`
	Parts    []path.Part   `json:"parts"` // that the writer reads: a part that is not named here was not looked for
	Snapshot path.Snapshot `json:"snapshot"`
}

// Encode returns the file of a snapshot that holds parts, or gaps for them.
func Encode(s path.Snapshot, redacted bool, parts []path.Part) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(File{Format, Schema, redacted, parts, s}); err != nil {
		return nil, fmt.Errorf("writing a snapshot as JSON: %w", err)
	}
	return out.Bytes(), nil
}

// What Decode refuses.
var (
	ErrNotOurs = errors.New("it is no snapshot that xksctl saved")
	ErrSchema  = errors.New("its schema is another than this xksctl reads")
	ErrBroken  = errors.New("it is damaged")
)

// Decode reads a file. A part of parts that its writer did not know becomes a gap, so that
// nothing passes for lack of it; a part or field that this code does not know is ErrSchema:
// what it means cannot be judged. Any other JSON is ErrNotOurs, and what is no JSON ErrBroken.
func Decode(data []byte, parts []path.Part) (File, error) {
	if len(data) > Largest {
		return File{}, fmt.Errorf("%w: it is longer than %d bytes", ErrNotOurs, Largest)
	}
	var head struct {
		Format string `json:"format"`
		Schema int    `json:"schema"`
	}
	if err := one(json.NewDecoder(bytes.NewReader(data)), &head); err != nil {
		return File{}, err
	}
	switch {
	case head.Format != Format:
		return File{}, ErrNotOurs
	case head.Schema != Schema:
		return File{}, fmt.Errorf("%w: %d, not %d", ErrSchema, head.Schema, Schema)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	var f File
	if err := strict.Decode(&f); err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	if err := sound(f, parts); err != nil {
		return File{}, err
	}
	f.Snapshot.Gaps = append(f.Snapshot.Gaps, unlooked(f, parts)...)
	f.Parts = parts // what is not there has a gap now
	return f, nil
}

// one decodes a single JSON value with nothing behind it.
func one(d *json.Decoder, into any) error {
	if err := d.Decode(into); err != nil {
		if _, wrong := errors.AsType[*json.UnmarshalTypeError](err); wrong {
			return ErrNotOurs
		}
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the snapshot", ErrBroken)
	}
	return nil
}

// sound refuses a snapshot that nobody can have taken.
func sound(f File, parts []path.Part) error {
	s := f.Snapshot
	for _, p := range f.Parts {
		if !slices.Contains(parts, p) {
			return fmt.Errorf("%w: it holds %s, which this xksctl does not know", ErrSchema, p)
		}
	}
	switch {
	case s.Schema != Schema:
		return fmt.Errorf("%w: %d, not %d", ErrSchema, s.Schema, Schema)
	case s.Taken.IsZero() || s.Subject.ID == "" || len(f.Parts) == 0:
		return fmt.Errorf("%w: it does not say of what, when or what was read", ErrBroken)
	case s.Subject.Kind != path.KeyStoreSubject && s.Subject.Kind != path.ServiceSubject && s.Subject.Kind != path.AccountSubject:
		return fmt.Errorf("%w: %q is no kind of subject", ErrSchema, s.Subject.Kind)
	}
	return nil
}

// unlooked returns a gap for each part that the writer did not look for.
func unlooked(f File, parts []path.Part) []path.Gap {
	var gaps []path.Gap
	for _, p := range parts {
		if !slices.Contains(f.Parts, p) {
			gaps = append(gaps, path.Gap{
				Part: p, Cause: path.Unreadable, Message: "the file was saved by an xksctl that did not look for it: save another one",
			})
		}
	}
	return gaps
}
