package main

import (
	"fmt"
	"net"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

type simulateCommand struct {
	Scenario string  `arg:"" optional:"" default:"running/healthy" help:"Scenario whose fault the simulated path has."`
	Listen   string  `default:"127.0.0.1:4566" help:"Loopback address to serve on; port 0 takes a free one."`
	Mode     string  `enum:"none,observe,approve,auto" default:"none" help:"Deploy the product too, in this mode."`
	Speed    float64 `default:"1" help:"How many times as fast as real time the simulated clock runs."`
}

// fastest keeps a day of the simulated clock longer than a minute.
const fastest = 1000

// Run serves the simulator until it is interrupted.
func (c *simulateCommand) Run(a *app) error {
	s, ok := scenario.Find(c.Scenario)
	if !ok {
		return &hinted{fmt.Errorf("no scenario is named %q", c.Scenario), "xksctl rehearse --list names them all"}
	}
	if err := loopback(c.Listen); err != nil {
		return err
	}
	if c.Speed <= 0 || c.Speed > fastest {
		return &hinted{fmt.Errorf("a clock cannot run %g times as fast", c.Speed), fmt.Sprintf("give --speed a number above 0, %d at most", fastest)}
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return &hinted{fmt.Errorf("listening on %s: %w", c.Listen, err), "give another address with --listen"}
	}
	sim := awssim.New(awssim.Options{Speed: c.Speed})
	defer sim.Close()
	ref, err := c.build(a, sim, s)
	if err != nil {
		return err
	}
	c.announce(a, sim, listener.Addr().String(), s, ref)
	return sim.Serve(a.ctx, listener)
}

// loopback refuses to serve a world without authentication to a network.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &hinted{fmt.Errorf("reading --listen: %w", err), "write it as 127.0.0.1:4566"}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return &hinted{fmt.Errorf("%s is no loopback address", host), "the simulator checks no signature: serve it on 127.0.0.1 only"}
	}
	return nil
}

func (c *simulateCommand) build(a *app, sim *awssim.Sim, s scenario.Scenario) (*network.Reference, error) {
	build := s.Build
	switch s.Phase {
	case scenario.Creating:
		build.NoKeyStore = true
	case scenario.Connecting:
		if build.State == "" {
			build.State = network.Disconnected
		}
	}
	var ref *network.Reference
	sim.Do(func(w *network.World) {
		ref = w.BuildReference(build)
		// Pages as large as AWS's: the AWS CLI applies --query to each page of text.
		w.PageSize, sim.Tables.PageSize, sim.Topics.PageSize = 0, 0, 100
	})
	if c.Mode != "none" {
		stack, err := sim.Deploy(xksremediator.Template(), map[string]string{"Mode": c.Mode, "DnsResolvers": sim.DNS()}, nil)
		if err != nil {
			return nil, fmt.Errorf("deploying the template: %w", err)
		}
		if err := rehearse.Register(a.ctx, sim, stack, a.errOut); err != nil {
			return nil, err
		}
	}
	sim.Advance(rehearse.Settling)
	sim.Do(func(w *network.World) {
		if s.Break != nil {
			s.Break(w, ref)
		}
	})
	return ref, nil
}

func (c *simulateCommand) announce(a *app, sim *awssim.Sim, address string, s scenario.Scenario, ref *network.Reference) {
	id, secret := sim.Credentials(awssim.Admin)
	fmt.Fprintf(a.out, "# %s: %s\n# The simulator checks no signature and forgets everything when it stops (Ctrl-C).\n", s.Name, s.Title)
	for _, line := range [][2]string{
		{"AWS_ENDPOINT_URL", "http://" + address}, {"AWS_REGION", sim.Region()}, {"AWS_DEFAULT_REGION", sim.Region()},
		{"AWS_ACCESS_KEY_ID", id}, {"AWS_SECRET_ACCESS_KEY", secret}, {"AWS_EC2_METADATA_DISABLED", "true"},
		{"XKSCTL_DNS_RESOLVERS", sim.DNS()},
	} {
		fmt.Fprintf(a.out, "export %s=%s\n", line[0], line[1])
	}
	if c.Mode != "none" { // version 1 of the AWS CLI has an endpoint of its own for SQS
		fmt.Fprintln(a.out, "# try: aws sqs list-queues --endpoint-url $AWS_ENDPOINT_URL")
	}
	if ref.KeyStore != nil {
		fmt.Fprintf(a.out, "# try: aws kms describe-custom-key-stores\n# try: xksctl diagnose %s\n", ref.KeyStore.ID)
		fmt.Fprintf(a.out, "# try: aws kms encrypt --key-id %s --plaintext aGVsbG8=\n", ref.Workload.ID)
		return
	}
	fmt.Fprintf(a.out, "# try: xksctl diagnose %s --uri-endpoint https://payments-hsm.xks.example.com\n", ref.Service.ID)
}
