package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// pathNote is a table of the rounds of a trip that no note before it told.
func pathNote(name string, t trip, seen map[string]bool) string {
	var out strings.Builder
	switch {
	case len(seen) == 0:
		fmt.Fprintf(&out, "What the critical path of “%s” consists of; notify's rounds run beside remediate's:\n", name)
	default:
		fmt.Fprintf(&out, "Where “%s” differs:\n", name)
	}
	out.WriteString("\n| Round | Function | Calls | What for |\n| --- | --- | --- | --- |")
	for _, round := range append(chain(t.fixed.calls), chain(t.message.calls)...) {
		if !seen[round] {
			out.WriteString("\n" + round)
			seen[round] = true
		}
	}
	return out.String()
}

// chain writes calls as the rounds that they stand in, a row of a table each: a call's round
// is one more than the last one that was over when it started.
func chain(calls []engine.Record) []string {
	var rounds [][]engine.Record
	for _, c := range calls {
		in := 0
		for i, round := range rounds {
			if slices.ContainsFunc(round, func(before engine.Record) bool { return before.Ended < c.Started }) {
				in = i + 1
			}
		}
		if in == len(rounds) {
			rounds = append(rounds, nil)
		}
		rounds[in] = append(rounds[in], c)
	}
	var out []string
	nth := map[string]int{}
	for i, round := range rounds {
		function, made := functionNames[round[0].Principal], operations(round)
		step := function + " " + made
		out = append(out, fmt.Sprintf("| %d | %s | %s | %s |", i+1, function, made, purpose(step, nth[step])))
		nth[step]++
	}
	return out
}

var functionNames = map[string]string{
	rehearse.DiagnoseFunction: "diagnose", rehearse.RemediateFunction: "remediate", rehearse.NotifyFunction: "notify",
}

// purposes say what rounds of one call are for, the first, second and third of a function.
var purposes = map[string][]string{
	"diagnose GetItem":                                   {"the subject's record"},
	"diagnose DescribeCustomKeyStores":                   {"every key store, once a batch"},
	"diagnose PutItem":                                   {"the incident, its plan and its outbox, on condition of the record's version"},
	"diagnose PutEvents":                                 {"what was found and planned"},
	"remediate GetItem":                                  {"the record: nothing in the event is trusted but the incident's ID and digest"},
	"remediate PutItem":                                  {"the lease", "the intent, journalled before the write", "the write, journalled after it", "the end of the round"},
	"remediate PutEvents":                                {"that it was fixed"},
	"notify PutItem":                                     {"the right to tell this event"},
	"notify Publish":                                     {"the message"},
	"remediate DescribeSecurityGroups":                   {"a look at what is to be changed, and its opt-in tag"},
	"remediate DescribeNetworkInterfaces":                {"a look at who else carries the group"},
	"remediate DescribeVpcEndpointServiceConfigurations": {"a look at what is to be changed, and its opt-in tag"},
	"remediate DescribeVpcEndpointServicePermissions":    {"a look at the allow list"},
	"remediate AuthorizeSecurityGroupIngress":            {"the write that mends"},
	"remediate ModifyVpcEndpointServicePermissions":      {"the write that mends"},
}

// purpose says what a step is for that a function makes for the nth time; the rounds of several
// calls are the path's.
func purpose(step string, nth int) string {
	if all := purposes[step]; nth < len(all) {
		return all[nth]
	}
	return "the path, each round needing what the one before it named"
}

// operations names the calls of one round, each once.
func operations(calls []engine.Record) string {
	count := map[string]int{}
	for _, c := range calls {
		count[c.Operation]++
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		if n := count[name]; n > 1 {
			name = fmt.Sprintf("%s ×%d", name, n)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
