package rehearse_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

func template(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

var functions = []string{rehearse.DiagnoseFunction, rehearse.RemediateFunction, rehearse.NotifyFunction, rehearse.ProbeFunction}

// TestEveryScenarioEndsAsItShouldInEveryMode plays everything once, and holds three things
// against it: how each run ends, that no secret travels, and that every grant of every role
// is used by some run.
func TestEveryScenarioEndsAsItShouldInEveryMode(t *testing.T) {
	t.Parallel()
	source := template(t)
	used := &usage{granted: map[engine.Grant]bool{}, used: map[engine.Grant]bool{}}
	t.Run("scenarios", func(t *testing.T) {
		for i, s := range scenario.All() {
			for j, mode := range []string{"observe", "approve", "auto"} {
				if underRace && (i+5*j)%15 != 0 {
					continue // each fifth scenario in one mode; the run without the race detector takes them all
				}
				t.Run(s.Name+"/"+mode, func(t *testing.T) {
					t.Parallel()
					var log strings.Builder
					got, err := rehearse.Run(t.Context(), rehearse.Options{
						Scenario: s, Mode: mode, Template: source, Log: &log,
						Inspect: func(sim *awssim.Sim, stack *awssim.Stack) {
							used.take(sim)
							noSecretTravels(t, sim, stack, log.String())
							everyLineHasItsIncident(t, log.String())
							nothingIsLeftBehind(t, stack)
						},
					})
					if err != nil {
						t.Fatal(err)
					}
					if err := got.Check(s.End(mode)); err != nil {
						t.Error(err)
						for _, m := range got.Messages {
							t.Logf("%s %s", m.Time.Format("15:04:05"), m.Subject)
						}
					}
				})
			}
		}
	})
	if want := 3 * len(scenario.All()); used.runs == want {
		used.compare(t)
	} else {
		t.Logf("%d of %d runs were asked for: the grants are compared over all of them only", used.runs, want)
	}
}

// usage is which grants the roles have, and which of them some call was allowed by.
type usage struct {
	mu            sync.Mutex
	runs          int
	granted, used map[engine.Grant]bool
}

func (u *usage) take(sim *awssim.Sim) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.runs++
	sim.Do(func(*network.World) {
		for _, f := range functions {
			for _, g := range sim.IAM.Granted(f) {
				u.granted[g] = true
			}
			for _, g := range sim.IAM.Used(f) {
				u.used[g] = true
			}
		}
	})
}

// unexercised are grants that no rehearsal uses, each with the reason why it stands all the
// same. A call without a grant needs no list: the simulator refuses it, and the run ends
// otherwise than it should.
var unexercised = map[string]string{
	"DiagnoseFunction logs:CreateLogStream":            "Lambda writes the log with the function's role",
	"DiagnoseFunction logs:PutLogEvents":               "Lambda writes the log with the function's role",
	"RemediateFunction logs:CreateLogStream":           "Lambda writes the log with the function's role",
	"RemediateFunction logs:PutLogEvents":              "Lambda writes the log with the function's role",
	"NotifyFunction logs:CreateLogStream":              "Lambda writes the log with the function's role",
	"NotifyFunction logs:PutLogEvents":                 "Lambda writes the log with the function's role",
	"ProbeFunction logs:CreateLogStream":               "Lambda writes the log with the function's role",
	"ProbeFunction logs:PutLogEvents":                  "Lambda writes the log with the function's role",
	"ProbeFunction ec2:CreateNetworkInterface":         "Lambda attaches the function to its VPC with the function's role",
	"ProbeFunction ec2:DescribeNetworkInterfaces":      "Lambda attaches the function to its VPC with the function's role",
	"ProbeFunction ec2:DescribeSubnets":                "Lambda attaches the function to its VPC with the function's role",
	"ProbeFunction ec2:DeleteNetworkInterface":         "Lambda detaches the function from its VPC with the function's role",
	"ProbeFunction ec2:AssignPrivateIpAddresses":       "Lambda attaches the function to its VPC with the function's role",
	"ProbeFunction ec2:UnassignPrivateIpAddresses":     "Lambda detaches the function from its VPC with the function's role",
	"NotifyFunction kms:GenerateDataKey":               "SNS uses the topic's key for the publisher; simulated topics are not encrypted",
	"NotifyFunction kms:Decrypt":                       "SNS uses the topic's key for the publisher; simulated topics are not encrypted",
	"DiagnoseFunction ec2:GetManagedPrefixListEntries": "only where a rule or route names a prefix list: package collect's tests do",
}

func (u *usage) compare(t *testing.T) {
	t.Helper()
	granted, used := named(u.granted), named(u.used)
	for _, g := range slices.Sorted(maps.Keys(granted)) {
		reason, excused := unexercised[g]
		switch {
		case !used[g] && !excused:
			t.Errorf("%s is granted, and no scenario uses it", g)
		case used[g] && excused:
			t.Errorf("%s is used after all: the list says %q", g, reason)
		}
	}
	for g := range unexercised {
		if !granted[g] {
			t.Errorf("%s is on the list of unused grants, and nobody has it", g)
		}
	}
	if len(used) < 30 {
		t.Errorf("%d grants were used: the test sees too little", len(used))
	}
}

func named(grants map[engine.Grant]bool) map[string]bool {
	names := map[string]bool{}
	for g := range grants {
		names[g.Principal+" "+g.Action] = true
	}
	return names
}

// noSecretTravels looks for what people and workloads planted in their calls everywhere but
// in the queue that carries raw events, and its dead-letter queue.
func noSecretTravels(t *testing.T, sim *awssim.Sim, stack *awssim.Stack, log string) {
	t.Helper()
	places := map[string]string{"the log": log}
	for _, m := range sim.Published() {
		places["SNS message "+m.Subject] = fmt.Sprint(m)
	}
	for _, table := range stack.Tables {
		items := fmt.Sprint(stack.Items(table.LogicalID))
		places["table "+table.LogicalID] = items
		if strings.Contains(items, "packed:") {
			t.Error("a record is compressed: the search for secrets would not see into it")
		}
	}
	for _, q := range stack.Queues {
		if !strings.HasPrefix(q.LogicalID, "Signal") {
			places["queue "+q.LogicalID] = fmt.Sprint(stack.Messages(q.LogicalID))
		}
	}
	sim.Do(func(*network.World) {
		for _, b := range stack.Buses {
			places["bus "+b.Name] = fmt.Sprintf("%s", sim.Buses.Bus(b.Name).Events())
		}
	})
	for place, text := range places {
		for _, secret := range []string{rehearse.PlantedSecret, rehearse.PlantedContext, rehearse.PlantedPlaintext} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", place, secret)
			}
		}
	}
}

// nothingIsLeftBehind fails where a dead-letter queue holds a message.
func nothingIsLeftBehind(t *testing.T, stack *awssim.Stack) {
	t.Helper()
	for _, q := range stack.Queues {
		if left := stack.Messages(q.LogicalID); strings.Contains(q.LogicalID, "Dead") && len(left) > 0 {
			t.Errorf("%s holds %d messages: %s", q.LogicalID, len(left), left[0].Body)
		}
	}
}

// everyLineHasItsIncident fails where a log line is not JSON, or has no incident to filter
// by; it is empty where there is none.
func everyLineHasItsIncident(t *testing.T, log string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(log), "\n") {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("a log line is not JSON: %s", line)
			continue
		}
		_, metric := fields["_aws"]
		if _, ok := fields["incident"]; !ok && !metric {
			t.Errorf("a log line has no incident: %s", line)
		}
	}
}
