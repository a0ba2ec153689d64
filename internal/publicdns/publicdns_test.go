package publicdns_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/publicdns"
)

const (
	name  = "myproxy-private.xks.example.com"
	label = "_6e86v84tqgqubxbwii1m"
	value = "vpce:l6p0ERxlTt45jevFwOCp"
	right = `1800 IN TXT "` + value + `"`

	itself = label + ".myproxy-private.xks.example.com"
	parent = label + ".xks.example.com"
	apex   = label + ".example.com"
)

// delegated is the view of a resolver that knows whose zone example.com is.
func delegated(more map[string][]string) *view {
	records := map[string][]string{
		"example.com NS":    {"3600 IN NS ns1.example.net."},
		"ns1.example.net A": {"3600 IN A 127.0.0.1"},
	}
	maps.Copy(records, more)
	return &view{records: records, exists: []string{"xks.example.com", name}}
}

func zone(records map[string][]string) *view { return &view{records: records} }

func look(t *testing.T, resolvers ...netip.AddrPort) (path.PublicDNS, error) {
	t.Helper()
	r := publicdns.New(publicdns.Options{Resolvers: resolvers, Try: 100 * time.Millisecond})
	return r.Lookup(t.Context(), name, label, value)
}

// said writes what was heard of the names that were asked for first.
func said(out path.PublicDNS, servers map[string]string) []string {
	var all []string
	for _, a := range out.Answers {
		server, ok := servers[a.Server]
		if !ok {
			server = a.Server
		}
		text := fmt.Sprintf("%s %s %s", server, a.Name, a.Outcome)
		if len(a.Values) > 0 {
			text += fmt.Sprintf(" %q", a.Values)
		}
		for what, set := range map[string]bool{" by TCP": a.TCP, " alias " + a.Alias: a.Alias != ""} {
			if set {
				text += what
			}
		}
		all = append(all, text)
	}
	return all
}

func TestWhatServersSayIsToldApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 200)
	tests := map[string]struct {
		recursive, authority map[string][]string
		silent               []string
		noEDNS               bool
		want                 []string // lines that must be among what was said
	}{
		"the record under the parent": {
			map[string][]string{parent + " TXT": {right}}, map[string][]string{parent + " TXT": {right}}, nil, false,
			[]string{"A " + parent + ` found ["` + value + `"]`, "A " + itself + " nxdomain", "A " + apex + " nxdomain", "ns1.example.net " + parent + ` found ["` + value + `"]`},
		},
		"nowhere": {nil, nil, nil, false, []string{"A " + parent + " nxdomain", "ns1.example.net " + apex + " nxdomain", "A xks.example.com no-txt", "A " + parent + ".example.com nxdomain"}},
		"a cache that holds an absence": {
			nil, map[string][]string{apex + " TXT": {right}}, nil, false,
			[]string{"A " + apex + " nxdomain", "ns1.example.net " + apex + ` found ["` + value + `"]`},
		},
		"a lower-cased value": {
			map[string][]string{apex + " TXT": {`300 IN TXT "` + strings.ToLower(value) + `"`}}, nil, nil, false,
			[]string{"A " + apex + ` found ["` + strings.ToLower(value) + `"]`},
		},
		"the domain appended twice": {
			map[string][]string{apex + ".example.com TXT": {right}}, nil, nil, false,
			[]string{"A " + apex + " nxdomain", "A " + apex + `.example.com found ["` + value + `"]`},
		},
		"quotes inside the value": {
			map[string][]string{apex + " TXT": {`300 IN TXT "\"` + value + `\""`}}, nil, nil, false,
			[]string{"A " + apex + ` found ["\"` + value + `\""]`},
		},
		"a value in several strings": {
			map[string][]string{apex + " TXT": {`300 IN TXT "vpce:l6p0ERxl" "Tt45jevFwOCp"`}}, nil, nil, false,
			[]string{"A " + apex + ` found ["` + value + `"]`},
		},
		"several values under one name": {
			map[string][]string{apex + " TXT": {`300 IN TXT "vpce:other"`, right}}, nil, nil, false,
			[]string{"A " + apex + ` found ["` + value + `" "vpce:other"]`},
		},
		"more than fits into a packet": {
			map[string][]string{apex + " TXT": {right, `60 IN TXT "1` + long + `"`, `60 IN TXT "2` + long + `"`, `60 IN TXT "3` + long + `"`, `60 IN TXT "4` + long + `"`, `60 IN TXT "5` + long + `"`, `60 IN TXT "6` + long + `"`}}, nil, nil, false,
			[]string{"A " + apex + fmt.Sprintf(" found %q by TCP", []string{"1" + long, "2" + long, "3" + long, "4" + long, "5" + long, "6" + long, value})},
		},
		"an alias": {
			map[string][]string{apex + " TXT": {"CNAME proof.example.org.", `60 IN TXT "` + value + `"`}}, map[string][]string{apex + " TXT": {"CNAME proof.example.org."}}, nil, false,
			[]string{"A " + apex + ` found ["` + value + `"] alias proof.example.org`, "ns1.example.net " + apex + " no-txt alias proof.example.org"},
		},
		"SERVFAIL": {map[string][]string{apex + " TXT": {"SERVFAIL"}}, nil, nil, false, []string{"A " + apex + " servfail"}},
		"REFUSED":  {map[string][]string{apex + " TXT": {"REFUSED"}}, nil, nil, false, []string{"A " + apex + " refused"}},
		"NOTAUTH":  {map[string][]string{apex + " TXT": {"NOTAUTH"}}, nil, nil, false, []string{"A " + apex + " unreadable"}},
		"silence":  {nil, nil, []string{apex}, false, []string{"A " + apex + " timed-out", "A " + parent + " nxdomain"}},
		"a server that does not know EDNS": {map[string][]string{apex + " TXT": {right}}, nil, nil, true,
			[]string{"A " + apex + ` found ["` + value + `"]`}},
		"at the domain itself, beside what is no business of ours": {
			map[string][]string{"example.com TXT": {`300 IN TXT "v=spf1 -all"`, right}}, nil, nil, false,
			[]string{"A example.com found [\"" + value + "\"]"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recursive := delegated(tt.recursive)
			recursive.silent, recursive.noEDNS = tt.silent, tt.noEDNS
			a := serve(t, recursive, zone(tt.authority))
			out, err := look(t, a)
			if err != nil {
				t.Fatal(err)
			}
			got := said(out, map[string]string{a.String(): "A"})
			for _, want := range tt.want {
				if !slices.Contains(got, want) {
					t.Errorf("nobody said %s; got\n%s", want, strings.Join(got, "\n"))
				}
			}
			if want := []path.DNSZone{{Name: "example.com", NameServers: []string{"ns1.example.net"}}}; !cmp.Equal(out.Zones, want) {
				t.Errorf("zones %v, want %v", out.Zones, want)
			}
		})
	}
}

func TestResolversThatDisagreeAreTwoVoices(t *testing.T) {
	t.Parallel()
	fresh := delegated(map[string][]string{apex + " TXT": {right}})
	private := delegated(map[string][]string{apex + " TXT": {`300 IN TXT "another"`}})
	a, b := serve(t, fresh, zone(map[string][]string{apex + " TXT": {right}})), serve(t, private, nil)
	out, err := look(t, a, b)
	if err != nil {
		t.Fatal(err)
	}
	got := said(out, map[string]string{a.String(): "A", b.String(): "B"})
	for _, want := range []string{"A " + apex + ` found ["` + value + `"]`, "B " + apex + ` found ["another"]`, "ns1.example.net " + apex + ` found ["` + value + `"]`} {
		if !slices.Contains(got, want) {
			t.Errorf("nobody said %s; got %q", want, got)
		}
	}
	if first, last := out.Answers[0], out.Answers[len(out.Answers)-1]; first.Server != a.String() || !last.Authority {
		t.Errorf("the order begins with %s and ends with %s", first.Server, last.Server)
	}
}

func TestWhatAllAgreeOnIsNotAskedFurther(t *testing.T) {
	t.Parallel()
	public := map[string][]string{apex + " TXT": {right}}
	recursive := delegated(public)
	if _, err := look(t, serve(t, recursive, zone(public))); err != nil {
		t.Fatal(err)
	}
	recursive.mu.Lock()
	defer recursive.mu.Unlock()
	for _, q := range recursive.asked {
		if strings.HasSuffix(q, "udp example.com TXT") || strings.Contains(q, "example.com.example.com") {
			t.Errorf("asked for %s", q)
		}
	}
}

func TestAnAuthorityIsAskedForItsOwnZoneAlone(t *testing.T) {
	t.Parallel()
	recursive := delegated(map[string][]string{"xks.example.com NS": {"60 IN NS ns2.example.org."}, "ns2.example.org A": {"60 IN A 127.0.0.1"}})
	out, err := look(t, serve(t, recursive, zone(nil)))
	if err != nil {
		t.Fatal(err)
	}
	holder := map[string]string{itself: "ns2.example.org", parent: "ns2.example.org", apex: "ns1.example.net", "example.com": "ns1.example.net"}
	for _, a := range out.Answers {
		if want, known := holder[a.Name]; a.Authority && known && a.Server != want {
			t.Errorf("%s was asked for %s, which %s holds", a.Server, a.Name, want)
		}
	}
}

func TestTTLs(t *testing.T) {
	t.Parallel()
	a := serve(t, delegated(map[string][]string{apex + " TXT": {`1800 IN TXT "one"`, `70 IN TXT "two"`}}), zone(nil))
	out, err := look(t, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range out.Answers {
		want := 300 // an absence: the SOA record's last number, below its own TTL
		switch {
		case answer.Name == apex && answer.Server == a.String():
			want = 70 // the shorter of the two
		case answer.Outcome == path.DNSFound:
			continue
		}
		if answer.TTL != want {
			t.Errorf("%s of %s: TTL %d, want %d", answer.Outcome, answer.Name, answer.TTL, want)
		}
	}
}

func TestNothingHeardIsAnError(t *testing.T) {
	t.Parallel()
	quiet := serve(t, &view{silent: []string{"*"}}, nil)
	refusing := serve(t, nil, nil)
	tests := map[string]struct {
		resolvers []netip.AddrPort
		timeout   bool
		says      string
	}{
		"silence":      {[]netip.AddrPort{quiet}, true, quiet.String() + ": timed-out"},
		"refusal":      {[]netip.AddrPort{refusing}, false, refusing.String() + ": refused"},
		"both":         {[]netip.AddrPort{quiet, refusing}, false, "refused"},
		"no resolvers": {nil, false, "no DNS resolver"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := look(t, tt.resolvers...)
			if err == nil || errors.Is(err, context.DeadlineExceeded) != tt.timeout || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q in it, a timeout: %v", err, tt.says, tt.timeout)
			}
		})
	}
}

func TestALookUpIsBoundedInTime(t *testing.T) {
	t.Parallel()
	quiet := serve(t, &view{silent: []string{"*"}}, nil)
	r := publicdns.New(publicdns.Options{Resolvers: []netip.AddrPort{quiet}, Timeout: 100 * time.Millisecond, Try: time.Minute})
	began := time.Now()
	if _, err := r.Lookup(t.Context(), name, label, value); err == nil {
		t.Error("silence was an answer")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestTheDomainsOfAName(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"myproxy-private.xks.example.com": {label + ".myproxy-private.xks.example.com", label + ".xks.example.com", label + ".example.com", "myproxy-private.xks.example.com", "xks.example.com", "example.com"},
		"*.xks.example.com.":              {label + ".xks.example.com", label + ".example.com", "xks.example.com", "example.com"},
		"xks.example.co.uk":               {label + ".xks.example.co.uk", label + ".example.co.uk", "xks.example.co.uk", "example.co.uk"},
		"co.uk":                           {label + ".co.uk", "co.uk"},
		"localhost":                       nil,
	}
	for of, want := range tests {
		quiet := serve(t, &view{}, nil)
		out, _ := publicdns.New(publicdns.Options{Resolvers: []netip.AddrPort{quiet}}).Lookup(t.Context(), of, label, value)
		if !cmp.Equal(out.Names, want) {
			t.Errorf("%s: %q, want %q", of, out.Names, want)
		}
	}
}
