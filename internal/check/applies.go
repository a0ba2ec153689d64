package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// ofKeyStore says why a check of the key store itself has nothing to judge.
func ofKeyStore(s path.Snapshot) string {
	switch s.Subject.Kind {
	case path.ServiceSubject:
		return "no key store exists yet: the endpoint service is looked at"
	case path.AccountSubject:
		return "no key store is named: the account is looked at"
	}
	return ""
}

// onPath says why a check of the path has nothing to judge. A PUBLIC_ENDPOINT key store
// has no path through a VPC, a CloudHSM key store no proxy.
func onPath(s path.Snapshot) string {
	if s.Subject.Kind == path.AccountSubject {
		return "no key store is named: the account is looked at"
	}
	if s.Subject.Kind == path.ServiceSubject {
		return ""
	}
	if s.KeyStore == nil {
		if _, unread := s.Gap(path.KeyStorePart); !unread {
			return "there is no such key store: see key-store.exists"
		}
		return ""
	}
	switch {
	case !s.KeyStore.External:
		return "an AWS CloudHSM key store has no external key store proxy"
	case fold(s.KeyStore.Connectivity, "PUBLIC_ENDPOINT"):
		return "connectivity is PUBLIC_ENDPOINT: no path through a VPC"
	}
	return ""
}

func fold(a, b string) bool { return strings.EqualFold(a, b) }

// serviceARN is what to look at for the endpoint service, also where it was not found.
func serviceARN(s path.Snapshot) path.ARN {
	switch {
	case s.Service != nil && s.Service.ARN != "":
		return s.Service.ARN
	case s.Service != nil && s.Service.ID != "":
		return path.ARN(s.Service.ID)
	case s.KeyStore != nil && s.KeyStore.ServiceName != "":
		return path.ARN(s.KeyStore.ServiceName)
	case s.Requested.ServiceName != "":
		return path.ARN(s.Requested.ServiceName)
	}
	return path.ARN(s.Subject.ID)
}

// ofService makes a check's Run of a judge of the endpoint service. Where there is none
// only endpoint-service.exists has something to say.
func ofService(judge func(path.Snapshot, path.EndpointService) Finding) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if s.Service == nil {
			return one(notApplicable(serviceARN(s), "there is no such endpoint service: see endpoint-service.exists"))
		}
		return one(judge(s, *s.Service))
	}
}

// ofOwnService is ofService for what only the endpoint service's owner can read: of
// another account's it is unknown. Part and action are the read that it would take.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServiceConfigurations.html
func ofOwnService(part path.Part, action string, judge func(path.Snapshot, path.EndpointService) Finding) func(path.Snapshot) []Finding {
	return ofService(func(s path.Snapshot, e path.EndpointService) Finding {
		if e.InFull() {
			return judge(s, e)
		}
		return unreadIn(s, serviceARN(s), notVisible(s, e, part, action))
	})
}

// notVisible is why another account's service does not show a part: nobody but its owner
// sees it, or the owner's role was not there to be assumed.
func notVisible(s path.Snapshot, e path.EndpointService, part path.Part, action string) path.Gap {
	for _, g := range s.Gaps {
		if g.Action == "sts:AssumeRole" {
			g.Part = part
			return g
		}
	}
	owner := "another account"
	if e.Owner != "" {
		owner = "account " + e.Owner
	}
	return path.Gap{
		Part: part, Action: action, On: serviceARN(s), Cause: path.NotVisible,
		Message: fmt.Sprintf("the endpoint service is owned by %s, and only its owner sees this", owner),
	}
}

// ofLoadBalancers makes a check's Run of a judge of one load balancer: an endpoint service
// may have several, and each endpoint uses one of them.
// https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
func ofLoadBalancers(judge func(path.Snapshot, path.LoadBalancer) []Finding) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		var findings []Finding
		for _, lb := range s.LoadBalancers {
			findings = append(findings, judge(s, lb)...)
		}
		return findings
	}
}

func noLoadBalancer(s path.Snapshot) Finding {
	if s.Service != nil && !s.Service.InFull() {
		return unreadIn(s, serviceARN(s), notVisible(s, *s.Service, path.LoadBalancerPart, "elasticloadbalancing:DescribeLoadBalancers"))
	}
	return notApplicable(serviceARN(s), "the endpoint service has no network load balancer")
}
