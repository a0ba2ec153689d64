package collect_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/nameserver"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/publicdns"
)

// A lookup is a PublicDNS that answers what a test says.
type lookup func(ctx context.Context, name, label, value string) (path.PublicDNS, error)

func (l lookup) Lookup(ctx context.Context, name, label, value string) (path.PublicDNS, error) {
	return l(ctx, name, label, value)
}

func asking(l lookup) func(*collect.Options) {
	return func(o *collect.Options) { o.PublicDNS = l }
}

func nothing(context.Context, string, string, string) (path.PublicDNS, error) {
	return path.PublicDNS{Names: []string{"n"}}, nil
}

func (s *sim) unverified() { s.Service.PrivateDNS.State = "failed" }

func TestAVerifiedNameCostsNoCallAndNoRound(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.AddHostedZone("example.com", false)
	without := s.look(t)
	var asked []string
	with := s.look(t, asking(func(_ context.Context, name, label, value string) (path.PublicDNS, error) {
		asked = []string{name, label, value}
		return path.PublicDNS{Names: []string{"n"}}, nil
	}))
	if diff := cmp.Diff(without.Stats, with.Stats); diff != "" {
		t.Errorf("the look-up costs AWS calls or rounds (-without +with):\n%s", diff)
	}
	dns := s.Service.PrivateDNS
	if want := []string{dns.Name, dns.RecordName, dns.RecordValue}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	if with.DNS == nil || with.HostedZones != nil || without.DNS != nil {
		t.Errorf("DNS %v and zones %v; without a resolver DNS %v", with.DNS, with.HostedZones, without.DNS)
	}
}

// TestNoRoundWaitsForDNS has DNS answer only when every AWS call of the last round is made.
func TestNoRoundWaitsForDNS(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	last := make(chan struct{})
	s.Server.SetIntercept(func(c *engine.Call) *engine.Fault {
		if c.Operation == "DescribeSecurityGroups" {
			select {
			case <-last:
			default:
				close(last)
			}
		}
		return nil
	})
	got := s.look(t, asking(func(ctx context.Context, _, _, _ string) (path.PublicDNS, error) {
		select {
		case <-last:
			return path.PublicDNS{}, nil
		case <-ctx.Done():
			return path.PublicDNS{}, ctx.Err()
		}
	}))
	if got.DNS == nil || len(got.Gaps) > 0 {
		t.Errorf("a round waited for DNS: %+v", got.Gaps)
	}
}

func TestHostedZonesOfAnUnverifiedName(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.unverified()
	label := s.Service.PrivateDNS.RecordName
	public := s.AddHostedZone("example.com", false)
	public.Put(network.RecordSet{Name: label + ".xks.example.com", Type: "TXT", TTL: 300, Values: []string{`"one"`, `"two"`}})
	public.Put(network.RecordSet{Name: "_other.example.com", Type: "TXT", TTL: 300, Values: []string{`"of nobody's interest"`}})
	private := s.AddHostedZone("xks.example.com", true)
	for range 4 { // more than a page of the same name
		s.AddHostedZone("example.com", true)
	}
	s.AddHostedZone("example.org", false)
	got := s.look(t, asking(nothing))
	if len(got.HostedZones) != 6 {
		t.Fatalf("%d hosted zones, want 6: %+v", len(got.HostedZones), got.HostedZones)
	}
	want := path.HostedZone{ID: public.ID, Name: "example.com", NameServers: slices.Sorted(slices.Values(public.NameServers)),
		Records: []path.TXTRecord{{Name: label + ".xks.example.com", TTL: 300, Values: []string{`"one"`, `"two"`}}}}
	if diff := cmp.Diff(want, got.HostedZones[0]); diff != "" {
		t.Errorf("the public zone first (-want +got):\n%s", diff)
	}
	if second := got.HostedZones[1]; second.ID != private.ID || !second.Private {
		t.Errorf("then the private zone of the longest name, not %+v", second)
	}
}

func TestGapsOfTheProof(t *testing.T) {
	t.Parallel()
	silent := func(context.Context, string, string, string) (path.PublicDNS, error) {
		return path.PublicDNS{}, fmt.Errorf("no DNS server answered: %w", context.DeadlineExceeded)
	}
	tests := map[string]struct {
		lookup lookup
		denied string
		want   path.Gap
	}{
		"silence":           {silent, "", path.Gap{Part: path.PublicDNSPart, Action: "dns:Query", Cause: path.TimedOut}},
		"no list of zones":  {nothing, "route53:ListHostedZonesByName", path.Gap{Part: path.HostedZonePart, Action: "route53:ListHostedZonesByName", Cause: path.AccessDenied}},
		"no record is read": {nothing, "route53:ListResourceRecordSets", path.Gap{Part: path.HostedZonePart, Action: "route53:ListResourceRecordSets", Cause: path.AccessDenied}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.unverified()
			s.AddHostedZone("example.com", false)
			s.denied[tt.denied] = true
			got := s.look(t, asking(tt.lookup))
			if len(got.Gaps) != 1 || got.Gaps[0].Part != tt.want.Part || got.Gaps[0].Action != tt.want.Action || got.Gaps[0].Cause != tt.want.Cause {
				t.Errorf("gaps %+v, want %+v alone", got.Gaps, tt.want)
			}
			if (got.DNS == nil) != (tt.want.Part == path.PublicDNSPart) || len(got.HostedZones) > 0 && tt.denied != "" {
				t.Errorf("DNS %v, zones %v", got.DNS, got.HostedZones)
			}
		})
	}
}

// TestTheRecordIsLookedUpOnTheWire has real DNS packets go to the simulated world.
func TestTheRecordIsLookedUpOnTheWire(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	server, err := nameserver.Start(func(f func(*network.World)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		f(s.World)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	var o publicdns.Options
	for _, a := range server.Addresses() {
		o.Resolvers = append(o.Resolvers, netip.MustParseAddrPort(a))
	}
	got := s.look(t, func(c *collect.Options) { c.PublicDNS = publicdns.New(o) })
	var found []string
	for _, a := range got.DNS.Answers {
		if slices.Contains(a.Values, s.Service.PrivateDNS.RecordValue) {
			found = append(found, a.Server)
		}
	}
	if want := append(server.Addresses(), "ns1.provider.example.net", "ns2.provider.example.net"); !slices.Equal(found, want) {
		t.Errorf("%s have the record, want %s", strings.Join(found, ", "), strings.Join(want, ", "))
	}
}
