// Package e2e is what the end-to-end tests below it share: where the repository and its
// tools are, processes that others wrote, and the report of what ran. The tests themselves
// have the build tag e2e, and `make e2e` runs them.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Root returns the repository's root folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Tool returns the path of a program in the repository's virtual environment, such as
// python, sam or aws. It fails the test where `make e2e` has not installed it.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(), ".venv", "bin", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("finding %s, which `make e2e` installs: %v", name, err)
	}
	return path
}

// Java returns the java command's arguments up to the class name: the class path of what
// `make e2e` installed, and where the native libraries are.
func Java(t testing.TB) []string {
	t.Helper()
	folder := filepath.Join(Root(), "dist", "java")
	if _, err := os.Stat(filepath.Join(folder, "installed")); err != nil {
		t.Fatalf("finding the Java parts, which `make e2e` installs: %v", err)
	}
	return []string{"java", "-Djava.library.path=" + folder, "-cp", filepath.Join(folder, "*")}
}

// Report writes one line on what a step did, with its counts, to where `make e2e` prints
// it at the end. The names of the steps are listed in tools/e2e.
func Report(t testing.TB, step, format string, args ...any) {
	t.Helper()
	line := step + ": " + fmt.Sprintf(format, args...)
	t.Log(line)
	name := os.Getenv("E2E_REPORT")
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatalf("opening the report: %v", err)
	}
	if _, err := fmt.Fprintln(file, line); err != nil {
		t.Fatalf("writing the report: %v", err)
	}
	if err := file.Close(); err != nil {
		t.Fatalf("closing the report: %v", err)
	}
}

// Run runs a command in the repository's root and returns what it printed, both streams.
// It fails the test where the command does.
func Run(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = Root()
	command.Env = append(os.Environ(), env...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("running %s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}
