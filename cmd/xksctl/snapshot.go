package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/redact"
	"github.com/xks-remediator/xks-remediator/internal/saved"
)

// consistent refuses flags that contradict one another, before anybody is asked anything.
func (c *diagnoseCommand) consistent() error {
	switch {
	case c.From == "" && c.Subject == "":
		return &hinted{errors.New("what is to be diagnosed is not said"), "give the ID of a key store or of an endpoint service, or a saved snapshot with --from"}
	case c.From != "" && (c.Region != "" || c.Profile != "" || c.EndpointURL != "" || c.CanaryKey != "" || c.URIEndpoint != ""):
		return &hinted{errors.New("--from asks AWS nothing"), "leave out --region, --profile, --endpoint-url, --canary-key and --uri-endpoint"}
	case c.Save == "" && (c.Redact || c.Force):
		return &hinted{errors.New("--redact and --force are about the file of --save, and there is none"), "give --save FILE"}
	}
	if c.Save == "" || c.Force {
		return nil
	}
	if _, err := os.Lstat(c.Save); !errors.Is(err, fs.ErrNotExist) {
		return taken(c.Save)
	}
	return nil
}

func taken(file string) error {
	return &hinted{fmt.Errorf("%s is there already", file), "name another file, or give --force to overwrite it"}
}

// load reads a saved snapshot.
func (c *diagnoseCommand) load() (saved.File, error) {
	file, err := os.Open(c.From)
	if err != nil {
		return saved.File{}, &hinted{fmt.Errorf("reading the snapshot: %w", err), "give --from a file that xksctl diagnose --save wrote"}
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, saved.Largest+1))
	if err != nil {
		return saved.File{}, fmt.Errorf("reading the snapshot: %w", err)
	}
	f, err := saved.Decode(data, collect.Parts())
	if err != nil {
		hint := "give a file that xksctl diagnose --save wrote"
		if errors.Is(err, saved.ErrSchema) {
			hint = "use the xksctl that saved it, or save another one with this"
		}
		return saved.File{}, &hinted{fmt.Errorf("reading %s: %w", c.From, err), hint}
	}
	if c.Subject != "" && c.Subject != f.Snapshot.Subject.ID {
		return saved.File{}, &hinted{fmt.Errorf("%s is about %s, not %s", c.From, f.Snapshot.Subject.ID, c.Subject), "leave out the ID"}
	}
	return f, nil
}

// save writes the snapshot, redacted where that is asked for.
func (c *diagnoseCommand) save(f saved.File, tagKey, tagValue string) error {
	s := f.Snapshot
	if c.Redact {
		o := redact.Options{OptInKey: tagKey, OptInValue: tagValue}
		if _, err := rand.Read(o.Key[:]); err != nil {
			return fmt.Errorf("making a key for the redaction: %w", err)
		}
		s = redact.New(s, o).Snapshot()
	}
	data, err := saved.Encode(s, f.Redacted || c.Redact, f.Parts)
	if err != nil {
		return err
	}
	if err := write(c.Save, data, c.Force); err != nil {
		return &hinted{fmt.Errorf("saving the snapshot: %w", err), "name a file in a folder that you may write to"}
	}
	return nil
}

// write makes a file that only its owner reads, in one step: whoever looks sees all of it or
// nothing. Without force it takes nothing's place.
func write(name string, data []byte, force bool) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".xksctl-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if force {
		return os.Rename(temporary.Name(), name)
	}
	err = os.Link(temporary.Name(), name)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return taken(name)
	}
	// A file system without hard links: look, then rename.
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return taken(name)
	}
	return os.Rename(temporary.Name(), name)
}

// fresh is what was just read from AWS.
func fresh(s path.Snapshot) saved.File {
	return saved.File{Snapshot: s, Parts: collect.Parts()}
}
