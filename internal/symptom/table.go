package symptom

// Table returns one symptom of each kind that the product knows, for a list of what a check
// can explain: each connection error code, each error code of the calls that make, change
// and connect a key store, each message of KMS about a call on a key, and each state that
// shows by itself.
func Table() []Symptom {
	all := []Symptom{
		{Kind: NoHealthyTarget, Class: PathClass, Text: "No target behind the load balancer's listener on 443 is healthy."},
		{Kind: StillConnecting, Class: PathClass, Text: "The key store has been CONNECTING for over 15 minutes."},
	}
	for _, c := range connectionErrors() {
		all = append(all, Symptom{Kind: ConnectionError, Class: c.Class, Code: c.code, Text: c.Text})
	}
	for _, kind := range []Kind{CreateFailed, UpdateFailed, ConnectRefused} {
		for _, c := range codes() {
			all = append(all, Symptom{Kind: kind, Class: c.Class, Code: c.code + "Exception", Text: c.Text})
		}
	}
	for _, m := range messages() {
		all = append(all, Symptom{Kind: KMSMessage, Class: m.Class, Code: keyInvalidState + "Exception", ID: m.ID, Text: m.Text})
	}
	return all
}
