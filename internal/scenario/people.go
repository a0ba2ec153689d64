package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// failedAlready is a key store whose connect attempt failed before the product looked.
var failedAlready = network.Options{State: network.Failed}

// people are scenarios in which somebody acts before, between and after the product's own
// calls.
func people() []Scenario {
	closed := Both(TargetGroupClosed(443))
	repair := []string{ingressOp, disconnect}
	return []Scenario{
		told(Running, "disconnected-by-a-person", Scenario{
			Title: "Somebody disconnects the key store: the kill switch.",
			Play: func(s *Stage) {
				_ = s.Person.Disconnect(s.Ref.KeyStore.ID)
				s.Advance(2 * minute)
				_ = s.Workload.Decrypt(s.Ref.Workload.ID)
			},
		}, End{State: "closed"}),
		told(Running, "disconnected-during-an-outage", Scenario{
			Title: "Somebody disconnects the key store while it is out of order.", Break: ProxiesDown,
			Play: func(s *Stage) { s.Advance(2 * minute); _ = s.Person.Disconnect(s.Ref.KeyStore.ID) },
		}, End{Causes: []string{healthy}, State: "closed"}),
		told(Connecting, "disconnected-before-our-disconnect", Scenario{
			Title: "Somebody disconnects the FAILED key store before the product does.", Build: failedAlready, Break: closed, Watch: 40 * minute,
			Arm: func(s *Stage) {
				s.Before(disconnect, func(w *network.World) { w.Disconnect(s.Ref.KeyStore) })
				s.After(disconnect, func() { _ = s.Person.Disconnect(s.Ref.KeyStore.ID) })
			},
		}, End{Causes: []string{admits, healthy}, State: "closed"}).
			also("observe", waits(admits, healthy)).also("approve", waits(admits, healthy)).
			also("auto", End{Causes: []string{admits, healthy}, Writes: []string{ingressOp}, State: "closed"}),
		told(Connecting, "disconnected-after-our-disconnect", Scenario{
			Title: "Somebody disconnects the key store after the product did, before it connects it again.", Build: failedAlready, Break: closed, Watch: 40 * minute,
			Arm: func(s *Stage) { s.After(disconnect, func() { _ = s.Person.Disconnect(s.Ref.KeyStore.ID) }) },
		}, waits(admits, healthy)).also("auto", End{Causes: []string{admits, healthy}, Writes: repair, State: "closed"}),
		told(Connecting, "disconnected-after-our-connect", Scenario{
			Title: "Somebody disconnects the key store after the product connected it again.", Build: failedAlready, Break: closed, Watch: 40 * minute,
			Arm: func(s *Stage) { s.After(connect, func() { _ = s.Person.Disconnect(s.Ref.KeyStore.ID) }) },
		}, waits(admits, healthy)).also("auto", End{Causes: []string{admits, healthy}, Writes: append(append([]string{}, repair...), connect), State: "closed"}),
		told(Running, "access-denied", Scenario{
			Title: "Somebody without the permission tries to disconnect the key store, three times: a notice, no outage.",
			Play: func(s *Stage) {
				for range 3 {
					_ = s.Stranger.Disconnect(s.Ref.KeyStore.ID)
					s.Advance(minute)
				}
			},
		}, End{State: "closed", Encrypts: true}),
		told(Creating, "names-no-endpoint-service", Scenario{
			Title: "A create with public connectivity fails: it names no endpoint service, so those that admit KMS are listed.",
			Play:  func(s *Stage) { _ = s.Person.CreatePublic("public-hsm", "https://nobody.example.org") },
			Break: AcceptanceRequired,
		}, End{Causes: []string{acceptance}, State: "needs-person", Absent: true}),
		told(Running, "fix-undone", Scenario{
			Title: "Somebody takes the product's rule away again.", Break: closed, Watch: 40 * minute,
			Play: func(s *Stage) {
				s.Advance(2 * minute)
				undo(s)
				s.Advance(minute)
				_ = s.Workload.Decrypt(s.Ref.Workload.ID)
			},
		}, waits(admits)).also("auto", End{Causes: []string{admits}, Writes: []string{ingressOp}, State: "escalated"}),
	}
}

// undo revokes, as a person, every rule that says it was made by the product.
func undo(s *Stage) {
	var rules []string
	s.World(func(w *network.World) {
		for _, r := range w.Rules(s.Ref.ProxyGroup) {
			if len(r.Description) >= len("xks-remediator") && r.Description[:len("xks-remediator")] == "xks-remediator" {
				rules = append(rules, r.ID)
			}
		}
	})
	for _, id := range rules {
		_ = s.Person.RevokeIngress(s.Ref.ProxyGroup.ID, id)
	}
}
