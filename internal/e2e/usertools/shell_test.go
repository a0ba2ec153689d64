//go:build e2e

package usertools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A shell is bash as a person has it who set up the AWS CLI, with xksctl on the path and
// nothing of this machine's AWS settings.
type shell struct {
	env   []string
	typed *count // commands of the AWS CLI that were typed
}

// newShell returns a shell with further variables, as "AWS_REGION=eu-central-1".
func newShell(t *testing.T, s *suite, variables ...string) shell {
	t.Helper()
	env := append(without(os.Environ(), "AWS_", "HOME="),
		"PATH="+filepath.Dir(e2e.Tool(t, "aws"))+":"+s.folder+":"+os.Getenv("PATH"),
		"HOME="+t.TempDir(), "AWS_PAGER=")
	return shell{append(env, variables...), &s.typed}
}

// without returns the variables whose names begin with none of the prefixes.
func without(env []string, prefixes ...string) []string {
	var kept []string
	for _, v := range env {
		ours := false
		for _, p := range prefixes {
			ours = ours || strings.HasPrefix(v, p)
		}
		if !ours {
			kept = append(kept, v)
		}
	}
	return kept
}

// An answer is what came of a line.
type answer struct {
	out    string // standard output
	errOut string
	code   int // exit code
}

func (a answer) String() string {
	return fmt.Sprintf("exit code %d\n%s%s", a.code, a.out, a.errOut)
}

// paste runs a command as bash -c does with what was pasted.
func (s shell) paste(ctx context.Context, line string) (answer, error) {
	s.typed.add(strings.Count(" "+line, " aws "))
	command := exec.CommandContext(ctx, "bash", "-c", line)
	command.Env, command.Dir = s.env, e2e.Root()
	var out, errOut bytes.Buffer
	command.Stdout, command.Stderr = &out, &errOut
	err := command.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return answer{}, fmt.Errorf("running %s: %w", line, err)
	}
	return answer{out.String(), errOut.String(), command.ProcessState.ExitCode()}, nil
}

// must runs a command and fails the test where its exit code is not 0.
func (s shell) must(t *testing.T, line string) string {
	t.Helper()
	got, err := s.paste(t.Context(), line)
	if err != nil {
		t.Fatal(err)
	}
	if got.code != 0 {
		t.Fatalf("%s\n%v", line, got)
	}
	return got.out
}

// A line is what is typed in a session, and what must come of it.
type line struct {
	typed string
	code  int
	want  []string // each in what it prints, on either stream
	not   []string // none of them
}

// await is for what AWS does a little later: it types a command again until it succeeds, no
// more than a hundred times. The CLI takes long enough to start.
const await = `await() { for _ in {1..100}; do "$@" >/dev/null 2>&1 && return; done; echo "never: $*"; return 1; }
refused() { ! "$@"; }
`

// session types the lines one after the other into one shell, whose variables stay, and
// compares what comes of each.
func (s shell) session(t *testing.T, lines []line) {
	t.Helper()
	const mark = "\x1e"
	script := await
	for _, l := range lines {
		s.typed.add(strings.Count(" "+l.typed, " aws ") + strings.Count(l.typed, "$(aws "))
		script += "{ " + l.typed + "\n} 2>&1\nprintf '" + mark + "%d" + mark + "' $?\n"
	}
	file := filepath.Join(t.TempDir(), "session.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := s.paste(t.Context(), "bash "+file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(got.out, mark)
	if len(parts) != 2*len(lines)+1 {
		t.Fatalf("the session ended after %d of %d lines: %v", len(parts)/2, len(lines), got)
	}
	for i, l := range lines {
		l.compare(t, parts[2*i], parts[2*i+1])
	}
}

func (l line) compare(t *testing.T, out, code string) {
	t.Helper()
	if code != strconv.Itoa(l.code) {
		t.Errorf("%s\nended with %s, want %d:\n%s", l.typed, code, l.code, out)
		return
	}
	for _, want := range l.want {
		if !strings.Contains(out, want) {
			t.Errorf("%s\nsays nothing of %q:\n%s", l.typed, want, out)
		}
	}
	for _, not := range l.not {
		if strings.Contains(out, not) {
			t.Errorf("%s\nsays %q:\n%s", l.typed, not, out)
		}
	}
}
