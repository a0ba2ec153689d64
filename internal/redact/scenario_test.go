package redact_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// Every fault that can be rehearsed is diagnosed from the redacted snapshot as from the
// original.
func TestTheDiagnosisOfEveryScenarioIsUnchanged(t *testing.T) {
	t.Parallel()
	for _, s := range scenario.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			unchanged(t, look(t, s))
		})
	}
}

// look reads the path of a scenario five minutes after its fault.
func look(t *testing.T, s scenario.Scenario) path.Snapshot {
	t.Helper()
	sim := awssim.New(awssim.Options{})
	t.Cleanup(sim.Close)
	build := s.Build
	build.NoKeyStore = s.Phase == scenario.Creating
	var ref *network.Reference
	sim.Do(func(w *network.World) { ref = w.BuildReference(build) })
	sim.Advance(10 * time.Minute)
	subject := path.Subject{Kind: path.ServiceSubject, ID: ref.Service.ID}
	if ref.KeyStore != nil {
		subject = path.Subject{Kind: path.KeyStoreSubject, ID: ref.KeyStore.ID}
	}
	sim.Do(func(w *network.World) {
		if s.Break != nil {
			s.Break(w, ref)
		}
	})
	sim.Advance(5 * time.Minute)
	id, secret := sim.Credentials(awssim.Admin)
	config := aws.Config{
		Region: sim.Region(), BaseEndpoint: aws.String(sim.URL()), Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
	requested := path.Requested{ServiceName: "com.amazonaws.vpce." + sim.Region() + "." + ref.Service.ID, UriEndpoint: "https://payments-hsm.xks.example.com"}
	return collect.New(config, collect.Options{Account: "111122223333", Partition: "aws", Region: sim.Region()}).
		Snapshot(t.Context(), subject, requested, nil, nil)
}

// Five hundred targets are redacted in a moment.
func BenchmarkFiveHundredTargets(b *testing.B) {
	s := pathtest.Healthy()
	like, addr := s.TargetGroups[0].Targets[0], netip.MustParseAddr("10.0.16.1")
	for range 500 {
		like.ID, like.Addr = addr.String(), addr
		s.TargetGroups[0].Targets = append(s.TargetGroups[0].Targets, like)
		addr = addr.Next()
	}
	for b.Loop() {
		_ = newRedacted(s)
	}
}
