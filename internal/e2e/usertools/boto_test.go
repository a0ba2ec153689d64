//go:build e2e

package usertools

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// boto3 has scripts look around, make mistakes and wait.
func (s *suite) boto3(t *testing.T) {
	t.Run("look around", func(t *testing.T) {
		t.Parallel()
		sh, _ := s.simulate(t, "running/healthy")
		var told struct{}
		s.python(t, sh, &told, "around.py")
	})
	t.Run("mistakes", func(t *testing.T) {
		t.Parallel()
		sh, _ := s.simulate(t, "running/healthy", "--mode", "observe")
		var told struct{ Mistakes int }
		s.python(t, sh, &told, "mistakes.py")
		e2e.Report(t, step, "boto3: %d mistakes answered with the expected codes", told.Mistakes)
	})
	t.Run("waits", func(t *testing.T) {
		t.Parallel()
		s.waits(t)
	})
}

// waits has boto3 wait with every waiter. Two simulated minutes pass in a second.
func (s *suite) waits(t *testing.T) {
	sim := awssim.New(awssim.Options{Speed: 120})
	t.Cleanup(sim.Close)
	w := &wide{T: t, sim: sim}
	w.build()
	known := map[string]any{"operations": sim.Operations(), "table": w.table()}
	sim.Do(func(world *network.World) {
		r := w.refs[0]
		z := world.AddHostedZone("example.org", false)
		known["change"] = world.Change(z, append(slices.Clone(z.Records), network.RecordSet{Name: "a.example.org", Type: "TXT", TTL: 60, Values: []string{`"v"`}}), "").ID
		known["vpc"], known["subnet"], known["group"] = r.VPC.ID, r.NodeSubnets[0].ID, r.ProxyGroup.ID
		known["interface"], known["balancer"], known["targets"] = r.Targets[0].ID, r.Balancer.ARN, r.TargetGroup.ARN
		gone := world.AddPeering(r.VPC.ID, w.refs[1].VPC.ID)
		world.DeletePeering(gone)
		known["peering"], known["gone"] = world.AddPeering(r.VPC.ID, w.refs[1].VPC.ID).ID, gone.ID
		known["alarm"], known["composite"] = "alarm-0", world.PutAlarm(network.Alarm{Name: "any", Rule: "ALARM(alarm-0)"}).Name
		for _, i := range world.Instances {
			known[i.State] = i.ID
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Serve(ctx, listener) }()
	var told struct{ Waiters, Waits int }
	s.python(t, s.shellOf(t, sim), &told, "waits.py", write(t, known))
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	e2e.Report(t, step, "boto3: all %d waiters of what is served, %d waits", told.Waiters, told.Waits)
}

// shellOf returns a shell with the settings of a simulator in this process.
func (s *suite) shellOf(t *testing.T, sim *awssim.Sim) shell {
	t.Helper()
	id, secret := sim.Credentials(awssim.Admin)
	return newShell(t, s, "AWS_ENDPOINT_URL="+sim.URL(), "AWS_REGION="+sim.Region(), "AWS_DEFAULT_REGION="+sim.Region(),
		"AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_EC2_METADATA_DISABLED=true", "XKSCTL_DNS_RESOLVERS="+sim.DNS())
}

// write returns the name of a file that holds v as JSON.
func write(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "told.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A pageable is what a paged operation must bring.
type pageable struct {
	Parameters map[string]any `json:"parameters"`
	Path       string         `json:"path"`  // JMESPath of what identifies an item
	Items      []string       `json:"items"` // every one
	One        bool           `json:"one"`   // there cannot be more than a page
}

// pages has boto3 page through everything that can be paged.
func (s *suite) pages(t *testing.T) {
	sim := awssim.New(awssim.Options{})
	t.Cleanup(sim.Close)
	w := &wide{T: t, sim: sim}
	w.build()
	expected := w.expected()
	for operation, p := range expected {
		if p.Parameters == nil {
			p.Parameters = map[string]any{}
		}
		if slices.Sort(p.Items); len(p.Items) == 0 {
			t.Errorf("%s: nothing is there to be paged through", operation)
		}
		expected[operation] = p
	}
	var told struct{ Operations, Pages, Tokens int }
	s.python(t, s.shellOf(t, sim), &told, "pages.py", write(t, map[string]any{"operations": sim.Operations(), "expected": expected}))
	e2e.Report(t, step, "boto3: %d operations paged through, %d pages, each union the whole without repeats; %d refuse a token of nobody's",
		told.Operations, told.Pages, told.Tokens)
}
