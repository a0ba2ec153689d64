package flow_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/flow"
)

// tcp is a box from "src > dst : from-to" parts.
func tcp(src, dst string, from, to uint16) flow.Box {
	return flow.Box{
		Protocol: flow.TCP, Src: netip.MustParsePrefix(src), Dst: netip.MustParsePrefix(dst), Ports: flow.PortRange{From: from, To: to},
	}
}

func TestMinusIsExactlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	required := flow.Of(tcp("10.0.1.6/31", "10.0.2.9/32", 443, 443))
	tests := map[string]struct {
		allowed []flow.Box
		want    string
	}{
		"nothing is allowed":                {nil, "tcp 10.0.1.6/31 → 10.0.2.9/32 :443"},
		"just what is required":             {[]flow.Box{tcp("10.0.1.6/31", "10.0.2.9/32", 443, 443)}, ""},
		"everything":                        {[]flow.Box{tcp("0.0.0.0/0", "0.0.0.0/0", 0, 65535)}, ""},
		"one source of two":                 {[]flow.Box{tcp("10.0.1.6/32", "10.0.2.9/32", 443, 443)}, "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"},
		"both sources, by two rules":        {[]flow.Box{tcp("10.0.1.7/32", "0.0.0.0/0", 443, 443), tcp("10.0.1.6/32", "0.0.0.0/0", 443, 443)}, ""},
		"the port below":                    {[]flow.Box{tcp("0.0.0.0/0", "0.0.0.0/0", 0, 442)}, "tcp 10.0.1.6/31 → 10.0.2.9/32 :443"},
		"the port above":                    {[]flow.Box{tcp("0.0.0.0/0", "0.0.0.0/0", 444, 65535)}, "tcp 10.0.1.6/31 → 10.0.2.9/32 :443"},
		"a range that begins with the port": {[]flow.Box{tcp("0.0.0.0/0", "0.0.0.0/0", 443, 444)}, ""},
		"a range that ends with the port":   {[]flow.Box{tcp("0.0.0.0/0", "0.0.0.0/0", 442, 443)}, ""},
		"another destination":               {[]flow.Box{tcp("0.0.0.0/0", "10.0.2.8/32", 443, 443)}, "tcp 10.0.1.6/31 → 10.0.2.9/32 :443"},
		"another protocol": {
			[]flow.Box{{Protocol: 17, Src: netip.MustParsePrefix("0.0.0.0/0"), Dst: netip.MustParsePrefix("0.0.0.0/0"), Ports: flow.AllPorts}},
			"tcp 10.0.1.6/31 → 10.0.2.9/32 :443",
		},
		"all of IPv6": {[]flow.Box{tcp("::/0", "::/0", 0, 65535)}, "tcp 10.0.1.6/31 → 10.0.2.9/32 :443"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := required.Minus(flow.Of(tt.allowed...)).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A prefix may come with bits behind its length, and an IPv4 one in IPv6's clothes.
func TestPrefixesMeanTheSameHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	plain, odd := tcp("10.0.1.0/24", "10.0.2.0/24", 443, 443), tcp("10.0.1.7/24", "::ffff:10.0.2.9/120", 443, 443)
	set := flow.Of(tcp("10.0.1.6/32", "10.0.2.9/32", 443, 443))
	want := "tcp 10.0.1.0/24 → 10.0.2.0/24 :443"
	if got := flow.Of(odd).String(); got != want {
		t.Errorf("Of one: %q, want %q", got, want)
	}
	if got := flow.Of(odd, plain).String(); got != want {
		t.Errorf("Of both: %q, want %q", got, want)
	}
	if got := set.Without(odd); !got.IsZero() {
		t.Errorf("without all of it %v is left", got)
	}
	if got, want := set.To(odd.Dst).String(), "tcp 10.0.1.6/32 → 10.0.2.0/24 :443"; got != want {
		t.Errorf("To: %q, want %q", got, want)
	}
	if got := set.To(netip.MustParsePrefix("fd00::9/128")); !got.IsZero() {
		t.Errorf("IPv4 goes to IPv6: %v", got)
	}
	if got := set.To(netip.Prefix{}); !got.IsZero() {
		t.Errorf("flows go nowhere: %v", got)
	}
}

// More boxes than are compared with each other, so that Without must put them in order.
func TestWithoutManyBoxes(t *testing.T) {
	t.Parallel()
	var holes []flow.Box
	for port := range uint16(600) {
		holes = append(holes, tcp("0.0.0.0/0", "10.0.2.9/32", 2*port, 2*port))
	}
	set := flow.Of(tcp("10.0.1.6/32", "10.0.2.9/32", 444, 444))
	if got := set.Without(holes...); !got.IsZero() {
		t.Errorf("%v is left", got)
	}
	set = flow.Of(tcp("10.0.1.6/32", "10.0.2.9/32", 443, 444))
	if got, want := set.Without(holes...).String(), "tcp 10.0.1.6/32 → 10.0.2.9/32 :443"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOfDropsBoxesWithoutFlows(t *testing.T) {
	t.Parallel()
	tests := map[string]flow.Box{
		"IPv4 to IPv6":                     tcp("10.0.0.0/8", "fd00::/8", 443, 443),
		"IPv6 to IPv4":                     tcp("fd00::/8", "10.0.0.0/8", 443, 443),
		"no source":                        {Protocol: flow.TCP, Dst: netip.MustParsePrefix("10.0.0.0/8"), Ports: flow.AllPorts},
		"no destination":                   {Protocol: flow.TCP, Src: netip.MustParsePrefix("10.0.0.0/8"), Ports: flow.AllPorts},
		"no source, to IPv6":               {Protocol: flow.TCP, Dst: netip.MustParsePrefix("fd00::/8"), Ports: flow.AllPorts},
		"neither source nor destination":   {Protocol: flow.TCP, Ports: flow.AllPorts},
		"ports that end before they start": tcp("10.0.0.0/8", "10.0.0.0/8", 444, 443),
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := flow.Of(b); !got.IsZero() {
				t.Errorf("got %v, want the empty set", got)
			}
		})
	}
}

func TestSetsWithTheSameFlowsAreEqual(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ a, b []flow.Box }{
		"host bits that are not masked": {
			[]flow.Box{tcp("100.68.0.18/18", "10.0.0.1/32", 443, 443)},
			[]flow.Box{tcp("100.68.0.0/18", "10.0.0.1/32", 443, 443)},
		},
		"two halves of a prefix": {
			[]flow.Box{tcp("10.0.1.128/25", "10.0.0.1/32", 443, 443), tcp("10.0.1.0/25", "10.0.0.1/32", 443, 443)},
			[]flow.Box{tcp("10.0.1.0/24", "10.0.0.1/32", 443, 443)},
		},
		"neighbouring ports": {
			[]flow.Box{tcp("10.0.1.0/24", "10.0.0.1/32", 443, 443), tcp("10.0.1.0/24", "10.0.0.1/32", 444, 500)},
			[]flow.Box{tcp("10.0.1.0/24", "10.0.0.1/32", 443, 500)},
		},
		"an IPv4-mapped address": {
			[]flow.Box{tcp("::ffff:10.0.1.7/128", "::ffff:10.0.2.9/128", 443, 443)},
			[]flow.Box{tcp("10.0.1.7/32", "10.0.2.9/32", 443, 443)},
		},
		"all of IPv4, mapped": {
			[]flow.Box{tcp("::ffff:0.0.0.0/96", "10.0.2.9/32", 443, 443)},
			[]flow.Box{tcp("0.0.0.0/0", "10.0.2.9/32", 443, 443)},
		},
		"the two halves of all IPv4 up to the last address": {
			[]flow.Box{tcp("128.0.0.0/1", "255.255.255.255/32", 65535, 65535), tcp("0.0.0.0/1", "255.255.255.255/32", 65535, 65535)},
			[]flow.Box{tcp("0.0.0.0/0", "255.255.255.255/32", 65535, 65535)},
		},
		"the two halves of all IPv6 up to the last address": {
			[]flow.Box{tcp("::/1", "::/0", 443, 443), tcp("8000::/1", "::/0", 443, 443)},
			[]flow.Box{tcp("::/0", "::/0", 443, 443)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := flow.Of(tt.a...), flow.Of(tt.b...)
			if !a.Equal(b) || a.String() != b.String() {
				t.Errorf("%v and %v are not equal", a, b)
			}
		})
	}
}

func TestBoxesBelongToTheCaller(t *testing.T) {
	t.Parallel()
	s := flow.Of(tcp("10.0.1.7/32", "10.0.2.9/32", 443, 443))
	s.Boxes()[0].Ports = flow.AllPorts
	if got, want := s.String(), "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"; got != want {
		t.Errorf("after a change to what Boxes returned the set is %q, want %q", got, want)
	}
}

func TestMarshalJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  flow.Set
		want string
	}{
		"the empty set": {flow.Set{}, `[]`},
		"IPv4 before IPv6, sources in order": {
			flow.Of(tcp("fd00::1/128", "fd00::2/128", 443, 443), tcp("10.0.2.7/32", "10.0.2.9/32", 443, 443), tcp("10.0.1.7/32", "10.0.2.9/32", 8443, 8444)),
			`[{"protocol":6,"src":"10.0.1.7/32","dst":"10.0.2.9/32","ports":{"from":8443,"to":8444}},` +
				`{"protocol":6,"src":"10.0.2.7/32","dst":"10.0.2.9/32","ports":{"from":443,"to":443}},` +
				`{"protocol":6,"src":"fd00::1/128","dst":"fd00::2/128","ports":{"from":443,"to":443}}]`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.set)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmarshalJSONRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ json, want string }{
		"what is no array":     {`{"src":"10.0.0.0/8"}`, "reading a flow set"},
		"what is no prefix":    {`[{"protocol":6,"src":"ten","dst":"10.0.0.0/8","ports":{"from":1,"to":1}}]`, "reading a flow set"},
		"a box without a flow": {`[{"protocol":6,"src":"fd00::/8","dst":"10.0.0.0/8","ports":{"from":1,"to":1}}]`, "holds no flow"},
		"a box without source": {`[{"protocol":6,"dst":"10.0.0.0/8","ports":{"from":1,"to":1}}]`, "holds no flow"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s flow.Set
			if err := json.Unmarshal([]byte(tt.json), &s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestNullIsTheEmptySet(t *testing.T) {
	t.Parallel()
	s := flow.Of(tcp("10.0.1.7/32", "10.0.2.9/32", 443, 443))
	if err := s.UnmarshalJSON([]byte("null")); err != nil || !s.IsZero() {
		t.Errorf("got %v, %v; want the empty set", s, err)
	}
}

func TestOmitzeroLeavesTheEmptySetOut(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(struct {
		Missing flow.Set `json:"missing,omitzero"`
	}{})
	if err != nil || string(got) != "{}" {
		t.Errorf("got %s, %v; want {}", got, err)
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	tests := map[string]string{"10.0.1.7": "10.0.1.7/32", "fd00::1": "fd00::1/128", "::ffff:10.0.1.7": "10.0.1.7/32", "fe80::1%eth0": "fe80::1/128"}
	for in, want := range tests {
		if got := flow.Host(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("Host(%s) = %s, want %s", in, got, want)
		}
	}
}
