package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// proxies are faults behind the path, and what is no fault of the path at all.
func proxies() []Scenario {
	return []Scenario{
		told(Running, "proxy-credential-refused", Scenario{
			Title: "The proxy refuses KMS's credential; every check of the path passes.", Break: ProxyAnswers(network.RefusesCredential), Mend: ProxiesStarted, Canary: true,
		}, End{State: "unexplained"}),
		told(Connecting, "proxy-credential-refused", Scenario{
			Title: "A key store is connected and the proxy refuses KMS's credential.", Break: ProxyAnswers(network.RefusesCredential), Mend: ProxiesStarted,
		}, End{State: "unexplained"}),
		told(Running, "proxy-slow", Scenario{
			Title: "The proxy takes over 250 ms, again and again.", Break: ProxyAnswers(network.Slow),
			Play: func(s *Stage) {
				s.Advance(2 * minute)
				_ = s.Workload.Decrypt(s.Ref.Workload.ID)
			},
		}, End{State: "unexplained"}),
		told(Running, "caller-mistake", Scenario{
			Title: "A workload sends a ciphertext that the proxy refuses.",
			Play:  func(s *Stage) { _ = s.Workload.DecryptCorrupt(s.Ref.Workload.ID) },
		}, End{Encrypts: true}),
		told(Running, "cloudhsm-key-store", Scenario{
			Title: "A CloudHSM key store is disconnected and connected: no business of the product's.",
			Play: func(s *Stage) {
				id := ""
				s.World(func(w *network.World) { id = w.AddCloudHSMKeyStore("hsm").ID })
				_ = s.Person.Disconnect(id)
				s.Advance(2 * minute)
				_ = s.Person.Connect(id)
			},
		}, End{Encrypts: true}),
		told(Running, "public-endpoint-key-store", Scenario{
			Title: "A key store with a public endpoint fails: it has no VPC path, so its symptom is told.",
			Play: func(s *Stage) {
				id := ""
				s.World(func(w *network.World) {
					ks := w.AddPublicKeyStore("public-hsm", "https://proxy.example.org")
					w.PublicProxies[ks.URIEndpoint].Ports = nil
					id = w.AddKey(ks.ID, "external-public").ID
				})
				_ = s.Workload.Encrypt(id)
			},
		}, End{State: "unexplained", Encrypts: true}),
	}
}
