package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTrailRecordsKms(t *testing.T) {
	records := func(reads, writes bool) pathtest.Edit {
		return pathtest.Trail(func(t *path.Trail) { t.RecordsReads, t.RecordsWrites = reads, writes })
	}
	off := pathtest.Trail(func(t *path.Trail) { t.Logging = false })
	why := pathtest.Trail(func(t *path.Trail) { t.Why = "ReadWriteType is WriteOnly" })
	unread := pathtest.All(records(false, false), pathtest.Trail(func(t *path.Trail) { t.Unread = "the organization's trail" }))
	second := func(reads, writes bool) pathtest.Edit {
		return func(s *path.Snapshot) {
			s.Trails = append(s.Trails, path.Trail{ARN: "arn:second", Name: "second", Logging: true, RecordsReads: reads, RecordsWrites: writes})
		}
	}
	judges(t, trailRecordsKms, map[string]row{
		"reads and writes":                      {edit: pathtest.Unchanged, want: Pass, seen: "records reads and writes", subject: pathtest.TrailARN},
		"writes alone":                          {edit: pathtest.All(records(false, true), why), want: Fail, seen: "records no reads: ReadWriteType is WriteOnly", headline: "trail records no reads of AWS KMS"},
		"reads alone":                           {edit: records(true, false), want: Fail, seen: "trail management-events records no writes", headline: "trail records no writes"},
		"neither":                               {edit: records(false, false), want: Fail, seen: "records neither reads nor writes of AWS KMS", headline: "no trail records AWS KMS", subject: pathtest.TrailARN},
		"it is not logging":                     {edit: off, want: Fail, seen: "is not logging"},
		"there is no trail":                     {edit: func(s *path.Snapshot) { s.Trails = nil }, want: Fail, seen: "none", subject: pathtest.Account},
		"two that do it together":               {edit: pathtest.All(records(true, false), second(false, true)), want: Pass},
		"two, the second does it":               {edit: pathtest.All(off, second(true, true)), want: Pass},
		"its selectors could not be read":       {edit: unread, want: Unknown, seen: "the organization's trail"},
		"one unread, another does it":           {edit: pathtest.All(unread, second(true, true)), want: Pass},
		"one unread, another records writes":    {edit: pathtest.All(unread, second(false, true)), want: Unknown},
		"one unread that is not logging either": {edit: pathtest.All(unread, off), want: Fail},
		"trails may not be read":                {edit: pathtest.Blind(path.TrailsPart), want: Unknown, seen: "cloudtrail:DescribeTrails"},
		"it matters to a public endpoint, too":  {edit: pathtest.All(pathtest.PublicEndpoint, off), want: Fail},
		"it matters to the account":             {edit: aboutAccount, want: Pass},
	})
}
