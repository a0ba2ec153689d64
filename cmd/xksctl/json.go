package main

import (
	"encoding/json"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// A jsonReport is a report for machines: verdicts and classes are words, and every step has
// what a person would type.
type jsonReport struct {
	Subject       string        `json:"subject"`
	Healthy       bool          `json:"healthy"`
	Symptoms      []string      `json:"symptoms,omitempty"`
	Causes        []jsonFinding `json:"causes,omitempty"`
	Risks         []jsonFinding `json:"risks,omitempty"`
	Unknown       []jsonFinding `json:"unknown,omitempty"`
	Passed        []check.ID    `json:"passed,omitempty"`
	NotApplicable []jsonFinding `json:"notApplicable,omitempty"`
	Plan          []jsonStep    `json:"plan,omitempty"`
	Stats         path.Stats    `json:"stats"`
}

type jsonFinding struct {
	check.Finding
	Verdict string `json:"verdict"` // instead of the number that records hold
}

type jsonStep struct {
	Check    check.ID `json:"check"`
	Class    string   `json:"class"`
	Why      string   `json:"why,omitempty"`
	Summary  string   `json:"summary"`
	Commands []string `json:"commands,omitempty"` // quoted for a POSIX shell
}

// MarshalJSON writes the report as a jsonReport.
func (r report) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonReport{
		Subject: r.Subject, Healthy: r.Healthy, Symptoms: r.Symptoms, Passed: r.Passed, Stats: r.Stats,
		Causes: jsonFindings(r.Causes), Risks: jsonFindings(r.Risks),
		Unknown: jsonFindings(r.Unknown), NotApplicable: jsonFindings(r.Skipped), Plan: jsonSteps(r.Plan),
	})
}

func jsonFindings(all []check.Finding) []jsonFinding {
	out := make([]jsonFinding, len(all))
	for i, f := range all {
		out[i] = jsonFinding{f, f.Verdict.String()}
	}
	return out
}

func jsonSteps(p plan.Plan) []jsonStep {
	out := make([]jsonStep, len(p.Steps))
	for i, s := range p.Steps {
		out[i] = jsonStep{Check: s.Check, Class: s.Class.String(), Why: s.Why, Summary: s.Action.Summary()}
		for _, c := range s.Action.Commands() {
			out[i].Commands = append(out[i].Commands, plan.Shell(c))
		}
	}
	return out
}
