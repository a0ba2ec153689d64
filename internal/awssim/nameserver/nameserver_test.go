package nameserver_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/nameserver"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

func serve(t *testing.T) (*network.World, func(func(*network.World)), []string) {
	t.Helper()
	var mu sync.Mutex
	w := network.NewWorld(engine.NewClock(start), "eu-central-1", "111122223333")
	do := func(f func(*network.World)) {
		mu.Lock()
		defer mu.Unlock()
		f(w)
	}
	s, err := nameserver.Start(do)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return w, do, s.Addresses()
}

// ask returns the response code and the records, each without its name.
func ask(t *testing.T, network, server, name, kind string, recursive bool) string {
	t.Helper()
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[kind])
	q.RecursionDesired = recursive
	m, _, err := (&dns.Client{Net: network, Timeout: 5 * time.Second}).Exchange(q, server)
	if err != nil {
		t.Fatal(err)
	}
	said := []string{dns.RcodeToString[m.Rcode]}
	if m.Truncated {
		said = append(said, "truncated")
	}
	for _, rr := range m.Answer {
		said = append(said, strings.Join(strings.Fields(strings.TrimPrefix(rr.String(), rr.Header().Name)), " "))
	}
	slices.Sort(said[1:])
	return strings.Join(said, "; ")
}

func TestAnswersComeFromTheWorld(t *testing.T) {
	t.Parallel()
	w, do, servers := serve(t)
	const cached, long, above = "_c.example.com", "_long.example.com", "_deep.xks.example.com"
	do(func(*network.World) {
		w.Delegations["example.com"] = []string{"ns1.provider.example.net"}
		w.TXT[cached] = []string{"new"}
		w.TXT[above] = []string{`a "quoted" \ value`}
		for _, c := range "123456" {
			w.TXT[long] = append(w.TXT[long], strings.Repeat(string(c), 100))
		}
		w.TXT["_piece.example.com"] = []string{strings.Repeat("x", 256)}
		w.Cached[cached] = network.CachedAnswer{Values: []string{"old"}, Until: start.Add(time.Minute)}
		w.AddHostedZone("example.org", false).Put(network.RecordSet{Name: "_r.example.org", Type: "TXT", TTL: 60, Values: []string{`"r53"`}})
	})
	x255 := strings.Repeat("x", 255)
	tests := map[string]struct {
		network, server, name, kind string
		recursive                   bool
		want                        string
	}{
		"a resolver":                         {"udp", servers[0], cached, "TXT", true, `NOERROR; 300 IN TXT "new"`},
		"a resolver with an old answer":      {"udp", servers[1], cached, "TXT", true, `NOERROR; 60 IN TXT "old"`},
		"a name server beside it":            {"udp", servers[1], cached, "TXT", false, `NOERROR; 300 IN TXT "new"`},
		"quotes and backslashes":             {"udp", servers[0], above, "TXT", true, `NOERROR; 300 IN TXT "a \"quoted\" \\ value"`},
		"a value of two strings":             {"udp", servers[0], "_piece.example.com", "TXT", true, `NOERROR; 300 IN TXT "` + x255 + `" "x"`},
		"a name above one that exists":       {"udp", servers[0], "xks.example.com", "TXT", true, "NOERROR"},
		"no such name":                       {"udp", servers[0], "_no.example.com", "TXT", true, "NXDOMAIN"},
		"a delegation":                       {"udp", servers[0], "example.com", "NS", true, "NOERROR; 3600 IN NS ns1.provider.example.net."},
		"a name server's address":            {"udp", servers[0], "ns1.provider.example.net", "A", true, "NOERROR; 3600 IN A 127.0.0.1"},
		"a hosted zone's record":             {"tcp", servers[0], "_R.example.org", "TXT", true, `NOERROR; 300 IN TXT "r53"`},
		"too long for a packet without EDNS": {"udp", servers[0], long, "TXT", true, "truncated"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			got := ask(t, tt.network, tt.server, tt.name, tt.kind, tt.recursive)
			if got != tt.want && !(tt.want == "truncated" && strings.Contains(got, tt.want)) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if got := ask(t, "tcp", servers[0], long, "TXT", true); strings.Count(got, "IN TXT") != 6 {
		t.Errorf("over TCP: %s", got)
	}
	do(func(*network.World) { w.Clock.Pop(start.Add(2 * time.Minute)) })
	if got := ask(t, "udp", servers[1], cached, "TXT", true); got != `NOERROR; 300 IN TXT "new"` {
		t.Errorf("once the old answer is over: %s", got)
	}
}
