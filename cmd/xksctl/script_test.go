package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"xksctl": func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, os.Getenv)) },
	})
}

// TestScripts runs what a user could type. Its command "world NAME" puts a simulated account
// with a scenario's fault behind the AWS settings of the environment.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "C.UTF-8")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"world": world, "busy": busy, "mode": mode, "exits": exits},
	})
}

func world(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: world scenario [key-store-state]")
	}
	s, ok := scenario.Find(args[0])
	if !ok {
		ts.Fatalf("no scenario %s", args[0])
	}
	sim := awssim.New(awssim.Options{})
	ts.Defer(sim.Close)
	build := s.Build
	build.NoKeyStore = s.Phase == scenario.Creating
	var ref *network.Reference
	sim.Do(func(w *network.World) { ref = w.BuildReference(build) })
	sim.Advance(rehearse.Settling)
	sim.Do(func(w *network.World) {
		if s.Break != nil {
			s.Break(w, ref)
		}
	})
	id, secret := sim.Credentials(awssim.Admin)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": sim.URL(), "AWS_REGION": sim.Region(), "AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret,
		"AWS_EC2_METADATA_DISABLED": "true", "XKSCTL_DNS_RESOLVERS": sim.DNS(), "SERVICE": ref.Service.ID,
	} {
		ts.Setenv(name, value)
	}
	if ref.KeyStore != nil {
		ts.Setenv("STORE", ref.KeyStore.ID)
		sim.Do(func(w *network.World) { ts.Setenv("CANARY", w.KeyARN(ref.Canary)) })
	}
}

// mode compares a file's permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode file 0600")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, not %s", args[0], got, args[1])
	}
}

// exits runs a program and compares what it exits with.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits status program argument...")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = strconv.Itoa(ended.ExitCode())
	}
	if got != args[0] {
		ts.Fatalf("%v exits with %s, not %s", args[1:], got, args[0])
	}
}

// busy sets BUSY to a loopback address that something listens on.
func busy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("BUSY", l.Addr().String())
}
