//go:build e2e

package moto

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A story is a scenario told on moto: its phase, watch, canary and end are the scenario's
// own; what it does to the simulated world is done by calls of AWS's API.
type story struct {
	scenario.Scenario
	faults []string // by the administrator's words in plugin/people.py, each perhaps ":port"
	zones  int      // of the load balancer; 2 where zero
	scheme string   // of the load balancer; internal where empty
	arm    func(*run)
	play   func(*run, *scenario.Stage)
}

// build says how the healthy path differs from the plain one.
func (s story) build() map[string]any {
	port := cmp.Or(s.Build.HealthPort, 443)
	return map[string]any{
		"health_port": port, "shared": s.Build.SharedGroup, "zones": cmp.Or(s.zones, 2), "scheme": cmp.Or(s.scheme, "internal"),
		"key_store": s.Phase != scenario.Creating,
	}
}

// told finds the scenario of a name and gives it the faults that moto is to have.
func told(t *testing.T, name string, faults ...string) story {
	t.Helper()
	s, ok := scenario.Find(name)
	if !ok {
		t.Fatalf("no scenario is called %s", name)
	}
	return story{Scenario: s, faults: faults}
}

const (
	closed = "target_group_closed:443"
	minute = time.Minute
)

// stories are the scenarios that can be told on moto.
func stories(t *testing.T) []story {
	t.Helper()
	return slices.Concat(onGroups(t), onACLs(t), onBalancers(t), onServices(t), onSettings(t), onPeople(t))
}

func onGroups(t *testing.T) []story {
	return []story{
		told(t, "running/healthy"),
		told(t, "connecting/healthy"),
		told(t, "running/target-security-group-without-443", closed),
		told(t, "running/target-security-group-without-443-and-no-canary", closed),
		told(t, "connecting/target-security-group-without-443", closed),
		told(t, "connecting/failed-for-want-of-443", closed),
		told(t, "running/shared-target-security-group", closed),
		told(t, "running/health-check-port-blocked", "target_group_closed:8443"),
		told(t, "running/load-balancer-egress-missing", "egress_closed"),
		told(t, "connecting/load-balancer-egress-missing", "egress_closed"),
		told(t, "running/two-faults-at-once", closed, "egress_closed"),
		told(t, "running/privatelink-enforcement-blocks", "enforcement_closed"),
		told(t, "connecting/privatelink-enforcement-blocks", "enforcement_closed"),
		told(t, "running/resource-without-the-opt-in-tag", closed, "untagged"),
		told(t, "running/unreadable-security-groups", closed),
		told(t, "running/answer-of-a-write-lost", closed),
		tagLost(t),
		undone(t),
	}
}

func onACLs(t *testing.T) []story {
	return []story{
		told(t, "running/network-acl-denies-requests", "nodes_acl_denies_requests"),
		told(t, "connecting/network-acl-denies-requests", "nodes_acl_denies_requests"),
		told(t, "running/network-acl-without-requests", "targets_acl_without_requests"),
		told(t, "running/network-acl-denies-replies", "nodes_acl_denies_replies"),
		told(t, "running/network-acl-with-narrow-replies", "targets_acl_with_narrow_replies"),
		told(t, "running/security-group-and-network-acl", closed, "targets_acl_without_requests"),
	}
}

func onBalancers(t *testing.T) []story {
	return []story{
		told(t, "running/listener-deleted", "listener_deleted"),
		told(t, "connecting/listener-deleted", "listener_deleted"),
		told(t, "running/target-group-empty", "target_group_empty"),
		told(t, "connecting/target-group-empty", "target_group_empty"),
		told(t, "running/proxies-down", "proxies_down"),
		told(t, "connecting/proxies-down", "proxies_down"),
		told(t, "running/proxy-credential-refused", "proxies_refuse_the_credential"),
		told(t, "connecting/proxy-credential-refused", "proxies_refuse_the_credential"),
		told(t, "running/proxy-slow", "proxies_slow"),
		told(t, "running/caller-mistake"),
	}
}

func onServices(t *testing.T) []story {
	return []story{
		told(t, "running/kms-principal-missing", "principal_missing"),
		told(t, "connecting/kms-principal-missing", "principal_missing"),
		told(t, "creating/kms-principal-missing", "principal_missing"),
		told(t, "running/acceptance-required", "acceptance_required"),
		told(t, "connecting/acceptance-required", "acceptance_required"),
		told(t, "creating/acceptance-required", "acceptance_required"),
		told(t, "running/endpoint-service-deleted", "service_deleted"),
		told(t, "connecting/endpoint-service-deleted", "service_deleted"),
		told(t, "running/private-dns-unverified", "verification_failed"),
		told(t, "connecting/private-dns-unverified", "verification_failed"),
		told(t, "creating/private-dns-unverified", "verification_failed"),
		told(t, "connecting/private-dns-mismatch", "name_mismatch"),
		told(t, "creating/private-dns-mismatch", "name_mismatch"),
		oneZone(t),
		told(t, "creating/two-faults-at-once", "principal_missing", "acceptance_required"),
	}
}

func onSettings(t *testing.T) []story {
	return []story{
		elsewhere(t),
		told(t, "creating/endpoint-service-in-use", "key_store_on_the_service"),
		told(t, "running/anybody-may-connect", "everybody_allowed"),
		told(t, "running/key-store-without-alarms", "alarms_deleted"),
		told(t, "running/trail-deleted", "trail_deleted"),
		internetFacing(t),
		told(t, "running/zone-without-healthy-target", "one_zones_proxies_down"),
		told(t, "running/proxy-protocol-v2", "proxy_protocol_on"),
		told(t, "connecting/proxy-protocol-v2", "proxy_protocol_on"),
	}
}

// elsewhere has the key store created with an endpoint service of another Region.
func elsewhere(t *testing.T) story {
	s := told(t, "creating/endpoint-service-in-another-region")
	s.arm = func(r *run) { r.person.serviceName = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0" }
	return s
}

// internetFacing builds the load balancer with public addresses from the start.
func internetFacing(t *testing.T) story {
	s := told(t, "running/load-balancer-internet-facing")
	s.scheme = "internet-facing"
	return s
}

func onPeople(t *testing.T) []story {
	return []story{
		told(t, "running/disconnected-by-a-person"),
		told(t, "running/disconnected-during-an-outage", "proxies_down"),
		told(t, "connecting/disconnected-after-our-disconnect", closed),
		told(t, "connecting/disconnected-after-our-connect", closed),
		told(t, "connecting/answer-of-our-disconnect-lost", closed),
		told(t, "running/access-denied"),
		told(t, "creating/names-no-endpoint-service", "acceptance_required"),
		disconnectedFirst(t),
		cloudHSM(t),
		public(t),
	}
}

// untold are the scenarios that no calls of AWS's API can bring about, and why.
func untold() map[string]string {
	const probed = "moto runs no function whose connections it could lead to a proxy: what a proxy shows of itself is the simulator's"
	const states = "a state that AWS alone sets cannot be put on a resource by any call"
	const ipv4 = "moto keeps no supported address types of an endpoint service: the plug-in says IPv4 of all"
	const tls = "moto's ModifyListener refuses the protocol TLS, which listeners of Network Load Balancers have"
	const elsewhere = "another account owns the path, and the plug-in keeps the key stores of one account beside moto's"
	const noQuestions = "moto answers no DNS questions, and what DNS says is what the scenario is about"
	return map[string]string{
		"connecting/network-acl-with-narrow-replies":                   "the plug-in's KMS takes its ports in turn, and connects from one that the entry allows",
		"running/cross-account":                                        elsewhere,
		"running/cross-account-read":                                   elsewhere,
		"running/cross-account-target-security-group-without-443":      elsewhere,
		"running/cross-account-target-security-group-without-443-read": elsewhere,
		"connecting/cross-account-kms-principal-missing":               elsewhere,
		"connecting/cross-account-kms-principal-missing-read":          elsewhere,
		"connecting/cross-account-account-principal-missing":           elsewhere,
		"connecting/cross-account-account-principal-missing-read":      elsewhere,
		"creating/private-dns-record-missing":                          noQuestions, "creating/private-dns-record-missing-in-route-53": noQuestions,
		"creating/private-dns-record-published-by-a-person": noQuestions, "creating/private-dns-record-in-lower-case": noQuestions,
		"creating/private-dns-record-in-a-private-zone": noQuestions, "creating/private-dns-unverified-and-a-stale-resolver": noQuestions,
		"running/private-dns-record-removed": noQuestions,
		"running/plaintext-to-the-proxy":     tls, "connecting/plaintext-to-the-proxy": tls,
		"running/zone-without-healthy-target-is-asked": "the plug-in's KMS asks no zone that has left DNS",
		"running/no-ipv4": ipv4, "connecting/no-ipv4": ipv4, "creating/no-ipv4": ipv4,
		"running/route-blackhole":              "moto never makes a route a blackhole when its target goes",
		"connecting/route-blackhole":           "moto never makes a route a blackhole when its target goes",
		"running/on-premises-without-a-route":  "the plugin walks a packet within one VPC, and nothing answers outside it",
		"running/peering-without-a-route-back": "the plugin walks a packet within one VPC, and nothing answers outside it",
		"running/probe-healthy":                probed, "running/probe-shut-out": probed, "running/certificate-expired": probed, "connecting/certificate-expired": probed,
		"running/certificate-of-another-name": probed, "running/certificate-chain-incomplete": probed, "running/tls-too-old": probed,
		"running/proxy-plaintext": probed, "running/another-web-server": probed, "running/proxy-slow-to-the-probe": probed, "running/proxies-down-and-probed": probed,

		"connecting/endpoint-service-failed": states, "creating/endpoint-service-failed": states, "running/load-balancer-failed": states,
		"creating/gateway-load-balancer": "the path is built with a Network Load Balancer, and the type of an endpoint service cannot be changed",
		"creating/no-private-dns-name":   "moto does not implement RemovePrivateDnsName of ModifyVpcEndpointServiceConfiguration",

		"creating/endpoint-service-in-use-elsewhere": "it takes a key store of a second account, and the plug-in keeps those of one",
		"running/load-balancer-in-one-zone":          "a subnet cannot be taken from a load balancer while endpoints are connected to it",
		"creating/load-balancer-in-one-zone":         "the endpoint service cannot be made to name a zone that its load balancer never had",
		"running/subnets-public":                     "it differs from creating/subnets-public in nothing that moto decides: KMS's plug-in looks at no route",
		"creating/subnets-public":                    "the plug-in of KMS looks at no route, and so creates the key store",
		"running/vpc-dns-off":                        "it is a warning of a VPC attribute that nothing of KMS's plug-in depends on",
		"running/one-zone-only":                      "a subnet cannot be taken from a load balancer while endpoints are connected to it",
		"connecting/pending-connection":              "KMS takes its endpoint away when it disconnects: an earlier one cannot be left waiting",
	}
}

// oneZone builds the load balancer in one zone from the start.
func oneZone(t *testing.T) story {
	s := told(t, "creating/one-zone-only")
	s.zones = 1
	return s
}

// disconnectedFirst has somebody disconnect the key store just before the product does.
func disconnectedFirst(t *testing.T) story {
	s := told(t, "connecting/disconnected-before-our-disconnect", closed)
	s.arm = func(r *run) {
		const operation = "DisconnectCustomKeyStore"
		r.post("/plugin/trap", map[string]string{"operation": operation, "role": "xks-remediator", "disconnect": r.path.KeyStore}, nil)
		r.trap(operation, func() { _ = r.person.Disconnect(r.path.KeyStore) }) // it is too late, and recorded
	}
	return s
}

// cloudHSM disconnects and connects a CloudHSM key store.
func cloudHSM(t *testing.T) story {
	s := told(t, "running/cloudhsm-key-store")
	s.play = func(r *run, stage *scenario.Stage) {
		var made path
		r.people("cloudhsm", nil, &made)
		for _, do := range []func(string) error{stage.Person.Connect, stage.Person.Disconnect, stage.Person.Connect} {
			must(r.t, do(made.KeyStore))
			stage.Advance(6 * minute)
		}
	}
	return s
}

// public creates a key store with a public endpoint, whose proxy then goes down.
func public(t *testing.T) story {
	s := told(t, "running/public-endpoint-key-store")
	s.play = func(r *run, stage *scenario.Stage) {
		proxy := map[string]any{"addresses": []string{"proxy.example.org"}, "ports": []int{443}}
		r.post("/plugin/proxies", proxy, nil)
		must(r.t, stage.Person.CreatePublic("public-hsm", "https://proxy.example.org"))
		_, stores := r.calls()
		id := stores[len(stores)-1]
		must(r.t, stage.Person.Connect(id))
		stage.Advance(6 * minute)
		key := r.person.createKey(r.t, id)
		proxy["ports"] = []int{}
		r.post("/plugin/proxies", proxy, nil)
		_ = stage.Workload.Encrypt(key)
	}
	return s
}

// tagLost takes the opt-in tag away when diagnose has read the group.
func tagLost(t *testing.T) story {
	s := told(t, "running/opt-in-tag-lost-mid-repair", closed)
	s.arm = func(r *run) {
		r.trap("DescribeSecurityGroups", func() { r.people("fault", map[string]string{"name": "untagged"}, nil) })
	}
	return s
}

// undone takes the product's rule away again.
func undone(t *testing.T) story {
	s := told(t, "running/fix-undone", closed)
	s.play = func(r *run, stage *scenario.Stage) {
		stage.Advance(2 * minute)
		r.people("fault", map[string]string{"name": "undo"}, nil)
		stage.Advance(minute)
		_ = stage.Workload.Decrypt(r.path.Workload)
	}
	return s
}
