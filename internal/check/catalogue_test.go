package check

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The IDs are public names: a change here breaks whoever filters on them.
func TestCatalogueHoldsTheseChecksInTheOrderOfThePath(t *testing.T) {
	t.Parallel()
	want := []ID{
		"key-store.exists", "key-store.connection-state", "key-store.answers", "key-store.uri-endpoint-matches-private-dns-name",
		"key-store.endpoint-service-region", "key-store.endpoint-service-exclusive",
		"endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer",
		"endpoint-service.kms-principal-allowed", "endpoint-service.allow-list-narrow", "endpoint-service.acceptance-not-required", "endpoint-service.no-pending-connection",
		"endpoint-service.private-dns-name", "endpoint-service.private-dns-verified", "endpoint-service.verification-record-published", "endpoint-service.two-zones", "endpoint-service.ipv4",
		"load-balancer.active", "load-balancer.internal", "load-balancer.two-zones", "load-balancer.listener-443", "load-balancer.listener-forwards",
		"load-balancer.privatelink-enforcement", "load-balancer.egress-to-targets", "load-balancer.zone-without-healthy-target",
		"target-group.protocol", "target-group.registered", "target-group.healthy", "target.security-group-admits",
		"target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable",
		"proxy.tcp", "proxy.tls-version", "proxy.certificate-name", "proxy.certificate-dates", "proxy.certificate-chain", "proxy.answers", "proxy.latency",
		"vpc.dns", "vpc.private-subnets-in-two-zones",
		"caller.permission", "trail.records-kms", "alarm.coverage", "diagnosis.visibility",
	}
	var got []ID
	for _, c := range Catalogue() {
		got = append(got, c.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("catalogue (-want +got):\n%s", diff)
	}
}

func TestEveryCheckIsDeclaredInFull(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$`)
	titles := make(map[string]ID)
	for _, c := range Catalogue() {
		if !id.MatchString(string(c.ID)) {
			t.Errorf("%q is no well-formed ID", c.ID)
		}
		if !strings.HasPrefix(c.Source, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: source %q is no page of AWS", c.ID, c.Source)
		}
		if c.Title == "" || c.Fails == "" || strings.HasSuffix(c.Title, ".") || c.Run == nil {
			t.Errorf("%s lacks a title, what fails or a judge: %+v", c.ID, c)
		}
		if c.Why == "" {
			t.Errorf("%s: add Why to the Check: what breaks where it fails, and when (with every request, or with new connections only), in sentences", c.ID)
		}
		if c.Console == "" {
			t.Errorf("%s: add Console to the Check: how a person mends it in the words of the AWS console, in sentences", c.ID)
		}
		for _, text := range []string{c.Why, c.Console} {
			if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
				t.Errorf("%s: %q is no sentence", c.ID, text)
			}
		}
		if other, taken := titles[c.Title]; taken {
			t.Errorf("%s and %s share a title", c.ID, other)
		}
		titles[c.Title] = c.ID
	}
}

func TestEveryCheckIsOneFileAndOneTable(t *testing.T) {
	t.Parallel()
	for _, c := range Catalogue() {
		name := strings.NewReplacer(".", "_", "-", "_").Replace(string(c.ID))
		source, err := os.ReadFile(name + ".go")
		if err != nil || !strings.Contains(string(source), `"`+string(c.ID)+`"`) {
			t.Errorf("%s is not declared in %s.go: %v", c.ID, name, err)
		}
		table, err := os.ReadFile(name + "_test.go")
		if err != nil || !strings.Contains(string(table), "judges(t, ") {
			t.Errorf("%s has no table in %s_test.go: %v", c.ID, name, err)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, c := range Catalogue() {
		if got, ok := Lookup(c.ID); !ok || got.ID != c.ID || got.Title != c.Title {
			t.Errorf("Lookup(%s) = %s, %v", c.ID, got.ID, ok)
		}
	}
	if got, ok := Lookup("no.such-check"); ok {
		t.Errorf("Lookup of no check found %s", got.ID)
	}
}

func TestTheCatalogueIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	mine := Catalogue()
	slices.Reverse(mine)
	if Catalogue()[0].ID != "key-store.exists" {
		t.Error("a change to what Catalogue returned changed the catalogue")
	}
}
