package symptom

import "github.com/xks-remediator/xks-remediator/internal/check"

// Checks that the lists below add to one another.
const (
	uriEndpointMatches  check.ID = "key-store.uri-endpoint-matches-private-dns-name"
	connectionState     check.ID = "key-store.connection-state"
	keyStoreAnswers     check.ID = "key-store.answers"
	noPendingConnection check.ID = "endpoint-service.no-pending-connection"
)

// targetsUnhealthy are the checks that can explain why no target is healthy, the most
// specific first: what is said of a group of rules is more than what is said of health.
func targetsUnhealthy() []check.ID {
	return []check.ID{
		"load-balancer.active",
		"target-group.registered",
		"load-balancer.listener-forwards",
		"target.security-group-admits",
		"load-balancer.egress-to-targets",
		"target-group.healthy",
	}
}

// network are the checks that can explain why a connection that was accepted long ago
// carries nothing: never those that only new connections feel (the KMS principal,
// acceptance, verification, pending connections).
// https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
func network() []check.ID {
	return []check.ID{
		"endpoint-service.exists",
		"endpoint-service.available",
		"endpoint-service.network-load-balancer",
		"load-balancer.active",
		"load-balancer.listener-443",
		"target-group.registered",
		"load-balancer.listener-forwards",
		"target.security-group-admits",
		"load-balancer.egress-to-targets",
		"load-balancer.privatelink-enforcement",
		"target-group.healthy",
	}
}

// newConnection are the checks that can explain why a new connection reaches no proxy.
func newConnection() []check.ID { return append(network(), noPendingConnection) }

// slowTarget are the checks that can explain an answer that is late: packets dropped on
// the way to some of the targets.
func slowTarget() []check.ID {
	return []check.ID{"target.security-group-admits", "load-balancer.egress-to-targets", "target-group.healthy"}
}

// wrongName is the check that can explain a TLS failure: the certificate is the private
// DNS name's, and KMS asks for the URI endpoint's.
func wrongName() []check.ID { return []check.ID{uriEndpointMatches} }

// serviceFound are the checks that can explain an endpoint service which KMS does not find.
func serviceFound() []check.ID {
	return []check.ID{"endpoint-service.exists", "endpoint-service.available", "endpoint-service.kms-principal-allowed"}
}

// serviceConfiguration are the checks of what KMS demands of an endpoint service before
// it connects: all that CreateCustomKeyStore looks at.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func serviceConfiguration() []check.ID {
	return []check.ID{
		"endpoint-service.exists",
		"endpoint-service.available",
		"endpoint-service.network-load-balancer",
		"endpoint-service.kms-principal-allowed",
		"endpoint-service.acceptance-not-required",
		"endpoint-service.private-dns-name",
		"endpoint-service.private-dns-verified",
		uriEndpointMatches,
		"endpoint-service.two-zones",
	}
}

// everything is every check of the path: what can explain a connect that failed for no
// stated reason.
func everything() []check.ID {
	all := append(serviceConfiguration(), noPendingConnection)
	for _, id := range network() {
		all = appendNew(all, id)
	}
	return all
}

func appendNew(ids []check.ID, id check.ID) []check.ID {
	for _, have := range ids {
		if have == id {
			return ids
		}
	}
	return append(ids, id)
}

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
	case "M1", "M2":
		return append(network(), uriEndpointMatches)
	case "M3":
		return slowTarget()
	case "M7":
		return wrongName()
	case "M8":
		return []check.ID{"target-group.healthy"}
	}
	switch s.Class {
	case SwitchClass:
		return []check.ID{connectionState}
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
	case isCode(s.Code, proxyInvalid) && s.ID == "":
		return []check.ID{"endpoint-service.acceptance-not-required"}
	case s.ID == "M7":
		return wrongName()
	case s.Kind == CreateFailed && (isCode(s.Code, uriUnreachable) || s.Class == OtherClass):
		return serviceConfiguration()
	case s.Kind == CreateFailed:
		return nil
	case isCode(s.Code, uriUnreachable) && s.ID == "":
		return append(network(), uriEndpointMatches)
	case s.Kind == ConnectRefused && s.Class == OtherClass:
		return everything()
	}
	return explainsMessage(s)
}
