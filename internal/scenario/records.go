package scenario

const published = "endpoint-service.verification-record-published"

// records are the faults of the TXT record that proves the private DNS name.
func records() []Scenario {
	missing := End{Causes: []string{published, verified}, State: "needs-person", Absent: true}
	return []Scenario{
		told(Creating, "private-dns-record-missing", Scenario{
			Title: "A key store is created and the record that proves the private DNS name is not published; its domain is with another provider.",
			Break: RecordMissing, Mend: RecordPublished, Watch: 40 * minute,
		}, missing),
		told(Creating, "private-dns-record-missing-in-route-53", Scenario{
			Title: "A key store is created and the record is not published in the account's own public hosted zone, beside another's.",
			Break: Both(RecordMissing, HostedZone), Watch: 40 * minute,
		}, missing),
		fixed(Creating, "private-dns-record-published-by-a-person", Scenario{
			Title: "The record is published after the message; the product then asks AWS to verify the name again.",
			Break: Both(RecordMissing, HostedZone), Watch: 40 * minute,
			Play: func(s *Stage) {
				s.Until(func() bool { state, _ := s.Told(); return state == "needs-person" }, 10*minute)
				if _, commands := s.Told(); len(commands) > 0 {
					_ = s.Type(commands[0])
				}
			},
		}, End{Causes: []string{published, verified}, Writes: []string{verifyOp}, State: "resolved", Proof: "cause-gone", Absent: true}),
		told(Creating, "private-dns-record-in-lower-case", Scenario{
			Title: "A key store is created and the record's value lost its capitals at the provider.", Break: RecordInLowerCase, Mend: RecordPublished,
		}, missing),
		told(Creating, "private-dns-record-in-a-private-zone", Scenario{
			Title: "A key store is created and the record stands in a private hosted zone alone.", Break: RecordInPrivateZone, Mend: RecordPublished,
		}, missing),
		fixed(Creating, "private-dns-unverified-and-a-stale-resolver", Scenario{
			Title: "The record is public by now, and a resolver's cache does not know it yet: no reason to wait.", Break: StaleResolver,
		}, End{Causes: []string{verified}, Writes: []string{verifyOp}, State: "resolved", Proof: "cause-gone", Absent: true}),
		risk("private-dns-record-removed", "The record is gone after the verification; whether AWS looks again is not documented.", RecordRemoved, published),
	}
}
