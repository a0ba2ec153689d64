// Package xksremediator_test holds what is true of the repository as a whole: who may import
// whom, and what template.yaml deploys.
package xksremediator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module  = "github.com/xks-remediator/xks-remediator"
	sdk     = "github.com/aws/aws-sdk-go-v2"
	smithy  = "github.com/aws/smithy-go"
	lambda  = "github.com/aws/aws-lambda-go"
	rapid   = "pgregory.net/rapid"
	sdkCall = sdk + "/service/"
)

// A storey is what a package may import: of this module, folders below internal/ (a folder
// ending in "/..." with all below it); of others, modules. A pure package computes: it can
// neither call anybody, read the clock, roll dice nor log.
type storey struct {
	own    string
	others []string
	pure   bool
}

func pure(own string, others ...string) storey  { return storey{own, others, true} }
func shell(own string, others ...string) storey { return storey{own, others, false} }

// everything may be imported by what puts the parts together.
const everything = "..."

// storeys is the table "who may import whom". A package that is not in it may not be there.
var storeys = map[string]storey{
	// Values.
	"internal/flow":      pure("", "go4.org/netipx"),
	"internal/path":      pure("flow"),
	"internal/signal":    pure(""),
	"internal/lifecycle": pure(""),

	// Rules.
	"internal/reach":    pure("path flow"),
	"internal/check":    pure("reach path flow"),
	"internal/symptom":  pure("check signal path"),
	"internal/plan":     pure("check reach path flow"),
	"internal/incident": pure("plan symptom check signal path flow lifecycle"),
	"internal/notice":   pure("lifecycle"),
	"internal/picture":  pure("check reach path", "charm.land/lipgloss/v2"),
	"internal/redact":   pure("path"),
	"internal/saved":    pure("path"),

	// The shell: each knows the world, and none of the others.
	"internal/awserr":    shell("", sdk, smithy),
	"internal/boot":      shell("", sdk, smithy, "github.com/caarlos0/env/v11", "github.com/oklog/ulid/v2"),
	"internal/collect":   shell("path flow awserr", sdk, smithy, "golang.org/x/sync"),
	"internal/publicdns": shell("path", "github.com/miekg/dns", "golang.org/x/net", "golang.org/x/sync"),
	"internal/apply":     shell("plan path flow awserr", sdk, smithy),
	"internal/dynamo":    shell("incident path awserr", sdk, smithy),
	"internal/bus":       shell("lifecycle signal awserr", sdk, smithy),
	"internal/topic":     shell("notice awserr", sdk, smithy),

	// Handlers: they see the world through interfaces of their own.
	"internal/diagnose":  shell("flow path signal lifecycle reach check symptom plan incident", lambda),
	"internal/remediate": shell("plan incident lifecycle path signal", lambda),
	"internal/notify":    shell("lifecycle notice", lambda),
	"internal/probe":     shell("path"),

	// Wiring: a function links its own and no other's.
	"internal/wiring/diagnoser":  shell("boot bus check collect publicdns diagnose dynamo incident path plan signal topic awserr"),
	"internal/wiring/remediator": shell("boot bus apply remediate dynamo incident path plan awserr"),
	"internal/wiring/notifier":   shell("boot notify dynamo topic"),
	"functions/diagnose":         shell("boot diagnose wiring/diagnoser", lambda),
	"functions/remediate":        shell("boot remediate wiring/remediator", lambda),
	"functions/notify":           shell("boot notify wiring/notifier", lambda),
	"functions/probe":            shell("probe", lambda),
	"internal/rehearse/...":      shell(everything, sdk, lambda, "golang.org/x/sync"),
	"cmd/xksctl":                 shell(everything, sdk, "github.com/alecthomas/kong", "github.com/charmbracelet/x/term", "golang.org/x/sync"),
	"internal/e2e/...":           shell(everything, sdk, lambda),
	"internal/bench":             shell(everything, sdk, lambda),
	"internal/soak":              shell(everything, sdk, rapid), // the algebra and its judge meet in its tests
	".":                          shell(""),                     // template.yaml, embedded

	// The world, which judges all of the above and so shares no code with it.
	"internal/awssim/engine": shell("awssim/...", smithy), // CBOR; what it writes is judged by clients that others wrote
	"internal/awssim/...":    shell("awssim/...", "go.yaml.in/yaml/v3", "github.com/miekg/dns"),
	"internal/scenario":      shell("awssim/...", "go.yaml.in/yaml/v3"),

	// What only tests import.
	"internal/golden":                     shell("", "github.com/google/go-cmp"),
	"internal/path/pathtest":              shell("path flow"),
	"internal/flow/flowtest":              shell("flow", rapid),
	"internal/awssim/network/networktest": shell("awssim/...", sdk),
	"internal/dynamo/dynamotest":          shell("dynamo incident lifecycle path symptom awserr awssim/... .", sdk, "github.com/google/go-cmp"),
}

// forTests are the packages that nothing but tests may import.
var forTests = []string{"internal/golden", "internal/path/pathtest", "internal/flow/flowtest", "internal/awssim/network/networktest", "internal/dynamo/dynamotest"}

// impure are packages of the standard library that a pure package must not import.
var impure = []string{"os", "os/exec", "net", "net/http", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "unsafe"}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Deps,Standard", "./...")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("listing packages: %v\n%s", err, complaint.String())
	}
	all := make(map[string]listed)
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("reading the list of packages: %v", err)
		}
		all[one.ImportPath] = one
	}
}

// folderOf returns the folder of a package of this module.
func folderOf(path string) (folder string, ok bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// own returns the packages of this module by their folder.
func own(all map[string]listed) map[string]listed {
	ours := make(map[string]listed)
	for path, one := range all {
		if folder, ok := folderOf(path); ok {
			ours[folder] = one
		}
	}
	return ours
}

// covers tells whether pattern, a folder or "folder/...", holds folder.
func covers(pattern, folder string) bool {
	above, all := strings.CutSuffix(pattern, "...")
	above = strings.TrimSuffix(above, "/")
	return folder == above || all && (above == "" || strings.HasPrefix(folder, above+"/"))
}

func storeyOf(folder string) (storey, bool) {
	if s, ok := storeys[folder]; ok {
		return s, true
	}
	for pattern, s := range storeys {
		if covers(pattern, folder) {
			return s, true
		}
	}
	return storey{}, false
}

// refusal says why a package on s may not import path, or nothing.
func (s storey) refusal(path string, standard bool) string {
	if folder, ok := folderOf(path); ok {
		if slices.Contains(forTests, folder) {
			return "only tests may"
		}
		for _, pattern := range strings.Fields(s.own) {
			if covers(pattern, strings.TrimPrefix(folder, "internal/")) {
				return ""
			}
		}
		return "its storey does not"
	}
	if standard {
		if s.pure && slices.Contains(impure, path) {
			return "it is pure"
		}
		return ""
	}
	for _, other := range s.others {
		if covers(other+"/...", path) {
			return ""
		}
	}
	return "its storey does not know that module"
}

func TestEveryImportIsOneThatItsStoreyMayHave(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for folder, one := range own(all) {
		s, ok := storeyOf(folder)
		if !ok {
			t.Errorf("%s has no storey in this file's table", folder)
			continue
		}
		for _, path := range one.Imports {
			if why := forTestsOnly(folder, path); why {
				continue
			}
			if why := s.refusal(path, all[path].Standard); why != "" {
				t.Errorf("%s imports %s: %s", folder, path, why)
			}
		}
	}
}

// forTestsOnly tells whether a package for tests imports another one.
func forTestsOnly(folder, path string) bool {
	other, _ := folderOf(path)
	return slices.Contains(forTests, folder) && slices.Contains(forTests, other)
}

func TestEveryStoreyIsLivedIn(t *testing.T) {
	t.Parallel()
	ours := own(packages(t))
	for pattern := range storeys {
		lived := false
		for folder := range ours {
			lived = lived || covers(pattern, folder)
		}
		if !lived {
			t.Errorf("the table speaks of %s, and there is no such package", pattern)
		}
	}
}

// A function that must not do a thing cannot even link what does it.
func TestAFunctionLinksNothingThatItMustNotUse(t *testing.T) {
	t.Parallel()
	// The SDK's reader of settings links the clients of the services that give credentials.
	credentials := []string{"sts", "sso", "ssooidc", "signin", "internal"}
	tests := map[string]struct {
		never    []string // folders of ours
		services []string // of AWS; nil is any
	}{
		"functions/diagnose":  {[]string{"internal/apply", "internal/remediate", "internal/awssim/...", "internal/scenario"}, nil},
		"functions/remediate": {[]string{"internal/collect", "internal/diagnose", "internal/awssim/...", "internal/scenario"}, []string{"ec2", "kms", "dynamodb", "eventbridge", "sqs"}},
		"functions/notify":    {[]string{"internal/apply", "internal/collect", "internal/diagnose", "internal/remediate", "internal/awssim/...", "internal/scenario"}, []string{"sns", "dynamodb"}},
	}
	all := packages(t)
	for folder, tt := range tests {
		one, ok := all[module+"/"+folder]
		if !ok {
			t.Errorf("there is no %s", folder)
		}
		for _, path := range one.Deps {
			for _, never := range tt.never {
				if below, ok := folderOf(path); ok && covers(never, below) {
					t.Errorf("%s links %s", folder, below)
				}
			}
			service, ok := strings.CutPrefix(path, sdkCall)
			service, _, _ = strings.Cut(service, "/")
			if ok && tt.services != nil && !slices.Contains(tt.services, service) && !slices.Contains(credentials, service) {
				t.Errorf("%s links the client of %s", folder, service)
			}
		}
	}
}

// The probe runs inside the customer's VPC, and can call nothing of AWS's.
func TestTheTreeOfFunctionsProbeHoldsNoAWSSDK(t *testing.T) {
	t.Parallel()
	one, ok := packages(t)[module+"/functions/probe"]
	if !ok || len(one.Deps) == 0 {
		t.Fatal("there is no functions/probe")
	}
	for _, dep := range one.Deps {
		folder, ours := folderOf(dep)
		switch {
		case covers(sdk+"/...", dep), covers(smithy+"/...", dep):
			t.Errorf("functions/probe links %s", dep)
		case ours && !slices.Contains([]string{"internal/probe", "internal/path", "internal/flow"}, folder):
			t.Errorf("functions/probe links %s", folder)
		}
	}
}

// Time enters a pure package as an argument, and nothing happens when a package is loaded.
func TestPurePackagesReadNoClockAndNoPackageHasAnInit(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	walk := func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s, _ := storeyOf(filepath.ToSlash(filepath.Dir(file)))
		ast.Inspect(parsed, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: an init function", files.Position(n.Pos()))
			}
			if s.pure && readsClock(n) {
				t.Errorf("%s: a pure package reads the clock", files.Position(n.Pos()))
			}
			return true
		})
		return nil
	}
	for _, root := range []string{"internal", "functions", "cmd"} {
		if err := filepath.WalkDir(root, walk); err != nil {
			t.Fatal(err)
		}
	}
}

func readsClock(n ast.Node) bool {
	call, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := call.X.(*ast.Ident)
	return ok && of.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker", "Tick"}, call.Sel.Name)
}
