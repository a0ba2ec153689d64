package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// assumeRole is the action by which another account's side is read.
const assumeRole = "sts:AssumeRole"

// foreign says whether another account owns the endpoint service, and with it the path behind.
func (m maker) foreign() bool { return m.ownerAccount() != "" && m.ownerAccount() != m.Account }

// ownerAccount is the account of the endpoint service, as far as anybody says.
func (m maker) ownerAccount() string {
	switch {
	case m.Service != nil && m.Service.Owned:
		return m.Account
	case m.Service != nil && m.Service.Owner != "":
		return m.Service.Owner
	case m.KeyStore != nil:
		return m.KeyStore.ServiceOwner
	}
	return m.Requested.ServiceOwner
}

func (m maker) owner() string {
	if account := m.ownerAccount(); account != "" {
		return "the endpoint service's owner (account " + account + ")"
	}
	return "the endpoint service's owner"
}

// theirs gives a step on another account's resource to a person: nothing is ever written
// there, whoever carries which tag.
func (m maker) theirs(id check.ID, step Step) Step {
	if !m.foreign() || !onPath(id) || asks(step) {
		return step
	}
	return m.service(step)
}

// onPath says whether what a check fails for belongs to the endpoint service's owner.
func onPath(id check.ID) bool {
	for _, prefix := range []string{"endpoint-service.", "load-balancer.", "target-group.", "target.", "vpc.", "proxy."} {
		if strings.HasPrefix(string(id), prefix) {
			return true
		}
	}
	return false
}

// asks says whether a step is a message to the owner already.
func asks(step Step) bool {
	i, ok := step.Action.(Instruct)
	return ok && step.Class == Manual && (strings.HasPrefix(i.Text, "ask the endpoint service's owner") || strings.HasPrefix(i.Text, "send this to "))
}

// unseen returns the request to the owner where a check that could explain the symptom is
// unknown because nobody else sees it, or because the owner's role refuses us; else nothing.
func (m maker) unseen() []Step {
	barred := slices.ContainsFunc(m.Gaps, func(g path.Gap) bool { return g.Action == assumeRole && g.Cause == path.AccessDenied })
	for _, f := range m.policy.Unread {
		if gap := f.Evidence.Gap; gap != nil && m.foreign() && (gap.Cause == path.NotVisible || gap.Action == assumeRole && barred) {
			step := m.request()
			step.Check = f.Check
			return []Step{step}
		}
	}
	return nil
}

// request is a text to send to the owner of the endpoint service as it is: what to look at in
// the owner's account, what this account sees, and the commands to run there.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func (m maker) request() Step {
	kms, account := check.KmsPrincipal(m.Region), check.AccountPrincipal(m.Snapshot)
	id := path.ServiceID("<service-id>")
	name := m.serviceName()
	if m.Service != nil {
		id, name = m.Service.ID, m.Service.Name
	} else if last := name[strings.LastIndex(name, ".")+1:]; strings.HasPrefix(last, "vpce-svc-") {
		id = path.ServiceID(last)
	}
	text := fmt.Sprintf("send this to %s, to run the commands there: AWS KMS in %s does not get through %s to the external key store proxy of account %s. Please see to it that: "+
		"(1) the allow list holds %s and %s; (2) acceptance is not required; (3) the private DNS name %s is verified; "+
		"(4) the service is in two Availability Zones; (5) its Network Load Balancer is active and has a TCP listener on 443 that forwards to the proxies; "+
		"(6) the proxies are healthy targets; (7) their security groups, and the load balancer's, let the listener's and the health check's traffic through; "+
		"(8) network ACLs and routes do so in both directions. %s",
		m.owner(), m.Region, name, m.Account, kms, account, m.privateName(), m.sees())
	step := instruct(path.ARN(id), text,
		[]string{"aws", "ec2", "describe-vpc-endpoint-service-permissions", "--service-id", string(id)},
		AddPrincipal{Service: id, Principal: kms}.Commands()[0],
		AddPrincipal{Service: id, Principal: account}.Commands()[0],
		[]string{"aws", "ec2", "describe-vpc-endpoint-service-configurations", "--service-ids", string(id)},
		modifyService(id, "--no-acceptance-required"),
		RestartVerification{id}.Commands()[0],
		[]string{"aws", "elbv2", "describe-listeners", "--load-balancer-arn", "<load-balancer-arn>"},
		[]string{"aws", "elbv2", "describe-target-health", "--target-group-arn", "<target-group-arn>"},
		[]string{"aws", "ec2", "describe-security-groups", "--group-ids", "<security-group-id>"},
		[]string{"aws", "ec2", "describe-network-acls", "--filters", "Name=association.subnet-id,Values=<subnet-id>"},
		[]string{"aws", "ec2", "describe-route-tables", "--filters", "Name=association.subnet-id,Values=<subnet-id>"})
	step.Why = "the endpoint service belongs to another account, and only its owner sees the rest of the path"
	return step
}

// sees says what a consumer sees of the service.
func (m maker) sees() string {
	svc := m.Service
	if svc == nil {
		return "From account " + m.Account + " the service is not visible at all: it does not exist, or (1) is not so."
	}
	acceptance := "acceptance is not required"
	if svc.AcceptanceRequired {
		acceptance = "ACCEPTANCE IS REQUIRED"
	}
	verified := fmt.Sprintf("the private DNS name is %q and its state %q", svc.PrivateDnsName, svc.PrivateDnsState)
	return fmt.Sprintf("From account %s we see: %s; %s; Availability Zones in common: %s.",
		m.Account, acceptance, verified, strings.Join(svc.Zones, ", "))
}
