package saved_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/saved"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

func file(t testing.TB, s path.Snapshot) []byte {
	t.Helper()
	data, err := saved.Encode(s, false, pathtest.Parts())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWhatWasSavedIsRead(t *testing.T) {
	t.Parallel()
	want := pathtest.With(pathtest.Blind(path.TrailsPart), pathtest.RevokeIngress(pathtest.ProxyGroup, 443))
	got, err := saved.Decode(file(t, want), pathtest.Parts())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Snapshot, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the snapshot (-saved +read):\n%s", diff)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	healthy := string(file(t, pathtest.Healthy()))
	tests := map[string]struct {
		data string
		want error
	}{
		"nothing":                          {"", saved.ErrBroken},
		"half of it":                       {healthy[:len(healthy)/2], saved.ErrBroken},
		"twice":                            {healthy + healthy, saved.ErrBroken},
		"text":                             {"aws kms", saved.ErrBroken},
		"a number":                         {"1", saved.ErrNotOurs},
		"null":                             {"null", saved.ErrNotOurs},
		"another JSON":                     {`{"CustomKeyStores":[]}`, saved.ErrNotOurs},
		"a later schema":                   {strings.Replace(healthy, `"schema": 1`, `"schema": 2`, 1), saved.ErrSchema},
		"a later schema of the snapshot":   {strings.Replace(healthy, "    \"schema\": 1", "    \"schema\": 2", 1), saved.ErrSchema},
		"no schema":                        {strings.Replace(healthy, `"schema": 1`, `"schema": 0`, 1), saved.ErrSchema},
		"a field that nobody knows":        {strings.Replace(healthy, `"redacted"`, `"magic": true, "redacted"`, 1), saved.ErrSchema},
		"a field of the path nobody knows": {strings.Replace(healthy, `"keyStore"`, `"tunnel": {}, "keyStore"`, 1), saved.ErrSchema},
		"a part that nobody knows":         {strings.Replace(healthy, `"parts": [`, `"parts": ["tunnels",`, 1), saved.ErrSchema},
		"a subject of another kind":        {strings.Replace(healthy, `"kind": "key-store"`, `"kind": "moon"`, 1), saved.ErrSchema},
		"no time":                          {strings.Replace(healthy, `"taken": "2026`, `"taking": "2026`, 1), saved.ErrSchema},
		"a time that is none":              {strings.Replace(healthy, `"taken": "2026`, `"taken": "year`, 1), saved.ErrSchema},
		"an address that is none":          {strings.Replace(healthy, `"10.0.1.7"`, `"10.0.1.777"`, 1), saved.ErrSchema},
		"no subject":                       {strings.Replace(healthy, `"id": "cks-1234567890abcdef0"`, `"id": ""`, 1), saved.ErrBroken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := saved.Decode([]byte(tt.data), pathtest.Parts()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := saved.Decode(bytes.Repeat([]byte(" "), saved.Largest+1), nil); !errors.Is(err, saved.ErrNotOurs) {
		t.Errorf("a file of any length is read: %v", err)
	}
}

// A part that an earlier version did not know of was not looked at: nothing passes for lack
// of it.
func TestAPartThatTheWriterDidNotKnowIsAGap(t *testing.T) {
	t.Parallel()
	data, err := saved.Encode(pathtest.With(pathtest.Blind(path.SecurityGroupsPart), func(s *path.Snapshot) { s.Gaps = nil }), false,
		[]path.Part{path.KeyStorePart, path.ServicePart})
	if err != nil {
		t.Fatal(err)
	}
	f, err := saved.Decode(data, pathtest.Parts())
	if err != nil {
		t.Fatal(err)
	}
	if gap, ok := f.Snapshot.Gap(path.SecurityGroupsPart); !ok || gap.Cause != path.Unreadable {
		t.Errorf("no gap of the security groups: %+v", f.Snapshot.Gaps)
	}
	for _, c := range check.Run(check.Catalogue(), f.Snapshot) {
		if c.Check == "target.security-group-admits" && c.Verdict != check.Unknown {
			t.Errorf("%s is %s", c.Check, c.Verdict)
		}
	}
}

// Whatever a file holds, reading it breaks nothing, and what was read can be judged.
func FuzzDecode(f *testing.F) {
	for _, edit := range []pathtest.Edit{pathtest.Unchanged, pathtest.NoKeyStore, pathtest.FailedCreate, pathtest.CrossAccount, pathtest.Blind(path.SecurityGroupsPart)} {
		data := file(f, pathtest.With(edit))
		f.Add(data)
		f.Add(data[:len(data)/3])
	}
	f.Add([]byte(`{"format":"xks-remediator snapshot","schema":1,"redacted":false,"parts":["key-store"],"snapshot":{"schema":1,"taken":"2026-03-14T03:00:00Z","subject":{"kind":"key-store","id":"x"},"service":{},"loadBalancers":[{}],"targetGroups":[{"targets":[{}]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := saved.Decode(data, pathtest.Parts())
		if err != nil {
			return
		}
		findings := check.Run(check.Catalogue(), got.Snapshot)
		ranked := symptom.Rank(symptom.Observed(got.Snapshot), findings)
		plan.Make(append(ranked.Causes, ranked.Risks...), got.Snapshot, plan.Policy{})
		again, err := saved.Encode(got.Snapshot, got.Redacted, got.Parts)
		if err != nil {
			t.Fatalf("what was read cannot be saved: %v", err)
		}
		if _, err := saved.Decode(again, pathtest.Parts()); err != nil {
			t.Fatalf("what was saved again cannot be read: %v", err)
		}
	})
}
