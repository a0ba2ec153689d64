package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// recorder stands in for the test that compares, so that its failure can be seen.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestCompareFailsOnAnyDifference(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "page.txt")
	if err := os.WriteFile(file, []byte("one\ntwo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		file, got string
		fails     bool
	}{
		"the same text":            {file, "one\ntwo\n", false},
		"another line":             {file, "one\nthree\n", true},
		"a missing last newline":   {file, "one\ntwo", true},
		"a file that is not there": {file + ".absent", "one\ntwo\n", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			compare(r, tt.file, []byte(tt.got))
			if r.failed != tt.fails {
				t.Errorf("comparing %q: failed is %v, want %v", tt.got, r.failed, tt.fails)
			}
		})
	}
}

func TestWriteMakesWhatCompareAccepts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "testdata", "page.txt")
	write(t, file, []byte("one\n"))
	compare(t, file, []byte("one\n"))
}
