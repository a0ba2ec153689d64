package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/path"

	xksremediator "github.com/xks-remediator/xks-remediator"
)

var coldStart = measure{"coldstart", measureColdStart}

const (
	coldPairs    = 15
	mostColdTime = 1.5 // times that of the empty function
	mostArtifact = 6.0 // MB
	megabyte     = 1e6
)

// measureColdStart coldRuns each function anew again and again, in turns with an empty one.
func measureColdStart(ctx context.Context) (section, error) {
	folder, err := os.MkdirTemp("", "bench-coldstart-")
	if err != nil {
		return section{}, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left of it is a temporary file
	s := section{
		title: "Cold start",
		about: fmt.Sprintf("Each built function under the AWS Lambda Runtime Interface Emulator, %d times in turns with an empty Go function that "+
			"the same Makefile rule builds. Timed is from the start of the emulator, which stands for Lambda's own environment, until its "+
			"answer to the first event: an empty batch, or for the probe an address where nobody listens. Ratios are medians of the pairs, with their quartiles. "+
			"*Init* is the part of it that the emulator reports as INIT: from the start of the function's process until it asks for an event.", coldPairs),
		head:  []string{"function", "cold start", "empty", "ratio", "init", "empty's init", "init ratio", "zip, arm64"},
		notes: []string{"Most of the init is what the packages of the AWS SDK for Go prepare at start; the empty function and the probe link none of them."},
	}
	empty, err := rie.Build(ctx, rie.Empty, "", filepath.Join(folder, "empty"))
	if err != nil {
		return section{}, err
	}
	built, err := rie.BuildAll(ctx, folder)
	if err != nil {
		return section{}, err
	}
	environments, err := environments()
	if err != nil {
		return section{}, err
	}
	nobody, err := probeOfNobody(ctx)
	if err != nil {
		return section{}, err
	}
	for _, id := range []string{"DiagnoseFunction", "RemediateFunction", "NotifyFunction", rie.Probe} {
		event := []byte(`{"Records":[]}`)
		if id == rie.Probe {
			event = nobody
		}
		pairs, err := startInPairs(ctx, starter{built[id], environments[id], event}, starter{empty, environments[id], event})
		if err != nil {
			return section{}, fmt.Errorf("starting %s: %w", id, err)
		}
		size, err := artifact(ctx, rie.Functions()[id], filepath.Join(folder, "arm64", id))
		if err != nil {
			return section{}, err
		}
		pairs.add(&s, rie.Functions()[id], size)
	}
	return s, nil
}

// environments are the functions' environments as the template sets them.
func environments() (map[string]map[string]string, error) {
	sim := awssim.New(awssim.Options{})
	defer sim.Close() // the first events make no call
	var parameters map[string]string
	sim.Do(func(w *network.World) {
		placed := w.BuildReference(network.Options{Probe: network.ProbeAdmitted})
		parameters = map[string]string{"ProbeSubnetIds": placed.ProxySubnets[0].ID, "ProbeSecurityGroupIds": placed.ProbeGroup.ID}
	})
	stack, err := sim.Deploy(xksremediator.Template(), parameters, nil)
	if err != nil {
		return nil, fmt.Errorf("deploying the template: %w", err)
	}
	all := map[string]map[string]string{}
	for id := range rie.Functions() {
		all[id] = stack.Env(id)
	}
	return all, nil
}

// probeOfNobody is the event of a probe that has nothing to look at: the network refuses its
// connection at once, as an empty batch holds no message.
func probeOfNobody(ctx context.Context) ([]byte, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("looking for a port: %w", err)
	}
	at := netip.MustParseAddrPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		return nil, fmt.Errorf("freeing a port: %w", err)
	}
	event, err := json.Marshal(path.ProbeRequest{Version: path.ProbeVersion, Name: "proxy.example.com", Port: int(at.Port()), Addrs: []netip.Addr{at.Addr()}})
	if err != nil {
		return nil, fmt.Errorf("writing the probe's event: %w", err)
	}
	return event, nil
}

// A starter is a bootstrap, what it sees, and its first event.
type starter struct {
	bootstrap string
	env       map[string]string
	event     []byte
}

// A coldRun is one cold start.
type coldRun struct{ whole, begin time.Duration }

// coldRuns are paired cold starts of a function and of the empty one.
type coldRuns struct{ ours, empty []coldRun }

// startInPairs starts both in turns; which is first changes from pair to pair.
func startInPairs(ctx context.Context, ours, empty starter) (coldRuns, error) {
	var all coldRuns
	for i := range coldPairs + 1 {
		var pair [2]coldRun
		for j := range 2 {
			which := (i + j) % 2
			one, err := startOnce(ctx, []starter{ours, empty}[which])
			if err != nil {
				return coldRuns{}, err
			}
			pair[which] = one
		}
		if i == 0 {
			continue // the files come from the disk
		}
		all.ours, all.empty = append(all.ours, pair[0]), append(all.empty, pair[1])
	}
	return all, nil
}

func startOnce(ctx context.Context, s starter) (coldRun, error) {
	began := time.Now()
	e, err := rie.Start(ctx, rie.Options{Bootstrap: s.bootstrap, Env: s.env})
	if err != nil {
		return coldRun{}, err
	}
	answer, err := e.Invoke(ctx, s.event)
	whole := time.Since(began)
	if err == nil {
		_, err = answer.Failed()
	}
	if err := errors.Join(err, e.Stop()); err != nil {
		return coldRun{}, err
	}
	begin, err := e.Init()
	return coldRun{whole, begin}, err
}

// add adds a function's row and its bars.
func (p coldRuns) add(s *section, function string, artifactBytes int64) {
	column := func(all []coldRun, of func(coldRun) time.Duration) []float64 {
		var values []float64
		for _, one := range all {
			values = append(values, of(one).Seconds()*1e3)
		}
		return values
	}
	whole, begin := func(o coldRun) time.Duration { return o.whole }, func(o coldRun) time.Duration { return o.begin }
	row := []string{function}
	var ratio float64
	for i, of := range []func(coldRun) time.Duration{whole, begin} {
		ours, empty := column(p.ours, of), column(p.empty, of)
		ratios := make([]float64, len(ours))
		for k := range ours {
			ratios[k] = ours[k] / empty[k]
		}
		low, middle, high := quartiles(ratios)
		if i == 0 {
			ratio = middle
		}
		_, oursMiddle, _ := quartiles(ours)
		_, emptyMiddle, _ := quartiles(empty)
		row = append(row, fmt.Sprintf("%.1f ms", oursMiddle), fmt.Sprintf("%.1f ms", emptyMiddle), fmt.Sprintf("%.2f (%.2f–%.2f)", middle, low, high))
	}
	size := float64(artifactBytes) / megabyte
	s.rows = append(s.rows, append(row, fmt.Sprintf("%.2f MB", size)))
	s.bars = append(s.bars,
		bar{what: "cold start of " + function + " ÷ that of the empty function, median of pairs", got: ratio, most: mostColdTime},
		bar{what: "artifact of " + function, got: size, most: mostArtifact, unit: "MB"})
}

// quartiles returns the 25th, 50th and 75th percentile, the nearest rank of each.
func quartiles(values []float64) (low, middle, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	at := func(p int) float64 { return sorted[(len(sorted)-1)*p/100] }
	return at(25), at(50), at(75)
}

// artifact builds a function for arm64 and returns the size of its deployment package: one
// deflated file in a zip, as `make build` has it.
func artifact(ctx context.Context, function, folder string) (size int64, err error) {
	bootstrap, err := rie.Build(ctx, function, "arm64", folder)
	if err != nil {
		return 0, err
	}
	in, err := os.Open(bootstrap)
	if err != nil {
		return 0, fmt.Errorf("opening what was built: %w", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	var count byteCount
	archive := zip.NewWriter(&count)
	w, err := archive.Create("bootstrap")
	if err != nil {
		return 0, fmt.Errorf("zipping: %w", err)
	}
	if _, err := io.Copy(w, in); err != nil {
		return 0, fmt.Errorf("zipping: %w", err)
	}
	if err := archive.Close(); err != nil {
		return 0, fmt.Errorf("zipping: %w", err)
	}
	return int64(count), nil
}

// A byteCount counts what is written to it.
type byteCount int64

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}
