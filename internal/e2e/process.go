package e2e

import (
	"bytes"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A Process is a server that somebody else wrote, started for one test.
type Process struct {
	Command *exec.Cmd
	out     lockedBuffer
	ended   chan struct{}
}

// Start starts a command whose two streams Output returns. It ends with the test.
func Start(t testing.TB, env []string, name string, args ...string) *Process {
	t.Helper()
	p := &Process{Command: exec.Command(name, args...), ended: make(chan struct{})}
	p.Command.Dir = Root()
	p.Command.Env = append(os.Environ(), env...)
	p.Command.Stdout, p.Command.Stderr = &p.out, &p.out
	if err := p.Command.Start(); err != nil {
		t.Fatalf("starting %s: %v", filepath.Base(name), err)
	}
	go func() {
		_ = p.Command.Wait() // how it ended is for the test to say
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.Command.Process.Kill() // it may be gone already
		<-p.ended
	})
	return p
}

// Output returns what the process has printed so far.
func (p *Process) Output() string { return p.out.String() }

// Ended is closed when the process is no more.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Await polls until ready is true. It fails the test with the process's output where the
// process ends first or limit passes.
func (p *Process) Await(t testing.TB, what string, limit time.Duration, ready func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	often := time.NewTicker(20 * time.Millisecond)
	defer often.Stop()
	for !ready() {
		select {
		case <-p.ended:
			t.Fatalf("waiting for %s: the process ended\n%s", what, p.Output())
		case <-deadline.C:
			t.Fatalf("waiting for %s: nothing after %v\n%s", what, limit, p.Output())
		case <-often.C:
		}
	}
}

// AwaitPort waits until something listens on a loopback port.
func (p *Process) AwaitPort(t testing.TB, port int, limit time.Duration) {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	p.Await(t, "a server on "+address, limit, func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

// FreePort returns a loopback port that nobody listens on at the moment. It is below those that
// Linux gives to connections, of which the tests have many: one of them could take it before
// the server does that it is meant for.
// https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range)
func FreePort(t testing.TB) int {
	t.Helper()
	const first, last = 10000, 32000
	var taken error
	for range 100 {
		port := first + rand.IntN(last-first)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			taken = err
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatalf("freeing port %d: %v", port, err)
		}
		return port
	}
	t.Fatalf("looking for a free port: %v", taken)
	return 0
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
