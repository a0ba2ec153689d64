// Package golden compares what a test made with a file that a person has read. Run a
// test with -update to rewrite its files, read the difference, and say in the commit why
// it changed. Only tests import it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files with what the tests made")

// Equal fails t unless the file holds exactly got. With -update it writes the file, and
// its folder, instead.
func Equal(t testing.TB, file string, got []byte) {
	t.Helper()
	if *update {
		write(t, file, got)
		return
	}
	compare(t, file, got)
}

func write(t testing.TB, file string, got []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatalf("making the folder of a golden file: %v", err)
	}
	if err := os.WriteFile(file, got, 0o644); err != nil {
		t.Fatalf("writing a golden file: %v", err)
	}
}

func compare(t testing.TB, file string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("reading a golden file (go test -update makes it): %v", err)
		return
	}
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		t.Errorf("%s differs (-file +got); if it should, go test -update and read the file:\n%s", file, diff)
	}
}

// lines splits text so that a difference shows the lines that differ, a missing last
// newline too.
func lines(text []byte) []string { return strings.SplitAfter(string(text), "\n") }
