package rehearse_test

import (
	"fmt"
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

var functions = []string{rehearse.DiagnoseFunction, rehearse.RemediateFunction, rehearse.NotifyFunction}

// TestEveryScenarioEndsAsItShouldInEveryMode plays everything once, and holds three things
// against it: how each run ends, that no secret travels, and that every grant of every role
// is used by some run.
func TestEveryScenarioEndsAsItShouldInEveryMode(t *testing.T) {
	t.Parallel()
	source := template(t)
	used := &usage{granted: map[engine.Grant]bool{}, used: map[engine.Grant]bool{}}
	t.Run("scenarios", func(t *testing.T) {
		for _, s := range scenario.All() {
			for _, mode := range []string{"observe", "approve", "auto"} {
				t.Run(s.Name+"/"+mode, func(t *testing.T) {
					t.Parallel()
					var log strings.Builder
					got, err := rehearse.Run(t.Context(), rehearse.Options{
						Scenario: s, Mode: mode, Template: source, Log: &log,
						Inspect: func(sim *awssim.Sim, stack *awssim.Stack) {
							used.take(sim)
							noSecretTravels(t, sim, stack, log.String())
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
	used.compare(t)
}

// usage is which grants the roles have, and which of them some call was allowed by.
type usage struct {
	mu            sync.Mutex
	granted, used map[engine.Grant]bool
}

func (u *usage) take(sim *awssim.Sim) {
	u.mu.Lock()
	defer u.mu.Unlock()
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

// unexercised are grants that no rehearsal uses, each with its reason. A call without a
// grant needs no list: the simulator refuses it and the run ends otherwise.
var unexercised = map[string]string{
	"logs:CreateLogStream":                         "Lambda writes the log, not the function's code",
	"logs:PutLogEvents":                            "Lambda writes the log, not the function's code",
	"kms:GenerateDataKey":                          "SNS uses the topic's key for the publisher; the simulator does not encrypt",
	"kms:Decrypt":                                  "SNS uses the topic's key for the publisher; the simulator does not encrypt",
	"sqs:ReceiveMessage":                           "the event source mapping receives with the function's role, not the function's code",
	"sqs:DeleteMessage":                            "the event source mapping deletes with the function's role, not the function's code",
	"sqs:GetQueueAttributes":                       "the event source mapping asks with the function's role, not the function's code",
	"ec2:GetManagedPrefixListEntries":              "only where a security group rule names a prefix list: TestAPrefixListIsRead in package collect",
	"ec2:DescribeVpcEndpointServiceConfigurations": "",
}

func (u *usage) compare(t *testing.T) {
	t.Helper()
	var idle []string
	for g := range u.granted {
		if !u.used[g] && unexercised[g.Action] == "" {
			idle = append(idle, fmt.Sprintf("%s: %s of statement %s/%s", g.Principal, g.Action, g.Policy, g.Statement))
		}
	}
	slices.Sort(idle)
	for _, g := range idle {
		t.Errorf("granted but never used in any scenario: %s", g)
	}
	if len(u.used) == 0 {
		t.Error("no grant was used at all: the test sees nothing")
	}
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
		places["table "+table.LogicalID] = fmt.Sprint(stack.Items(table.LogicalID))
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
