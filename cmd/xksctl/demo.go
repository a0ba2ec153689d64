package main

import (
	"fmt"
	"strings"
	"time"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

type demoCommand struct {
	Scenario string `help:"Show this scenario instead of the two acts; xksctl rehearse --list names them." env:"SCENARIO"`
	Mode     string `enum:"observe,approve,auto" default:"auto" help:"observe, approve or auto." env:"MODE"`
	Logs     bool   `help:"Show the functions' log lines too."`
}

// Run plays the demo.
func (c *demoCommand) Run(a *app) error {
	acts := []act{first(), second()}
	if c.Scenario != "" {
		s, ok := scenario.Find(c.Scenario)
		if !ok {
			return &hinted{fmt.Errorf("no scenario is named %q", c.Scenario), "xksctl rehearse --list names them all"}
		}
		acts = []act{{s.Name + ": " + s.Title, s}}
	}
	fmt.Fprintf(a.out, "template.yaml is deployed into a simulated AWS account in %s mode. Times are the simulator's.\n", c.Mode)
	wrong := 0
	for i, one := range acts {
		fmt.Fprintf(a.out, "\n%s\n%s\n\n", strings.Repeat("━", 100), one.title)
		began := time.Now()
		o := rehearse.Options{Scenario: one.play, Mode: c.Mode, Template: xksremediator.Template(), Watcher: &narrator{out: a.out}}
		if c.Logs {
			o.Log = a.out
		}
		got, err := rehearse.Run(a.ctx, o)
		if err != nil {
			return fmt.Errorf("playing act %d: %w", i+1, err)
		}
		fmt.Fprintf(a.out, "\n  %s, %s of the product, %s to the customer's resources%s. Played in %s.\n",
			counted(len(got.Messages), "message"), counted(got.Calls, "AWS call"), counted(len(got.Writes), "write"),
			works(got), time.Since(began).Round(10*time.Millisecond))
		if err := got.Check(one.play.End(c.Mode)); err != nil {
			wrong++
			fmt.Fprintf(a.out, "  ✘ It should have ended otherwise: %v\n", err)
		}
	}
	if wrong > 0 {
		return errFindings
	}
	return nil
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func works(got *rehearse.Result) string {
	switch {
	case got.Absent:
		return ""
	case got.Encrypts:
		return "; KMS encrypts"
	}
	return "; KMS does not encrypt"
}

// An act is a scenario with what stands above it.
type act struct {
	title string
	play  scenario.Scenario
}

func first() act {
	s, _ := scenario.Find("running/target-security-group-without-443")
	s.Watch = 2 * time.Minute
	return act{"Act 1. A key store is in use, and the security group of its proxies loses port 443.", s}
}

// second is a create that is refused, mended, repeated; and a connect that only a person may mend.
func second() act {
	verify, _ := scenario.Find("creating/private-dns-unverified")
	end := scenario.End{
		Causes: []string{"endpoint-service.private-dns-verified"}, State: "resolved", Proof: "kms-answered",
		Writes: []string{"StartVpcEndpointServicePrivateDnsVerification", "DisconnectCustomKeyStore", "ConnectCustomKeyStore"}, Encrypts: true,
	}
	s := scenario.Scenario{
		Name: "demo/create", Title: verify.Title, Phase: scenario.Creating, Break: verify.Break, Play: secondPlay, Watch: 45 * time.Minute,
		Ends: map[string]scenario.End{"auto": end},
	}
	s.Otherwise = scenario.End{Causes: end.Causes, State: "resolved", Proof: "kms-answered", Encrypts: true}
	return act{"Act 2. A create fails: private DNS verification failed earlier, and its record is published by now. Then acceptance is required.", s}
}

func secondPlay(s *scenario.Stage) {
	ended := func() bool { state, _ := s.Told(); return state == "resolved" }
	if !s.Until(func() bool { state, _ := s.Told(); return ended() || state == "needs-person" }, 10*time.Minute) || !ended() {
		s.Note("On-call types what the message says.")
		typeAll(s)
		s.Until(ended, 30*time.Minute)
	}
	s.Note("The create is repeated, as the message asks.")
	if s.Person.Create("payments-hsm") != nil {
		return
	}
	id, key := "", ""
	s.World(func(w *network.World) {
		for _, ks := range w.KeyStores {
			id = ks.ID
			s.Ref.KeyStore = ks
			s.Ref.Workload = w.AddKey(ks.ID, "external-key-1")
			key = s.Ref.Workload.ID
		}
		s.Ref.Service.Acceptance = true
	})
	s.Note("Somebody switches on acceptance, and the new key store is connected.")
	_ = s.Person.Connect(id)
	s.Until(func() bool { state, _ := s.Told(); return state == "needs-person" }, 15*time.Minute)
	s.Note("On-call types what the message says.")
	typeAll(s)
	s.Until(func() bool {
		working := false
		s.World(func(w *network.World) { working = w.Works(key) == nil })
		return working && ended()
	}, 20*time.Minute)
	_ = s.Workload.Encrypt(key)
}

// typeAll types the commands of the last message, except that what the product does by
// itself once the rest is done is left to it.
func typeAll(s *scenario.Stage) {
	_, commands := s.Told()
	for _, line := range commands {
		if strings.HasPrefix(line, "aws ") && !strings.Contains(line, "connect-custom-key-store") {
			_ = s.Type(line)
		}
	}
}
