package plan

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// everybodyAllowed takes * off the allow list, once KMS is on it by its own name: else the
// next connection of KMS's would be refused.
func (m maker) everybodyAllowed(found []check.Finding) []Step {
	if m.Service == nil {
		return nil
	}
	kms := check.KmsPrincipal(m.Region)
	return each(found, func(f check.Finding) Step {
		var commands [][]string
		text := "take * off the allow list of the endpoint service"
		if !slices.ContainsFunc(m.Service.Principals, func(p path.AllowedPrincipal) bool { return p.Principal == kms }) {
			text = "put KMS's own principal on the allow list of the endpoint service, then take * off it"
			commands = AddPrincipal{Service: m.Service.ID, Principal: kms}.Commands()
		}
		commands = append(commands, RemovePrincipal{Service: m.Service.ID, Principal: "*"}.Commands()...)
		return m.service(instruct(f.Subject, text+". What is connected stays connected; whoever else is to connect must be named", commands...))
	})
}

// noIPv4 adds IPv4 to what the endpoint service supports.
func (m maker) noIPv4(found []check.Finding) []Step {
	if m.Service == nil {
		return nil
	}
	return each(found, func(f check.Finding) Step {
		return m.service(instruct(f.Subject, "support IPv4 on the endpoint service, as its load balancers must too",
			modifyService(m.Service.ID, "--add-supported-ip-address-types", "ipv4")))
	})
}

// internetFacing replaces the load balancer: its scheme cannot be changed.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
func (m maker) internetFacing(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "replace the load balancer by an internal one in the same subnets and associate that with the endpoint service: the scheme of a load balancer cannot be changed",
			[]string{"aws", "elbv2", "describe-load-balancers", "--load-balancer-arns", string(f.Subject), "--query", "LoadBalancers[].[Scheme,AvailabilityZones[].SubnetId]"})
	})
}

// otherProtocol has what KMS sends arrive at the proxy as it was sent.
func (m maker) otherProtocol(found []check.Finding) []Step {
	var steps []Step
	for _, f := range found {
		for _, way := range reach.Forwards(m.Snapshot) {
			if way.TargetGroup.ARN == f.Subject {
				steps = append(steps, unchanged(way)...)
			}
		}
	}
	return steps
}

// unchanged returns what it takes for TLS to arrive unchanged on one way.
func unchanged(way reach.Forward) []Step {
	l, g := way.Listener, way.TargetGroup
	if !strings.EqualFold(g.Protocol, "TCP") && !strings.EqualFold(g.Protocol, "TLS") {
		create := []string{"aws", "elbv2", "create-target-group", "--name", "<name>", "--protocol", "TCP", "--port", "443", "--vpc-id", string(g.VPC), "--target-type", "ip"}
		step := forward(l.ARN, "<target-group-arn>")
		return []Step{instruct(g.ARN, "create a target group of protocol TCP, since a target group's protocol cannot be changed; register the proxies in it and make the listener on port 443 forward to it",
			append([][]string{create}, step.Action.Commands()...)...)}
	}
	var steps []Step
	if g.ProxyProtocolV2 && !check.Understands(g, "HTTP", "HTTPS") {
		steps = append(steps, instruct(g.ARN, "turn proxy protocol v2 off: the proxy takes its header for a broken TLS handshake",
			[]string{"aws", "elbv2", "modify-target-group-attributes", "--target-group-arn", string(g.ARN), "--attributes", "Key=proxy_protocol_v2.enabled,Value=false"}))
	}
	if check.Plaintext(l, g) && !check.Understands(g, "HTTP") {
		steps = append(steps, instruct(l.ARN, "make the listener pass TLS through (protocol TCP), so that the proxy ends it with a certificate of its own",
			[]string{"aws", "elbv2", "modify-listener", "--listener-arn", string(l.ARN), "--protocol", "TCP"}))
	}
	return steps
}
