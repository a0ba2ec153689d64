package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// trailRecordsKms passes also where several trails record it together. A trail that may
// record what the others do not, but could not be read, makes it unknown.
var trailRecordsKms = Check{
	ID:      "trail.records-kms",
	Title:   "A trail records the read and write management events of AWS KMS",
	Fails:   "no trail that is logging records them, so that nothing would wake the remediator",
	Why:     "Nothing fails. But failed requests reach the remediator as events of CloudTrail, and without a trail that records KMS's there are none: an outage is then seen by the schedule or by an alarm only.",
	Console: "CloudTrail console, Trails: choose the trail, Management events, Edit, select Read and Write, clear Exclude AWS KMS events, Save changes; Start logging if it is off.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html",
	Needs:   []path.Part{path.TrailsPart},
	Run: func(s path.Snapshot) []Finding {
		const expected = "a trail that is logging, with read and write management events of kms.amazonaws.com"
		subject := path.ARN(s.Account)
		var reads, writes, unreadable bool
		seen := make([]string, 0, len(s.Trails))
		for _, t := range s.Trails {
			reads = reads || t.Logging && t.RecordsReads
			writes = writes || t.Logging && t.RecordsWrites
			unreadable = unreadable || t.Logging && t.Unread != ""
			seen = append(seen, trailWords(t))
		}
		if len(s.Trails) == 1 {
			subject = s.Trails[0].ARN
		}
		all := orNone(seen)
		switch {
		case reads && writes:
			return one(pass(subject, expected, all))
		case unreadable:
			return one(unknown(subject, expected, all))
		case writes:
			return one(fail(subject, expected, all, "trail records no reads of AWS KMS"))
		case reads:
			return one(fail(subject, expected, all, "trail records no writes of AWS KMS"))
		}
		return one(fail(subject, expected, all, "no trail records AWS KMS"))
	},
}

// trailWords says of a trail what it records: "trail t records no reads: WriteOnly".
func trailWords(t path.Trail) string {
	var facts []string
	switch {
	case !t.Logging:
		facts = append(facts, "is not logging")
	case t.Unread != "":
		facts = append(facts, "could not be read: "+t.Unread)
	case t.RecordsReads && t.RecordsWrites:
		facts = append(facts, "records reads and writes")
	case t.RecordsWrites:
		facts = append(facts, "records no reads")
	case t.RecordsReads:
		facts = append(facts, "records no writes")
	default:
		facts = append(facts, "records neither reads nor writes of AWS KMS")
	}
	if t.Why != "" {
		facts = append(facts, t.Why)
	}
	return fmt.Sprintf("trail %s %s", t.Name, strings.Join(facts, ": "))
}
