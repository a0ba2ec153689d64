package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

type rehearseCommand struct {
	Scenario string `arg:"" optional:"" default:"all" help:"Name of a scenario, a phase (creating, connecting, running), or all."`
	Mode     string `enum:"observe,approve,auto,all" default:"auto" help:"observe, approve, auto or all."`
	Format   string `enum:"text,json" default:"text" help:"text or json."`
	List     bool   `help:"List the scenarios and play none."`
}

// A row is one rehearsal in the table.
type row struct {
	Scenario string   `json:"scenario"`
	Mode     string   `json:"mode"`
	Found    []string `json:"found,omitempty"`
	Done     []string `json:"done,omitempty"`
	Outcome  string   `json:"outcome"`
	Proof    string   `json:"proof,omitempty"`
	Encrypts bool     `json:"kmsEncrypts"`
	Absent   bool     `json:"noKeyStore,omitempty"`
	Messages int      `json:"messages"`
	Calls    int      `json:"awsCalls"`
	Seconds  float64  `json:"simulatedSeconds"`
	Wrong    string   `json:"wrong,omitempty"` // empty: it ended as it should
}

// Run plays scenarios and prints how each ended.
func (c *rehearseCommand) Run(a *app) error {
	chosen, err := choose(c.Scenario)
	if err != nil {
		return err
	}
	if c.List {
		for _, s := range chosen {
			fmt.Fprintf(a.out, "%s\n    %s\n", s.Name, s.Title)
		}
		return nil
	}
	modes := []string{c.Mode}
	if c.Mode == "all" {
		modes = []string{"observe", "approve", "auto"}
	}
	rows, err := play(a, chosen, modes)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		err = writeJSON(a.out, rows)
	} else {
		table(a.out, rows)
	}
	for _, r := range rows {
		if err == nil && r.Wrong != "" {
			return errFindings
		}
	}
	return err
}

func choose(name string) ([]scenario.Scenario, error) {
	var chosen []scenario.Scenario
	for _, s := range scenario.All() {
		if name == "all" || s.Name == name || string(s.Phase) == name || strings.TrimPrefix(s.Name, string(s.Phase)+"/") == name {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return nil, &hinted{fmt.Errorf("no scenario is named %q", name), "xksctl rehearse --list names them all"}
	}
	return chosen, nil
}

// play rehearses two at a time: each has a simulator of its own.
func play(a *app, chosen []scenario.Scenario, modes []string) ([]row, error) {
	rows := make([]row, len(chosen)*len(modes))
	var group errgroup.Group
	group.SetLimit(2)
	var mu sync.Mutex
	ended := 0
	for i, s := range chosen {
		for j, mode := range modes {
			group.Go(func() error {
				got, err := rehearse.Run(a.ctx, rehearse.Options{Scenario: s, Mode: mode, Template: xksremediator.Template()})
				if err != nil {
					return fmt.Errorf("rehearsing %s: %w", s.Name, err)
				}
				rows[i*len(modes)+j] = rowOf(got, s.End(mode))
				mu.Lock()
				defer mu.Unlock()
				ended++
				if len(rows) > 1 {
					fmt.Fprintf(a.errOut, "\r%d of %d played", ended, len(rows))
				}
				return nil
			})
		}
	}
	err := group.Wait()
	if len(rows) > 1 {
		fmt.Fprintln(a.errOut)
	}
	return rows, err
}

func rowOf(got *rehearse.Result, end scenario.End) row {
	r := row{
		Scenario: got.Scenario, Mode: got.Mode, Found: got.Causes, Done: got.Writes, Outcome: got.State, Proof: got.Proof,
		Encrypts: got.Encrypts, Absent: got.Absent, Messages: len(got.Messages), Calls: got.Calls, Seconds: got.Took.Seconds(),
	}
	if len(r.Found) == 0 {
		r.Found = end.Risks // what was told as a risk
	}
	if r.Outcome == "" {
		r.Outcome = "nothing to tell"
	}
	if err := got.Check(end); err != nil {
		r.Wrong = err.Error()
	}
	return r
}

func table(w io.Writer, rows []row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tSCENARIO\tMODE\tFOUND\tDONE\tOUTCOME\tKMS\tMESSAGES\tCALLS\tAFTER")
	wrong := 0
	for _, r := range rows {
		mark, kms := "✔", "works"
		if r.Wrong != "" {
			mark, wrong = "✘", wrong+1
		}
		switch {
		case r.Absent:
			kms = "no store yet"
		case !r.Encrypts:
			kms = "cut off"
		}
		outcome := r.Outcome
		if r.Proof != "" {
			outcome += " (" + r.Proof + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", mark, r.Scenario, r.Mode, nth(r.Found, 0), nth(r.Done, 0), outcome, kms,
			r.Messages, r.Calls, (time.Duration(r.Seconds) * time.Second).String())
		for i := 1; i < max(len(r.Found), len(r.Done)); i++ {
			fmt.Fprintf(t, "\t\t\t%s\t%s\t\t\t\t\t\n", nth(r.Found, i), nth(r.Done, i))
		}
	}
	_ = t.Flush() // the writer below it says what it cannot write
	for _, r := range rows {
		if r.Wrong != "" {
			fmt.Fprintf(w, "\n✘ %s in %s mode:\n    %s\n", r.Scenario, r.Mode, strings.ReplaceAll(r.Wrong, "\n", "\n    "))
		}
	}
	fmt.Fprintf(w, "\n%d rehearsals, %d ended otherwise than they should. AFTER is simulated time from the first failure to the last message.\n", len(rows), wrong)
}

// nth is a cell of a column that goes on below its row.
func nth(all []string, i int) string {
	switch {
	case i < len(all):
		return all[i]
	case i == 0:
		return "-"
	}
	return ""
}
