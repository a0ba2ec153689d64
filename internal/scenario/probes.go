package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// probes are faults that show only to who connects to the proxy: a probe in its VPC.
func probes() []Scenario {
	placed := network.Options{Probe: network.ProbeAdmitted}
	shows := func(name, title string, f network.Face, cause string) Scenario {
		return told(Running, name, Scenario{Title: title, Build: placed, Break: ProxyShows(f), Mend: ProxiesStarted}, waits(cause))
	}
	return []Scenario{
		told(Running, "probe-healthy", Scenario{Title: "Nothing is wrong, and a probe looks.", Build: placed, Canary: true}, End{Encrypts: true}),
		told(Running, "probe-shut-out", Scenario{
			Title: "Nothing is wrong, and the load balancer's group does not let the probe in: that is no fault of the path.",
			Build: network.Options{Probe: network.ProbeShutOut}, Canary: true,
		}, End{Encrypts: true}),
		shows("certificate-expired", "The proxy's certificate has expired.", network.Expired, "proxy.certificate-dates"),
		told(Connecting, "certificate-expired", Scenario{
			Title: "A key store is connected while the proxy's certificate has expired.", Build: placed, Break: ProxyShows(network.Expired), Mend: ProxiesStarted,
		}, waits("proxy.certificate-dates")),
		shows("certificate-of-another-name", "The proxy's certificate is another name's.", network.OtherName, "proxy.certificate-name"),
		shows("certificate-chain-incomplete", "The proxy does not send the issuing certificate.", network.CutChain, "proxy.certificate-chain"),
		shows("tls-too-old", "The proxy speaks TLS 1.1 at most.", network.OldTLS, "proxy.tls-version"),
		shows("proxy-plaintext", "The proxy speaks HTTP without TLS.", network.Plaintext, "proxy.tls-version"),
		shows("another-web-server", "Another web server answers in the proxy's place.", network.WebServer, "proxy.answers"),
		shows("proxy-slow-to-the-probe", "The proxy takes 400 ms to answer.", network.Sluggish, "proxy.latency"),
		told(Running, "proxies-down-and-probed", Scenario{Title: "The proxies' processes are down; a probe sees it before health checks do.", Build: placed, Break: ProxiesDown, Variant: true}, waits("proxy.tcp")),
	}
}
