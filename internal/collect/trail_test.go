package collect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func TestWhatATrailRecords(t *testing.T) {
	t.Parallel()
	const none = "its event selectors leave out the management events of kms.amazonaws.com"
	const crypto = "its event selectors leave out Decrypt, Encrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext"
	const control = "its event selectors leave out ConnectCustomKeyStore, CreateCustomKeyStore, CreateKey, DisconnectCustomKeyStore, UpdateCustomKeyStore"
	basic := func(s network.BasicSelector) network.Trail {
		return network.Trail{Basic: []network.BasicSelector{s}}
	}
	advanced := func(selectors ...[]network.FieldSelector) network.Trail {
		var t network.Trail
		for _, fields := range selectors {
			t.Advanced = append(t.Advanced, network.AdvancedSelector{Fields: fields})
		}
		return t
	}
	management := network.FieldSelector{Field: "eventCategory", Equals: []string{"Management"}}
	field := func(name string, equals ...string) network.FieldSelector {
		return network.FieldSelector{Field: name, Equals: equals}
	}
	tests := map[string]struct {
		trail         network.Trail
		reads, writes bool
		why           string
	}{
		"all management events":                {basic(network.BasicSelector{Management: true, ReadWrite: "All"}), true, true, ""},
		"no management events":                 {basic(network.BasicSelector{ReadWrite: "All"}), false, false, none},
		"KMS left out":                         {basic(network.BasicSelector{Management: true, ReadWrite: "All", ExcludeSources: []string{"kms.amazonaws.com"}}), false, false, none},
		"another source left out":              {basic(network.BasicSelector{Management: true, ReadWrite: "All", ExcludeSources: []string{"rdsdata.amazonaws.com"}}), true, true, ""},
		"writes only":                          {basic(network.BasicSelector{Management: true, ReadWrite: "WriteOnly"}), false, true, crypto},
		"reads only":                           {basic(network.BasicSelector{Management: true, ReadWrite: "ReadOnly"}), true, false, control},
		"advanced, all management events":      {advanced([]network.FieldSelector{management}), true, true, ""},
		"advanced, data events only":           {advanced([]network.FieldSelector{field("eventCategory", "Data")}), false, false, none},
		"advanced, writes only":                {advanced([]network.FieldSelector{management, field("readOnly", "false")}), false, true, crypto},
		"advanced, reads and writes apart":     {advanced([]network.FieldSelector{management, field("readOnly", "false")}, []network.FieldSelector{management, field("readOnly", "true")}), true, true, ""},
		"advanced, KMS left out":               {advanced([]network.FieldSelector{management, {Field: "eventSource", NotEquals: []string{"kms.amazonaws.com", "rdsdata.amazonaws.com"}}}), false, false, none},
		"advanced, another source left out":    {advanced([]network.FieldSelector{management, {Field: "eventSource", NotEquals: []string{"rdsdata.amazonaws.com"}}}), true, true, ""},
		"advanced, KMS alone":                  {advanced([]network.FieldSelector{management, field("eventSource", "kms.amazonaws.com")}), true, true, ""},
		"advanced, another source alone":       {advanced([]network.FieldSelector{management, field("eventSource", "s3.amazonaws.com")}), false, false, none},
		"advanced, sources by their beginning": {advanced([]network.FieldSelector{management, {Field: "eventSource", NotStarts: []string{"kms."}}}), false, false, none},
		"advanced, Decrypt left out":           {advanced([]network.FieldSelector{management, {Field: "eventName", NotEquals: []string{"Decrypt"}}}), false, true, "its event selectors leave out Decrypt"},
		"advanced, some callers only":          {advanced([]network.FieldSelector{management, {Field: "userIdentity.arn", StartsWith: []string{"arn:aws:iam::111122223333:role/"}}}), false, false, none},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.Trail.Basic, s.Trail.Advanced = tt.trail.Basic, tt.trail.Advanced
			got := s.look(t).Trails
			want := []path.Trail{{ARN: path.ARN(s.Trail.ARN), Name: "management-events", Logging: true, RecordsReads: tt.reads, RecordsWrites: tt.writes, Why: tt.why}}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

func TestTrailsThatCoverTheRegion(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.Trail.Logging = false
	for name, edit := range map[string]func(*network.Trail){
		"here":            func(t *network.Trail) { t.MultiRegion = false },
		"elsewhere":       func(t *network.Trail) { t.MultiRegion, t.HomeRegion = false, "us-east-1" },
		"from elsewhere":  func(t *network.Trail) { t.HomeRegion = "us-east-1" },
		"an organization": func(t *network.Trail) { t.Organization = true },
	} {
		edit(s.AddTrail(name))
	}
	s.Trails["an organization"].ARN = "arn:aws:cloudtrail:eu-central-1:999900001111:trail/an organization"
	got := s.look(t)
	seen := map[string]bool{}
	for _, trail := range got.Trails {
		seen[trail.Name] = trail.Logging && trail.RecordsReads
		if organization := trail.Name == "an organization"; (trail.Unread != "") != organization {
			t.Errorf("%s: unread %q", trail.Name, trail.Unread)
		} else if organization && !strings.HasPrefix(trail.Unread, "cloudtrail:GetEventSelectors: ") {
			t.Errorf("got %q, want the action that was refused", trail.Unread)
		}
	}
	want := map[string]bool{"management-events": false, "here": true, "from elsewhere": true, "an organization": false}
	if d := cmp.Diff(want, seen); d != "" || len(got.Gaps) > 0 {
		t.Errorf("gaps %v; want (-), got (+):\n%s", gaps(got), d)
	}
}

// A member account may not mend what it cannot read of its organization's trail: that is no
// gap, and no pass either.
func TestAnOrganizationsTrailThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"} {
		s := newSim(t, network.Options{})
		s.Trail.Organization = true
		s.Trail.ARN = "arn:aws:cloudtrail:eu-central-1:999900001111:trail/organization"
		s.denied[action] = true
		got := s.look(t)
		if len(got.Gaps) > 0 || len(got.Trails) != 1 || got.Trails[0].Unread == "" || got.Trails[0].RecordsReads {
			t.Errorf("%s: got %+v and gaps %v, want a trail that says why it is not read", action, got.Trails, gaps(got))
		}
	}
}
