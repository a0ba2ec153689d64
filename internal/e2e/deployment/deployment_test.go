//go:build e2e

// Package deployment proves that what is in the repository deploys: by the linters at their
// strictest, by `sam build` and `sam package`, by SAM's own translator, and by moto's
// CloudFormation, whose services are then asked what is there.
package deployment

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

const (
	step    = "deployment"
	account = "111122223333"
	region  = "eu-central-1"
)

// TestDeployment goes the way of docs/operations.md, each step on what the one before made.
func TestDeployment(t *testing.T) {
	withoutProfile(t)
	checkout := copyCheckout(t)
	built := make(map[string]build)
	for _, architecture := range []string{"x86_64", "arm64"} { // what is built last is deployed
		ok := t.Run("sam build "+architecture, func(t *testing.T) { built[architecture] = samBuild(t, checkout, architecture) })
		ok = ok && t.Run("make build "+architecture, func(t *testing.T) { makeBuildIsTheSame(t, checkout, built[architecture]) })
		if !ok {
			t.FailNow()
		}
	}
	t.Run("make refuses an unknown architecture", func(t *testing.T) { refusesUnknownArchitecture(t, checkout) })

	aws := startAccount(t)
	var packaged string
	if !t.Run("sam package", func(t *testing.T) { packaged = aws.samPackage(t, checkout, built["arm64"]) }) {
		t.FailNow()
	}
	t.Run("linting what SAM makes of it", func(t *testing.T) { lintTransformed(t, transform(t, packaged, nil)) })
	deployEveryVariant(t, aws, packaged)
}

// withoutProfile takes away what a person's shell would tell the AWS tools.
func withoutProfile(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "ARCHITECTURE", "GOFLAGS", "GOARCH", "GOOS"} {
		t.Setenv(name, "") // which restores it in the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatalf("unsetting %s: %v", name, err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1") // nothing is left beside the scripts
	t.Setenv("SAM_CLI_TELEMETRY", "0")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "none")
	t.Setenv("AWS_DEFAULT_REGION", region)
}

// copyCheckout copies what a clone would have into a folder of its own, so that nothing of
// what is built here lands in the repository, and nothing there lands in what is built.
func copyCheckout(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	names := run(t, e2e.Root(), nil, "", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for _, name := range strings.Split(strings.TrimRight(names, "\x00"), "\x00") {
		from := filepath.Join(e2e.Root(), name)
		status, err := os.Stat(from)
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatalf("copying the checkout: %v", err)
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatalf("copying the checkout: %v", err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatalf("copying the checkout: %v", err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, status.Mode().Perm()); err != nil {
			t.Fatalf("copying the checkout: %v", err)
		}
	}
	return to
}

// run runs a command in a folder and returns its standard output.
func run(t *testing.T, folder string, env []string, input, name string, args ...string) string {
	t.Helper()
	out, complaint, err := try(t, folder, env, input, name, args...)
	if err != nil {
		t.Fatalf("running %s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, complaint, out)
	}
	return out
}

// try is run for what may fail.
func try(t *testing.T, folder string, env []string, input, name string, args ...string) (out, complaint string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	command.Dir, command.Stdin, command.Stdout, command.Stderr = folder, strings.NewReader(input), &stdout, &stderr
	command.Env = append(os.Environ(), env...)
	err = command.Run()
	return stdout.String(), stderr.String(), err
}

// script runs a Python script of this folder: its input and what it prints are JSON.
func script(t *testing.T, env []string, input, into any, name string, args ...string) {
	t.Helper()
	given, err := json.Marshal(input)
	if err != nil {
		t.Fatalf("writing the input of %s: %v", name, err)
	}
	out := run(t, e2e.Root(), env, string(given), e2e.Tool(t, "python"), append([]string{scriptPath(name)}, args...)...)
	decoder := json.NewDecoder(strings.NewReader(out))
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("reading what %s printed: %v\n%s", name, err, out)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("%s printed more than one value:\n%s", name, out)
	}
}

func scriptPath(name string) string {
	return filepath.Join(e2e.Root(), "internal", "e2e", "deployment", name)
}
