package template_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// FuzzRead holds that no template makes the reader panic or run for ever, and that it
// answers with either a stack or a reason.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		stack, err := template.Read(source, options(nil))
		if (stack == nil) == (err == nil) {
			t.Errorf("got %v and %v", stack, err)
		}
	})
}
