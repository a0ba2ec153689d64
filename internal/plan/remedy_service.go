package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// service returns a step on the endpoint service; of another account's, what to send to
// its owner.
func (m maker) service(step Step) Step {
	if m.Service == nil || m.Service.Owned {
		return step
	}
	sent := instruct(step.Action.Resource(),
		fmt.Sprintf("ask %s to do this: %s", m.owner(), step.Action.Summary()), step.Action.Commands()...)
	sent.Why = "the endpoint service belongs to another account"
	return sent
}

// serviceName returns the name by which the key store, or the failed call, asks for it.
func (m maker) serviceName() string {
	switch {
	case m.KeyStore != nil && m.KeyStore.ServiceName != "":
		return m.KeyStore.ServiceName
	case m.Requested.ServiceName != "":
		return m.Requested.ServiceName
	}
	return "<service-name>"
}

// missingService leaves a service of another Region to that check's remedy.
func (m maker) missingService(found []check.Finding) []Step {
	if region, ok := check.ServiceRegion(m.serviceName()); ok && region != m.Region {
		return nil
	}
	if len(found) > 0 && m.Service == nil && m.foreign() {
		return []Step{m.request()}
	}
	return each(found, func(f check.Finding) Step {
		look := []string{"aws", "ec2", "describe-vpc-endpoint-services", "--service-names", m.serviceName()}
		if m.KeyStore == nil {
			return instruct(f.Subject, "name a VPC endpoint service that exists in this Region, and repeat the call", look)
		}
		text := "create the VPC endpoint service anew and point the key store at it. The key store must be DISCONNECTED for the update"
		return instruct(f.Subject, text, append([][]string{look}, m.update("--xks-proxy-vpc-endpoint-service-name", "<service-name>")...)...)
	})
}

func (m maker) unavailableService(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "wait until the VPC endpoint service is Available, or replace it where it failed or was deleted",
			[]string{"aws", "ec2", "describe-vpc-endpoint-service-configurations", "--filters", "Name=service-name,Values=" + m.serviceName(),
				"--query", "ServiceConfigurations[].ServiceState"})
	})
}

func (m maker) otherService(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "use a VPC endpoint service of type Interface in front of a Network Load Balancer: no other kind serves KMS",
			[]string{"aws", "ec2", "create-vpc-endpoint-service-configuration", "--network-load-balancer-arns", "<load-balancer-arn>",
				"--no-acceptance-required", "--private-dns-name", m.privateName()})
	})
}

// privateName returns the host of the URI endpoint that the key store, or the failed call,
// names: the private DNS name that the service must have.
func (m maker) privateName() string {
	uri := m.Requested.UriEndpoint
	if m.KeyStore != nil {
		uri = m.KeyStore.UriEndpoint
	}
	if host, ok := strings.CutPrefix(uri, "https://"); ok && host != "" {
		return host
	}
	return "<private-dns-name>"
}

func (m maker) noPrivateDNSName(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		id := path.ServiceID("<service-id>")
		if m.Service != nil {
			id = m.Service.ID
		}
		return m.service(instruct(f.Subject,
			"give the endpoint service a private DNS name under a public domain, then publish the TXT record that AWS asks for. New connections are denied until the name is verified",
			modifyService(id, "--private-dns-name", m.privateName())))
	})
}

// unverified asks AWS again: the record may be there by now. Where it is known not to be, that
// comes first and takes a decision; where nobody looked, a person is told of the record.
func (m maker) unverified(found []check.Finding) []Step {
	svc := m.Service
	if svc == nil {
		return nil
	}
	again := RestartVerification{svc.ID}
	if !svc.Owned {
		return []Step{m.service(approval("", again))}
	}
	var steps []Step
	switch check.VerificationRecord(m.Snapshot) {
	case check.Pass:
		return []Step{m.automatic(again)}
	case check.Fail:
		return []Step{approval(join("only once the TXT record is in public DNS", m.optedOut(again)), again)}
	}
	if svc.PrivateDnsRecordName != "" && svc.PrivateDnsRecordValue != "" {
		record := svc.PrivateDnsRecordName + "." + parent(svc.PrivateDnsName)
		steps = append(steps, instruct(path.ARN(svc.ID), fmt.Sprintf(
			"have the TXT record %s with the exact value %q in public DNS (TTL 1800), beside any other value that is there", record, svc.PrivateDnsRecordValue),
			[]string{"dig", "+short", "TXT", record}))
	}
	return append(steps, m.automatic(again))
}

// parent returns the domain under which the TXT record of a name is looked for first.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
func parent(name string) string {
	if _, rest, ok := strings.Cut(name, "."); ok && strings.Contains(rest, ".") {
		return rest
	}
	return name
}

// principal adds KMS to the allow list. A running key store does not need it: without an
// attempt that failed for it, a person decides.
func (m maker) principal([]check.Finding) []Step {
	if m.Service == nil {
		return nil
	}
	add := AddPrincipal{Service: m.Service.ID, Principal: check.KmsPrincipal(m.Region)}
	switch {
	case !m.Service.Owned:
		kms, account := check.Admitted(m.Snapshot, *m.Service)
		var steps []Step
		if !kms {
			steps = append(steps, m.service(approval("", add)))
		}
		if !account {
			own := AddPrincipal{Service: m.Service.ID, Principal: check.AccountPrincipal(m.Snapshot)}
			steps = append(steps, m.service(approval("", own)))
		}
		return steps
	case !m.policy.Attempted:
		why := "it serves new connections only, and no create or connect attempt has failed"
		return []Step{approval(join(why, m.optedOut(add)), add)}
	}
	return []Step{m.automatic(add)}
}

func (m maker) acceptance([]check.Finding) []Step {
	if m.Service == nil {
		return nil
	}
	return []Step{m.service(approval("every allowed principal could then connect without anybody's acceptance", SetAcceptanceOff{m.Service.ID}))}
}

// pending accepts what waits and could be KMS's. The check fails only where the allow list
// holds nothing but KMS; this account's own endpoints need no entry there.
func (m maker) pending([]check.Finding) []Step {
	if m.Service == nil {
		return nil
	}
	accept := AcceptConnections{Service: m.Service.ID}
	for _, c := range m.Service.Connections {
		if pendingAcceptance(c.State) && c.Owner != m.Account {
			accept.Endpoints = append(accept.Endpoints, c.EndpointID)
		}
	}
	if len(accept.Endpoints) == 0 {
		return nil
	}
	slices.Sort(accept.Endpoints)
	return []Step{m.service(approval("that the connection is KMS's is inferred: AWS does not publish KMS's account", accept))}
}
