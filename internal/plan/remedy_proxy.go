package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// What is wrong with a proxy is mended at the proxy, which is no resource of AWS's: every
// remedy is an instruction, with the command that shows the fault from a host of the VPC.

func (m maker) unconnected(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "look at the proxies themselves (process, port) and at the way to them: nothing that was read explains why no connection comes about",
			append(m.healthOfTargets(), m.handshake("-brief"))...)
	})
}

func (m maker) noHandshake(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		if l, ok := m.terminating(); ok {
			return instruct(f.Subject, "choose a security policy with TLS 1.2 and 1.3 for the listener on 443, which terminates TLS",
				[]string{"aws", "elbv2", "modify-listener", "--listener-arn", string(l.ARN), "--ssl-policy", "ELBSecurityPolicy-TLS13-1-2-2021-06"})
		}
		return instruct(f.Subject, "let the proxy speak TLS 1.2 or 1.3 on the target's port, with a cipher suite that AWS KMS has: TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, or ECDHE with AES-256-GCM",
			m.handshake("-tls1_2", "-brief"), m.handshake("-tls1_3", "-brief"))
	})
}

func (m maker) otherCertificateName(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return m.certificate(f, "have a certificate issued whose subject common name is "+string(f.Subject)+", and install it")
	})
}

func (m maker) expired(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return m.certificate(f, "renew the certificate, and install it")
	})
}

func (m maker) brokenChain(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		step := m.certificate(f, "install the certificate of an authority that AWS KMS trusts, followed by every intermediate certificate ("+trustedAuthorities+")")
		if i, ok := step.Action.(Instruct); ok {
			i.Type = append(i.Type, m.handshake("-showcerts", "-verify_return_error"))
			step.Action = i
		}
		return step
	})
}

// trustedAuthorities is AWS KMS's list; it changes, so that nothing of it is written here.
const trustedAuthorities = "https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/TrustedCertificateAuthorities"

// certificate tells where the certificate is: at the listener, where that terminates TLS.
func (m maker) certificate(f check.Finding, what string) Step {
	show := []string{"sh", "-c", Shell(m.handshake()) + " </dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName"}
	if l, ok := m.terminating(); ok {
		return instruct(f.Subject, what+" at the listener on 443, which terminates TLS", show,
			[]string{"aws", "elbv2", "modify-listener", "--listener-arn", string(l.ARN), "--certificates", "CertificateArn=<certificate-arn>"})
	}
	return instruct(f.Subject, what+" at every proxy", show)
}

func (m maker) otherAnswer(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		commands := append(m.healthOfTargets(), []string{"curl", "--include", "--resolve", fmt.Sprintf("%s:443:%s", f.Subject, m.probedAddr()),
			"--request", "POST", "--data", "{}", "https://" + string(f.Subject) + m.uriPath() + "/health"})
		return instruct(f.Subject, "make the external key store proxy answer at the key store's URI path: compare the path with the proxy's configuration, and the targets with the proxies", commands...)
	})
}

func (m maker) slow(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "make the proxy answer within 250 ms: look at its load, and at the link to it and to the external key manager",
			[]string{"curl", "--silent", "--output", "/dev/null", "--resolve", fmt.Sprintf("%s:443:%s", f.Subject, m.probedAddr()),
				"--write-out", `tcp %{time_connect} tls %{time_appconnect} answer %{time_total}`, "https://" + string(f.Subject) + m.uriPath() + "/health"})
	})
}

// terminating returns the listener on 443 that terminates TLS, if one does.
func (m maker) terminating() (path.Listener, bool) {
	for _, lb := range m.LoadBalancers {
		for _, l := range lb.Listeners {
			if l.Port == 443 && strings.EqualFold(l.Protocol, "TLS") {
				return l, true
			}
		}
	}
	return path.Listener{}, false
}

// handshake is a command that opens TLS to a node as AWS KMS does.
func (m maker) handshake(more ...string) []string {
	name := "<private-dns-name>"
	if m.Probe != nil {
		name = m.Probe.Name
	}
	return append([]string{"openssl", "s_client", "-connect", m.probedAddr() + ":443", "-servername", name}, more...)
}

// probedAddr is a node to try.
func (m maker) probedAddr() string {
	if m.Probe == nil || len(m.Probe.Nodes) == 0 {
		return "<node-address>"
	}
	return m.Probe.Nodes[0].Addr.Addr().String()
}

func (m maker) uriPath() string {
	if m.KeyStore == nil {
		return "/kms/xks/v1"
	}
	return cmp.Or(m.KeyStore.UriPath, "/kms/xks/v1")
}

func (m maker) healthOfTargets() [][]string {
	var look [][]string
	for _, tg := range m.TargetGroups {
		look = append(look, []string{"aws", "elbv2", "describe-target-health", "--target-group-arn", string(tg.ARN)})
	}
	return look
}
