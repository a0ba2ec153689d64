// Command xksctl is the operator's tool: it diagnoses an external key store from a terminal,
// and rehearses faults on a simulator before they happen.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// What the command exits with.
const (
	exitClean    = 0 // healthy; every rehearsal ended as it should
	exitFindings = 1 // something is wrong, and the output says what
	exitBroken   = 2 // the command could not run
)

// errFindings says that the command ran and found something: its output has said what.
var errFindings = errors.New("findings")

// A hinted error has a second sentence: what to do.
type hinted struct {
	err  error
	hint string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

// An app is what every subcommand runs on.
type app struct {
	ctx    context.Context
	out    io.Writer
	errOut io.Writer
	env    func(string) string
}

type commands struct {
	Diagnose diagnoseCommand `cmd:"" help:"Diagnose an external key store or a VPC endpoint service. Read-only; works without deploying anything."`
	Checks   checksCommand   `cmd:"" help:"List the catalogue of checks."`
	Rehearse rehearseCommand `cmd:"" help:"Play faults on the simulator through the deployment in template.yaml."`
	Demo     demoCommand     `cmd:"" help:"Show a rehearsal step by step, with the messages that on-call gets."`
	Simulate simulateCommand `cmd:"" help:"Serve the simulator, for the AWS CLI, boto3 and diagnose."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, os.Getenv)) }

// run is main without the process.
func run(args []string, out, errOut io.Writer, env func(string) string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	exited, status := false, exitClean
	parser, err := kong.New(&c, kong.Name("xksctl"), kong.Writers(out, errOut),
		kong.Description("Diagnoses AWS KMS external key stores, and rehearses their faults."),
		kong.Exit(func(code int) { exited, status = true, code }))
	if err != nil {
		panic("bug in the command's grammar: " + err.Error())
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited: // help was asked for and given
		return status
	case err != nil:
		fmt.Fprintf(errOut, "xksctl: %v\nhint: xksctl --help lists the subcommands and their flags\n", err)
		return exitBroken
	}
	return exitOf(parsed.Run(&app{ctx: ctx, out: out, errOut: errOut, env: env}), errOut)
}

func exitOf(err error, errOut io.Writer) int {
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	}
	fmt.Fprintf(errOut, "xksctl: %v\n", err)
	if h, ok := errors.AsType[*hinted](err); ok {
		fmt.Fprintf(errOut, "hint: %s\n", h.hint)
	}
	return exitBroken
}
