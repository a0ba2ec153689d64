package symptom

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// Checks that are named in more than one place.
const (
	uriEndpointMatches  check.ID = "key-store.uri-endpoint-matches-private-dns-name"
	serviceRegion       check.ID = "key-store.endpoint-service-region"
	bareZone            check.ID = "load-balancer.zone-without-healthy-target"
	protocol            check.ID = "target-group.protocol"
	serviceExclusive    check.ID = "key-store.endpoint-service-exclusive"
	connectionState     check.ID = "key-store.connection-state"
	keyStoreAnswers     check.ID = "key-store.answers"
	noPendingConnection check.ID = "endpoint-service.no-pending-connection"

	proxyTCP         check.ID = "proxy.tcp"
	certificateName  check.ID = "proxy.certificate-name"
	certificateDates check.ID = "proxy.certificate-dates"
	certificateChain check.ID = "proxy.certificate-chain"
	tlsVersion       check.ID = "proxy.tls-version"
	proxyAnswers     check.ID = "proxy.answers"
	proxyLatency     check.ID = "proxy.latency"
)

// specific is every check that can explain something, the most specific first: what
// leaves nothing below it to look at, then what one rule or setting says, then what only
// shows that something else is wrong. All lists below are in this order.
func specific() []check.ID {
	return []check.ID{
		serviceRegion,
		"endpoint-service.exists",
		"endpoint-service.available",
		"endpoint-service.network-load-balancer",
		"endpoint-service.kms-principal-allowed",
		"endpoint-service.acceptance-not-required",
		noPendingConnection,
		"endpoint-service.private-dns-name",
		"endpoint-service.verification-record-published",
		"endpoint-service.private-dns-verified",
		"vpc.private-subnets-in-two-zones",
		"load-balancer.two-zones",
		"endpoint-service.two-zones",
		"endpoint-service.ipv4",
		"load-balancer.active",
		"load-balancer.listener-443",
		"target-group.registered",
		"load-balancer.listener-forwards",
		"target.security-group-admits",
		"load-balancer.egress-to-targets",
		"target.network-acl-request",
		"target.network-acl-reply",
		"target.route",
		"target.on-premises-reachable",
		"load-balancer.privatelink-enforcement",
		protocol,
		certificateDates,
		certificateName,
		certificateChain,
		tlsVersion,
		proxyAnswers,
		proxyLatency,
		bareZone,
		"target-group.healthy",
		proxyTCP,
		uriEndpointMatches,
		serviceExclusive,
		connectionState,
	}
}

// only returns those of specific that are among ids.
func only(ids ...check.ID) []check.ID {
	return slices.DeleteFunc(specific(), func(id check.ID) bool { return !slices.Contains(ids, id) })
}

// but returns specific without ids.
func but(ids ...check.ID) []check.ID {
	return slices.DeleteFunc(specific(), func(id check.ID) bool { return slices.Contains(ids, id) })
}

// network are the checks that can explain why a connection that was accepted long ago
// carries nothing: never those that only new connections feel (the KMS principal,
// acceptance, verification, pending connections).
// https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
func network() []check.ID {
	return and(toTargets(),
		"endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer",
		"load-balancer.active", "load-balancer.listener-443", "load-balancer.listener-forwards",
		"load-balancer.privatelink-enforcement", "target-group.registered", "target-group.healthy", protocol, bareZone, proxyTCP,
	)
}

// toTargets are the checks of the network between the load balancer and its targets.
func toTargets() []check.ID {
	return only("load-balancer.egress-to-targets", "target.security-group-admits",
		"target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable")
}

// targetsUnhealthy are the checks that can explain why no target is healthy. Health
// checks obey no inbound rules of the load balancer.
func targetsUnhealthy() []check.ID {
	return and(toTargets(), "load-balancer.active", "load-balancer.listener-forwards", "target-group.registered", "target-group.healthy", protocol)
}

// slowTarget are the checks that can explain an answer that is late: packets dropped on
// the way to some of the targets, or a proxy that takes its time.
func slowTarget() []check.ID {
	return and(toTargets(), bareZone, "target-group.healthy", proxyLatency, proxyTCP)
}

// otherAnswer is the check that can explain a URI path which the proxy does not know.
func otherAnswer() []check.ID { return only(proxyAnswers) }

// wrongName is the check that can explain a TLS failure by a name: the certificate is the
// private DNS name's, and KMS asks for the URI endpoint's.
func wrongName() []check.ID { return only(uriEndpointMatches) }

// brokenTLS are the checks that can explain a TLS failure on the way to the proxy, and all that
// a probe sees of the handshake and the certificate.
func brokenTLS() []check.ID {
	return and(wrongName(), protocol, certificateName, certificateDates, certificateChain, tlsVersion)
}

// strangeAnswer are the checks that can explain an answer which KMS cannot read: a proxy that
// gets plaintext, from a listener that ended TLS, answers in kind or not at all; or another
// server answers.
func strangeAnswer() []check.ID { return only(protocol, proxyAnswers) }

// serviceFound are the checks that can explain an endpoint service which KMS does not find.
func serviceFound() []check.ID {
	return only(serviceRegion, "endpoint-service.exists", "endpoint-service.available", "endpoint-service.kms-principal-allowed")
}

// serviceConfiguration are the checks of what KMS demands of an endpoint service before
// it connects: all that CreateCustomKeyStore looks at.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func serviceConfiguration() []check.ID {
	return only(
		"endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer",
		"endpoint-service.kms-principal-allowed", "endpoint-service.acceptance-not-required",
		"endpoint-service.private-dns-name", "endpoint-service.verification-record-published", "endpoint-service.private-dns-verified", "endpoint-service.two-zones",
		"load-balancer.two-zones", "vpc.private-subnets-in-two-zones", uriEndpointMatches, serviceRegion, "endpoint-service.ipv4",
	)
}

// everything is every check of the path: what can explain a connect that failed for no
// stated reason.
func everything() []check.ID { return but(connectionState) }

// reached are the checks that can explain why KMS did not reach the proxy, or gave up on it.
func reached() []check.ID { return and(network(), uriEndpointMatches, proxyLatency) }

// and returns a list with more checks, in order.
func and(ids []check.ID, more ...check.ID) []check.ID { return only(append(ids, more...)...) }

// Explains returns the checks that can explain a symptom, the most specific first. It is
// empty where the fault lies behind the proxy, where nothing on the path can be its cause.
func Explains(s Symptom) []check.ID {
	switch s.Kind {
	case ConnectionError:
		return connectionError(s.Code).explains
	case NoHealthyTarget:
		return targetsUnhealthy()
	case StillConnecting:
		return everything()
	case KMSMessage, CanaryFailed:
		return explainsMessage(s)
	case CreateFailed, UpdateFailed, ConnectRefused:
		return explainsChange(s)
	}
	return nil
}

// explainsMessage is for a call on a key of a key store that runs. A message that is not
// in the table may be one of the path whose wording AWS changed.
func explainsMessage(s Symptom) []check.ID {
	switch s.ID {
	case "M1":
		return and(network(), uriEndpointMatches)
	case "M2":
		return reached()
	case "M3":
		return slowTarget()
	case "M4":
		return only(proxyLatency)
	case "M6":
		return otherAnswer()
	case "M7":
		return brokenTLS()
	case "M8":
		return only("target-group.healthy")
	case "M9":
		return strangeAnswer()
	}
	switch s.Class {
	case SwitchClass:
		return only(connectionState)
	case OtherClass:
		return network()
	}
	return nil
}

// explainsChange is for Create-, Update- and ConnectCustomKeyStore. Create looks at the
// endpoint service's configuration and never at the network; the others ask the proxy too.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func explainsChange(s Symptom) []check.ID {
	switch {
	case isCode(s.Code, serviceNotFound):
		return serviceFound()
	case isCode(s.Code, serviceInvalid):
		return serviceConfiguration()
	case isCode(s.Code, serviceInUse), isCode(s.Code, uriInUse), isCode(s.Code, uriEndpointInUse):
		return only(serviceExclusive)
	case isCode(s.Code, proxyInvalid) && s.ID == "":
		return only("endpoint-service.acceptance-not-required")
	case s.ID == "M7" && s.Kind == CreateFailed:
		return wrongName()
	case s.Kind == CreateFailed && (isCode(s.Code, uriUnreachable) || s.Class == OtherClass):
		return serviceConfiguration()
	case s.Kind == CreateFailed:
		return nil
	case isCode(s.Code, uriUnreachable) && s.ID == "":
		return reached()
	case isCode(s.Code, invalidResponse) && s.ID == "":
		return strangeAnswer()
	case s.Kind == ConnectRefused && s.Class == OtherClass:
		return everything()
	}
	return explainsMessage(s)
}
