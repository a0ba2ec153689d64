package check

import (
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// A row is a path, one edit or two from a healthy one, and the one finding that a check
// must make of it. Seen and headline are parts of the finding's; an empty one asks nothing.
type row struct {
	edit     pathtest.Edit
	want     Verdict
	seen     string
	headline string
	warning  bool
	subject  path.ARN
	missing  string
	group    path.SecurityGroupID
}

// judges runs one check through the runner, as in production, over each row.
func judges(t *testing.T, c Check, rows map[string]row) {
	t.Helper()
	t.Parallel()
	for name, tt := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := Run([]Check{c}, pathtest.With(tt.edit))
			if len(findings) != 1 {
				t.Fatalf("got %d findings, want one: %+v", len(findings), findings)
			}
			tt.compare(t, findings[0])
		})
	}
}

func (tt row) compare(t *testing.T, f Finding) {
	t.Helper()
	if f.Verdict != tt.want || f.Warning != tt.warning {
		t.Errorf("got %v (warning %v), want %v (warning %v): %+v", f.Verdict, f.Warning, tt.want, tt.warning, f.Evidence)
	}
	if f.Evidence.Bug != "" {
		t.Errorf("the check broke: %s", f.Evidence.Bug)
	}
	if !strings.Contains(f.Evidence.Seen, tt.seen) {
		t.Errorf("seen %q, want %q in it", f.Evidence.Seen, tt.seen)
	}
	if !strings.Contains(f.Headline, tt.headline) {
		t.Errorf("headline %q, want %q in it", f.Headline, tt.headline)
	}
	if tt.subject != "" && f.Subject != tt.subject {
		t.Errorf("subject %q, want %q", f.Subject, tt.subject)
	}
	if got := f.Missing.String(); got != tt.missing || f.Group != tt.group {
		t.Errorf("missing %q in %q, want %q in %q", got, f.Group, tt.missing, tt.group)
	}
	complete(t, f)
}

// complete reports what every finding owes its reader.
func complete(t interface{ Errorf(string, ...any) }, f Finding) {
	if f.Evidence.Seen == "" {
		t.Errorf("finding without what was seen: %+v", f)
	}
	if f.Verdict == Fail && (f.Headline == "" || f.Evidence.Expected == "") {
		t.Errorf("fail without headline or expectation: %+v", f)
	}
	if f.Verdict != Fail && (f.Headline != "" || !f.Missing.IsZero() || f.Warning) {
		t.Errorf("no fail, yet a headline, a missing set or a warning: %+v", f)
	}
	if len(f.Headline) > maxHeadline {
		t.Errorf("headline of %d characters: %q", len(f.Headline), f.Headline)
	}
}

// The rows that every check of the path shares.
func onPathRows(rows map[string]row) map[string]row {
	rows["a PUBLIC_ENDPOINT key store has no path"] = row{edit: pathtest.PublicEndpoint, want: NotApplicable, seen: "PUBLIC_ENDPOINT"}
	rows["a CloudHSM key store has no proxy"] = row{edit: pathtest.CloudHSM, want: NotApplicable, seen: "CloudHSM"}
	rows["no such key store"] = row{edit: pathtest.NoKeyStore, want: NotApplicable, seen: "no such key store"}
	rows["no subject but the account"] = row{edit: aboutAccount, want: NotApplicable, seen: "account"}
	return rows
}

func aboutAccount(s *path.Snapshot) {
	s.Subject = path.Subject{Kind: path.AccountSubject, ID: pathtest.Account}
	pathtest.NoKeyStore(s)
}

const store = path.ARN(pathtest.KeyStoreID)
