// Package rie runs the built functions under the AWS Lambda Runtime Interface Emulator,
// AWS's own binary inside the AWS SAM CLI, against the simulator. The end-to-end tests and
// the benchmarks share it. It builds by the Makefile and starts what it built; it never
// calls a handler itself.
// https://docs.aws.amazon.com/lambda/latest/dg/go-image.html
package rie

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// Probe is the logical ID of the one function that template.yaml deploys only where parameters
// place it in a VPC.
const Probe = "ProbeFunction"

// Functions are the folders below functions/ by the functions' logical IDs in template.yaml.
func Functions() map[string]string {
	return map[string]string{"DiagnoseFunction": "diagnose", "RemediateFunction": "remediate", "NotifyFunction": "notify", Probe: "probe"}
}

// Empty is the folder of the least function, as Build wants it.
const Empty = "../internal/e2e/rie/empty"

// Architectures are the names of the processors for which Lambda runs functions, by Go's.
// https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
func Architectures() map[string]string { return map[string]string{"amd64": "x86_64", "arm64": "arm64"} }

// Build builds the bootstrap of a function into folder, by the same rule of the Makefile as
// a deployment, and returns its path. Architecture is Lambda's name of a processor; that of
// this machine where empty.
func Build(ctx context.Context, function, architecture, folder string) (string, error) {
	if architecture == "" {
		architecture = Architectures()[runtime.GOARCH]
	}
	command := exec.CommandContext(ctx, "make", "--no-print-directory", "bootstrap",
		"FUNCTION="+function, "ARCHITECTURE="+architecture, "ARTIFACTS_DIR="+folder)
	command.Dir = e2e.Root()
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s for %s: %w\n%s", function, architecture, err, out)
	}
	return filepath.Join(folder, "bootstrap"), nil
}

// BuildAll builds every function for this machine into folders below folder, and
// returns the bootstraps by logical ID.
func BuildAll(ctx context.Context, folder string) (map[string]string, error) {
	built := map[string]string{}
	for id, function := range Functions() {
		path, err := Build(ctx, function, "", filepath.Join(folder, function))
		if err != nil {
			return nil, err
		}
		built[id] = path
	}
	return built, nil
}

// binary finds the emulator for this machine's processor in the virtual environment.
func binary() (string, error) {
	name := "aws-lambda-rie-" + Architectures()[runtime.GOARCH]
	pattern := filepath.Join(e2e.Root(), ".venv", "lib", "python3*", "site-packages", "samcli", "local", "rapid", name)
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("finding the emulator %s, which `make .venv/installed` installs with the AWS SAM CLI: %w", pattern, os.ErrNotExist)
	}
	return found[0], nil
}
