//go:build e2e

// Package usertools uses the product with what a person has at hand: a shell, the AWS CLI and
// boto3. They look at what xksctl simulate serves, break it, mend it, page through it and wait
// for it; they type the commands of the product's own messages; and every command in the
// documentation is run by some test.
package usertools

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

const step = "user-tools"

// A count is of something that tests side by side did.
type count struct{ n atomic.Int64 }

func (c *count) add(n int) { c.n.Add(int64(n)) }

func (c *count) get() int64 { return c.n.Load() }

// A suite is what all tests of this package share.
type suite struct {
	folder string // of the built xksctl
	typed  count  // commands of the AWS CLI
	calls  count  // of boto3
}

// TestAUsersOwnTools builds xksctl once for all of them.
func TestAUsersOwnTools(t *testing.T) {
	s := &suite{folder: t.TempDir()}
	e2e.Run(t, nil, "go", "build", "-o", filepath.Join(s.folder, "xksctl"), "./cmd/xksctl")
	t.Run("steps", func(t *testing.T) {
		for name, test := range map[string]func(*suite, *testing.T){
			"environment": (*suite).environment,
			"look around": (*suite).lookAround,
			"break":       (*suite).breakAndMend,
			"boto3":       (*suite).boto3,
			"pages":       (*suite).pages,
			"pasted":      (*suite).pasted,
			"redrive":     (*suite).redrive,
			"documents":   (*suite).documentation,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(s, t)
			})
		}
	})
	e2e.Report(t, step, "%d commands of the AWS CLI typed, %d calls of boto3", s.typed.get(), s.calls.get())
}

// serving is how long xksctl simulate may take to serve.
const serving = time.Minute

// simulate starts xksctl simulate on a free port, and returns a shell into which what it
// printed was pasted, and what it printed.
func (s *suite) simulate(t *testing.T, args ...string) (shell, string) {
	t.Helper()
	p := e2e.Start(t, nil, filepath.Join(s.folder, "xksctl"), append([]string{"simulate", "--listen", "127.0.0.1:0"}, args...)...)
	p.Await(t, "xksctl simulate", serving, func() bool { return strings.Contains(p.Output(), "# try: ") })
	printed := p.Output()
	file := filepath.Join(t.TempDir(), "env.sh")
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	pasted := newShell(t, s).must(t, `eval "$(cat `+file+`)"; env -0 | grep -zE '^(AWS|XKSCTL)_'`)
	var variables []string
	for v := range strings.SplitSeq(strings.TrimRight(pasted, "\x00"), "\x00") {
		variables = append(variables, v)
	}
	return newShell(t, s, variables...), printed
}

// environment has the printed lines pasted in each way that a person would.
func (s *suite) environment(t *testing.T) {
	_, printed := s.simulate(t, "running/listener-deleted")
	file := filepath.Join(t.TempDir(), "env.sh")
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	sh := newShell(t, s)
	const show = `aws kms describe-custom-key-stores --query 'CustomKeyStores[0].ConnectionState' --output text`
	for _, way := range []string{
		"source " + file + "; " + show,
		`eval "$(cat ` + file + `)"; ` + show,
		"{ cat " + file + "; echo \"" + strings.ReplaceAll(show, `"`, `\"`) + "\"; } | bash",
		"{ cat " + file + "; echo \"" + show + "\"; } | sh",
	} {
		if got := sh.must(t, way); got != "CONNECTED\n" {
			t.Errorf("%s\nprints %q, want CONNECTED", way, got)
		}
	}
	tried := 0
	for l := range strings.Lines(printed) {
		hint, ok := strings.CutPrefix(strings.TrimSpace(l), "# try: ")
		if !ok {
			continue
		}
		tried++
		got, err := sh.paste(t.Context(), "source "+file+"; "+hint)
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]int{true: 1, false: 0}[strings.HasPrefix(hint, "xksctl diagnose")]
		if strings.HasPrefix(hint, "aws kms encrypt") {
			want = 255 // the listener is deleted: KMS reaches no proxy
		}
		if got.code != want {
			t.Errorf("%s: want exit code %d, got %v", hint, want, got)
		}
	}
	if tried != 3 {
		t.Errorf("%d commands are proposed, want 3:\n%s", tried, printed)
	}
}

// python runs a script of this folder in a shell's environment and returns what it reports:
// one line of JSON, at the end of what it prints.
func (s *suite) python(t *testing.T, sh shell, out any, args ...string) {
	t.Helper()
	name := filepath.Join(e2e.Root(), "internal", "e2e", "usertools", args[0])
	command := exec.CommandContext(t.Context(), e2e.Tool(t, "python"), append([]string{"-B", name}, args[1:]...)...)
	command.Env = sh.env
	text, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, text)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var told struct{ Calls int }
	last := []byte(lines[len(lines)-1])
	if err := json.Unmarshal(last, &told); err != nil || told.Calls == 0 {
		t.Fatalf("%s reports nothing (%v):\n%s", args[0], err, text)
	}
	s.calls.add(told.Calls)
	if err := json.Unmarshal(last, out); err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, text)
	}
}
