package rie

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options say what to emulate.
type Options struct {
	Bootstrap string            // path of what Build built
	Env       map[string]string // all that the function sees, but for what the emulator adds
	Timeout   time.Duration     // of the function, in whole seconds; a minute where zero
}

// An Emulator is one execution environment of one function. It takes one event at a time,
// as Lambda's does, and starts the function anew after it died.
type Emulator struct {
	command *exec.Cmd
	address string
	out     buffer // the function's lines, among the emulator's START, END and REPORT
	err     buffer // the emulator's own log
	ended   chan struct{}
	turn    sync.Mutex // held during an invocation
}

// startLimit is how long the emulator itself may take to listen.
const startLimit = 20 * time.Second

// Start starts the emulator. The function starts with the first event, as the emulator has
// it. Stop it after use.
func Start(ctx context.Context, o Options) (*Emulator, error) {
	program, err := binary()
	if err != nil {
		return nil, err
	}
	var failed error
	for range 5 { // a port that was free may be taken meanwhile
		e, err := start(ctx, program, o)
		if err == nil {
			return e, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

func start(ctx context.Context, program string, o Options) (*Emulator, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	e := &Emulator{address: ports[0], ended: make(chan struct{})}
	// Its own level is named, since it reads LOG_LEVEL too, which is the function's.
	e.command = exec.Command(program, "--log-level", "info",
		"--runtime-interface-emulator-address", ports[0], "--runtime-api-address", ports[1], o.Bootstrap)
	e.command.Dir = filepath.Dir(o.Bootstrap)
	e.command.Env = environ(o)
	e.command.Stdout, e.command.Stderr = &e.out, &e.err
	if err := e.command.Start(); err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	go func() {
		_ = e.command.Wait() // how it ended is for who stopped it to say
		close(e.ended)
	}()
	for _, port := range ports {
		if err := e.await(ctx, port); err != nil {
			return nil, errors.Join(err, e.Stop())
		}
	}
	return e, nil
}

func environ(o Options) []string {
	seconds := int(cmp.Or(o.Timeout, time.Minute) / time.Second)
	all := maps.Clone(o.Env)
	if all == nil {
		all = map[string]string{}
	}
	all["AWS_LAMBDA_FUNCTION_TIMEOUT"] = strconv.Itoa(seconds)
	all["LAMBDA_TASK_ROOT"] = filepath.Dir(o.Bootstrap)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// await waits until the emulator listens at an address.
func (e *Emulator) await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	often := time.NewTicker(2 * time.Millisecond)
	defer often.Stop()
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the emulator on %s: %w\n%s", address, ctx.Err(), e.err.String())
		case <-e.ended:
			return fmt.Errorf("the emulator ended at once\n%s", e.err.String())
		case <-often.C:
		}
	}
}

// An Answer is what the emulator answers for one event.
type Answer struct {
	Status int
	Body   []byte
}

// invocations is where Lambda's Invoke is, with the emulator's one function.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
const invocations = "/2015-03-31/functions/function/invocations"

// Invoke sends one event and returns the answer. The error is of the connection.
func (e *Emulator) Invoke(ctx context.Context, payload []byte) (Answer, error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.address+invocations, bytes.NewReader(payload))
	if err != nil {
		return Answer{}, fmt.Errorf("making the request: %w", err)
	}
	request.Close = true // no connection is left for the next emulator on this port
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("invoking: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("reading the answer: %w", err)
	}
	return Answer{response.StatusCode, body}, nil
}

// Failed returns the IDs of the messages that come back. The error says that the function
// failed as a whole: it died, timed out or answered an error.
func (a Answer) Failed() ([]string, error) {
	var partial *struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
		ErrorType string `json:"errorType"`
	}
	err := json.Unmarshal(a.Body, &partial)
	if a.Status != http.StatusOK || err != nil || partial == nil || partial.ErrorType != "" {
		return nil, fmt.Errorf("the function failed: status %d: %s", a.Status, a.Body)
	}
	var ids []string
	for _, f := range partial.Failures {
		ids = append(ids, f.ID)
	}
	return ids, nil
}

// Stop ends the function and then the emulator, so that the function does not say that its
// runtime is gone.
func (e *Emulator) Stop() error {
	select {
	case <-e.ended:
		return nil
	default:
	}
	children, err := e.children()
	if err != nil {
		return err
	}
	for _, pid := range children {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill() // it may be gone already
		}
	}
	if err := e.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping the emulator: %w", err)
	}
	<-e.ended
	return nil
}

// Ended is closed when the emulator is no more.
func (e *Emulator) Ended() <-chan struct{} { return e.ended }

// Signal sends a signal to the emulator itself.
func (e *Emulator) Signal(s os.Signal) error { return e.command.Process.Signal(s) }

// Lines returns what the function has written so far, both of its streams, a line each.
func (e *Emulator) Lines() []string {
	var lines []string
	for line := range strings.Lines(e.out.String()) {
		line = strings.TrimSuffix(line, "\n")
		first, _, _ := strings.Cut(line, " ")
		if line == "" || first == "START" || first == "END" || first == "REPORT" {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// Own returns the emulator's own log so far.
func (e *Emulator) Own() string { return e.err.String() }

// freePorts returns loopback addresses on which nobody listens at the moment. They are below
// those that Linux gives to connections, of which the tests have many.
// https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range)
func freePorts(n int) ([]string, error) {
	const first, last = 10000, 32000
	var free []string
	var taken error
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first))))
		if err != nil {
			taken = err
			continue
		}
		defer func() { _ = l.Close() }() // held until all are found, so that they differ
		if free = append(free, l.Addr().String()); len(free) == n {
			return free, nil
		}
	}
	return nil, fmt.Errorf("looking for a free port: %w", taken)
}

type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
