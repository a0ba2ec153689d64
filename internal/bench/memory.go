package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

var memory = measure{"memory", measureMemory}

const (
	mostMemory = 128.0 // MiB
	mebibyte   = 1 << 20
	// memoryTimeout is longer than the functions' own: the machine is busy with both sides.
	memoryTimeout = 10 * time.Minute
)

// measureMemory has each built function do its largest work, and reads what its process
// held at most.
func measureMemory(ctx context.Context) (result section, err error) {
	folder, err := os.MkdirTemp("", "bench-memory-")
	if err != nil {
		return section{}, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left of it is a temporary file
	built, err := rie.BuildAll(ctx, folder)
	if err != nil {
		return section{}, err
	}
	sim := awssim.New(awssim.Options{Start: time.Now()})
	defer sim.Close()
	parameters := map[string]string{"Mode": "auto"}
	sim.Do(func(w *network.World) { parameters["CanaryKeys"] = strings.Join(buildFullWorld(w), ",") })
	d, err := rie.Deploy(ctx, sim, parameters, built, memoryTimeout)
	if err != nil {
		return section{}, err
	}
	defer func() { err = errors.Join(err, d.Stop()) }()
	tick := fmt.Sprintf(`{"id":"tick","source":"aws.events","detail-type":"Scheduled Event","account":%q,"region":%q,"time":%q,"detail":{}}`,
		d.Stack.Account, d.Stack.Region, time.Now().UTC().Format(time.RFC3339))
	m := memoryRun{section: section{
		title: "Memory",
		about: fmt.Sprintf("The most that each function's process held in memory (VmHWM) under the AWS Lambda Runtime Interface Emulator, after its largest work: "+
			"%d key stores that all fail, each on its own path with %d unhealthy targets, %d rules an interface and direction (%d security groups of %d, "+
			"which leaves room for the repair), and network ACLs of %d entries a direction. "+
			"diagnose looks at all in one invocation; remediate and notify get the events that follow, up to ten in a batch.",
			fullKeyStores, fullTargets, fullGroups*fullRules, fullGroups, fullRules, fullACLEntries),
		head: []string{"function", "after an empty batch", "messages", "largest message", "AWS calls", "peak memory"},
	}, sim: sim, deployment: d}
	if err := m.measure(ctx, "DiagnoseFunction", []string{tick}); err != nil {
		return section{}, err
	}
	orders, err := m.diagnoses()
	if err != nil {
		return section{}, err
	}
	for _, function := range []string{"RemediateFunction", "NotifyFunction"} {
		if err := m.measure(ctx, function, orders); err != nil {
			return section{}, err
		}
	}
	return m.section, nil
}

// A memoryRun is the measure under way.
type memoryRun struct {
	section
	sim        *awssim.Sim
	deployment *rie.Deployment
}

// measure sends a batch to a function and adds its row and bar. A message that comes back
// was not the whole work.
func (m *memoryRun) measure(ctx context.Context, function string, bodies []string) error {
	e := m.deployment.Emulators[function]
	peaks := make([]float64, 2)
	largest := 0
	for i, batch := range [][]string{nil, bodies} {
		var event struct {
			Records []map[string]string
		}
		for k, body := range batch {
			event.Records = append(event.Records, map[string]string{"messageId": fmt.Sprint(k), "body": body, "eventSource": "aws:sqs"})
			largest = max(largest, len(body))
		}
		payload, err := json.Marshal(event)
		if err != nil {
			return fmt.Errorf("writing a batch: %w", err)
		}
		answer, err := e.Invoke(ctx, payload)
		if err != nil {
			return fmt.Errorf("invoking %s: %w", function, err)
		}
		if failed, err := answer.Failed(); err != nil || len(failed) > 0 {
			return fmt.Errorf("%s did not do %d of its messages: %w\n%s", function, len(failed), err, strings.Join(e.Lines(), "\n"))
		}
		peak, err := e.PeakMemory()
		if err != nil {
			return err
		}
		peaks[i] = float64(peak) / mebibyte
	}
	calls, err := m.calls(function)
	if err != nil {
		return err
	}
	name := rie.Functions()[function]
	m.rows = append(m.rows, []string{name, fmt.Sprintf("%.0f MiB", peaks[0]), fmt.Sprint(len(bodies)),
		fmt.Sprintf("%.1f KB", float64(largest)/1e3), fmt.Sprint(calls), fmt.Sprintf("%.0f MiB", peaks[1])})
	m.bars = append(m.bars, bar{what: "peak memory of " + name, got: peaks[1], most: mostMemory, unit: "MiB"})
	return nil
}

// calls counts a function's calls, and holds that it did for every key store what it is for:
// a function that finds nothing to do needs little memory.
func (m *memoryRun) calls(function string) (int, error) {
	purpose := map[string]string{"DiagnoseFunction": "PutEvents", "RemediateFunction": "AuthorizeSecurityGroupIngress", "NotifyFunction": "Publish"}
	calls, done := 0, 0
	for _, c := range m.sim.Calls() {
		if c.Principal != function {
			continue
		}
		calls++
		if c.Operation == purpose[function] && c.Err == "" {
			done++
		}
	}
	if done < fullKeyStores {
		return 0, fmt.Errorf("%s made %d calls of %s, fewer than the %d key stores", function, done, purpose[function], fullKeyStores)
	}
	return calls, nil
}

// diagnoses are the events that remediate is given, as EventBridge hands them on.
func (m *memoryRun) diagnoses() ([]string, error) {
	var bodies []string
	var wrong error
	m.sim.Do(func(*network.World) {
		for _, b := range m.deployment.Stack.Buses {
			for _, e := range m.sim.Buses.Bus(b.Name).Events() {
				if e.DetailType != string(lifecycle.DiagnosisCompleted) {
					continue
				}
				body, err := json.Marshal(e)
				wrong = errors.Join(wrong, err)
				bodies = append(bodies, string(body))
			}
		}
	})
	if wrong == nil && len(bodies) != fullKeyStores {
		wrong = fmt.Errorf("%d diagnoses were told, not one for each of %d key stores", len(bodies), fullKeyStores)
	}
	return bodies, wrong
}
