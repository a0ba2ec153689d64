//go:build e2e

package deployment

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// functions are the folders of the functions by logical ID.
var functions = map[string]string{"DiagnoseFunction": "diagnose", "RemediateFunction": "remediate", "NotifyFunction": "notify", "ProbeFunction": "probe"}

// machines are the processors of Lambda's architectures, and what Go calls them.
var machines = map[string]struct {
	machine elf.Machine
	goarch  string
}{
	"arm64":  {elf.EM_AARCH64, "arm64"},
	"x86_64": {elf.EM_X86_64, "amd64"},
}

// What Lambda takes of an archive that is uploaded, and of what it unpacks to.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	mostZipped   = 50 << 20
	mostUnzipped = 250 << 20
)

// A build is what one `sam build` made.
type build struct {
	architecture string
	folder       string
	hashes       map[string]string // of each bootstrap, by logical ID
}

// samBuild builds as docs/operations.md says: arm64 needs no word, another is named. The
// other one is built from a copy of the sources too, as SAM does unless told otherwise.
func samBuild(t *testing.T, checkout, architecture string) build {
	t.Helper()
	env, args := []string(nil), []string{"build", "--build-in-source"}
	if architecture != "arm64" {
		env, args = []string{"ARCHITECTURE=" + architecture}, []string{"build", "--parameter-overrides", "Architecture=" + architecture}
	}
	run(t, checkout, env, "", e2e.Tool(t, "sam"), args...)
	b := build{architecture: architecture, folder: filepath.Join(checkout, ".aws-sam", "build"), hashes: make(map[string]string)}

	var sizes []string
	for _, logicalID := range []string{"DiagnoseFunction", "RemediateFunction", "NotifyFunction", "ProbeFunction"} {
		path := filepath.Join(b.folder, logicalID, "bootstrap")
		size := isOneExecutable(t, filepath.Dir(path))
		isForLambda(t, path, architecture)
		isOfFunction(t, path, functions[logicalID], architecture)
		b.hashes[logicalID] = hashOf(t, path)
		sizes = append(sizes, fmt.Sprintf("%s %.1f MiB", functions[logicalID], float64(size)/(1<<20)))
	}
	pointsAtArtifacts(t, b.folder)
	e2e.Report(t, step, "sam build: %s, static and stripped: %s", architecture, strings.Join(sizes, ", "))
	return b
}

// isOneExecutable returns the size of the only file that an artifact's folder may hold.
func isOneExecutable(t *testing.T, folder string) int64 {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatalf("reading what sam build made: %v", err)
	}
	if len(entries) != 1 || entries[0].Name() != "bootstrap" {
		t.Fatalf("%s holds %v, want one file bootstrap", folder, entries)
	}
	status, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if !status.Mode().IsRegular() || status.Mode().Perm()&0o555 != 0o555 {
		t.Errorf("bootstrap has mode %v, want a file that everybody may run", status.Mode())
	}
	if status.Size() > mostUnzipped {
		t.Errorf("bootstrap has %d bytes, and Lambda takes %d", status.Size(), mostUnzipped)
	}
	return status.Size()
}

// isForLambda wants a static, stripped executable of the processor: provided.al2023 has no
// libraries that a build machine could promise.
// https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
func isForLambda(t *testing.T, path, architecture string) {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	defer file.Close()
	if want := machines[architecture].machine; file.Machine != want || file.Class != elf.ELFCLASS64 || file.Type != elf.ET_EXEC {
		t.Errorf("got %v %v %v, want an executable for %v", file.Class, file.Machine, file.Type, want)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP || segment.Type == elf.PT_DYNAMIC {
			t.Errorf("it has a segment %v: it is not static", segment.Type)
		}
	}
	for _, section := range file.Sections {
		if section.Type == elf.SHT_SYMTAB || strings.HasPrefix(section.Name, ".debug_") || strings.HasPrefix(section.Name, ".zdebug_") {
			t.Errorf("it has a section %s: it is not stripped", section.Name)
		}
	}
}

// isOfFunction wants the function's own program, without the RPC of the runtime go1.x.
func isOfFunction(t *testing.T, path, folder, architecture string) {
	t.Helper()
	about, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	if want := "github.com/xks-remediator/xks-remediator/functions/" + folder; about.Path != want {
		t.Errorf("it was built from %s, want %s", about.Path, want)
	}
	settings := make(map[string]string)
	for _, s := range about.Settings {
		settings[s.Key] = s.Value
	}
	want := map[string]string{"GOOS": "linux", "GOARCH": machines[architecture].goarch, "CGO_ENABLED": "0", "-trimpath": "true", "-tags": "lambda.norpc"}
	for name, value := range want {
		if settings[name] != value {
			t.Errorf("it was built with %s=%s, want %s", name, settings[name], value)
		}
	}
}

// pointsAtArtifacts wants the built template to deploy what was built.
func pointsAtArtifacts(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "template.yaml"))
	if err != nil {
		t.Fatalf("reading the built template: %v", err)
	}
	var built struct {
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &built); err != nil {
		t.Fatalf("reading the built template: %v", err)
	}
	seen := 0
	for logicalID, r := range built.Resources {
		if r.Type != "AWS::Serverless::Function" {
			continue
		}
		seen++
		var properties struct {
			CodeUri string `yaml:"CodeUri"`
		}
		if err := r.Properties.Decode(&properties); err != nil {
			t.Fatalf("reading %s: %v", logicalID, err)
		}
		if _, ok := functions[logicalID]; !ok || properties.CodeUri != logicalID {
			t.Errorf("%s takes its code from %q, want the folder of its name", logicalID, properties.CodeUri)
		}
	}
	if seen != len(functions) {
		t.Errorf("the built template has %d functions, want %d", seen, len(functions))
	}
}

// makeBuildIsTheSame wants the packages of `make build` to hold the very bytes that `sam
// build` deploys. Both are built without .git, which sam build leaves out of what it copies:
// beside a .git Go would write the commit into the executable.
func makeBuildIsTheSame(t *testing.T, checkout string, b build) {
	t.Helper()
	run(t, checkout, nil, "", "make", "build", "ARCHITECTURE="+b.architecture)
	var sizes []string
	for _, logicalID := range []string{"DiagnoseFunction", "RemediateFunction", "NotifyFunction", "ProbeFunction"} {
		archive, err := os.ReadFile(filepath.Join(checkout, "dist", functions[logicalID]+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		if got := bootstrapIn(t, archive); got != b.hashes[logicalID] {
			t.Errorf("%s: make build packs bootstrap %s, and sam build made %s", logicalID, got, b.hashes[logicalID])
		}
		sizes = append(sizes, fmt.Sprintf("%s %.1f MiB", functions[logicalID], float64(len(archive))/(1<<20)))
	}
	e2e.Report(t, step, "make build: %s, the same bytes as of sam build, zipped: %s", b.architecture, strings.Join(sizes, ", "))
}

// bootstrapIn returns the hash of the only file that a function's archive may hold, which
// keeps its right to run.
func bootstrapIn(t *testing.T, archive []byte) string {
	t.Helper()
	if len(archive) > mostZipped {
		t.Errorf("the archive has %d bytes, and Lambda takes %d", len(archive), mostZipped)
	}
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatalf("reading an archive: %v", err)
	}
	if len(reader.File) != 1 || reader.File[0].Name != "bootstrap" {
		t.Fatalf("the archive holds %d files, want bootstrap alone", len(reader.File))
	}
	if mode := reader.File[0].Mode(); !mode.IsRegular() || mode.Perm()&0o555 != 0o555 {
		t.Errorf("bootstrap has mode %v in the archive, want a file that everybody may run", mode)
	}
	content, err := reader.File[0].Open()
	if err != nil {
		t.Fatalf("reading an archive: %v", err)
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		t.Fatalf("reading an archive: %v", err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func hashOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func refusesUnknownArchitecture(t *testing.T, checkout string) {
	for _, wrong := range []string{"riscv64", "amd64", ""} {
		folder := t.TempDir()
		out, _, err := try(t, checkout, nil, "", "make", "build-NotifyFunction", "ARCHITECTURE="+wrong, "ARTIFACTS_DIR="+folder)
		if err == nil || !strings.Contains(out, "neither arm64 nor x86_64") {
			t.Errorf("make with ARCHITECTURE=%q ended with %v and said:\n%s", wrong, err, out)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("make with ARCHITECTURE=%q left %v, %v", wrong, left, err)
		}
	}
}
