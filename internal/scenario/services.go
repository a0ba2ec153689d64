package scenario

import "time"

const (
	minute = time.Minute

	principal  = "endpoint-service.kms-principal-allowed"
	acceptance = "endpoint-service.acceptance-not-required"
	pending    = "endpoint-service.no-pending-connection"
	verified   = "endpoint-service.private-dns-verified"
	exists     = "endpoint-service.exists"
	zones      = "endpoint-service.two-zones"

	balancerZones  = "load-balancer.two-zones"
	privateSubnets = "vpc.private-subnets-in-two-zones"

	matches = "key-store.uri-endpoint-matches-private-dns-name"

	principalOp = "ModifyVpcEndpointServicePermissions"
	verifyOp    = "StartVpcEndpointServicePrivateDnsVerification"
	disconnect  = "DisconnectCustomKeyStore"
	connect     = "ConnectCustomKeyStore"
)

// risk is a fault that hurts new connections only: a running key store goes on working.
func risk(name, title string, f Fault, id string) Scenario {
	return told(Running, name, Scenario{Title: title, Break: f}, End{Risks: []string{id}, State: "open", Encrypts: true})
}

// services are the faults of the VPC endpoint service.
func services() []Scenario {
	return []Scenario{
		risk("kms-principal-missing", "KMS is off the allow list; what is connected goes on working.", PrincipalMissing, principal),
		fixed(Connecting, "kms-principal-missing", Scenario{Title: "A key store is connected while KMS is off the allow list.", Break: PrincipalMissing, Watch: 40 * minute},
			End{Causes: []string{principal}, Writes: []string{principalOp, disconnect, connect}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		fixed(Creating, "kms-principal-missing", Scenario{Title: "A key store is created while KMS is off the allow list.", Break: PrincipalMissing},
			End{Causes: []string{principal}, Writes: []string{principalOp}, State: "resolved", Proof: "cause-gone", Absent: true}),
		risk("acceptance-required", "The endpoint service requires acceptance; what is connected goes on working.", AcceptanceRequired, acceptance),
		told(Connecting, "acceptance-required", Scenario{Title: "A key store is connected while the endpoint service requires acceptance.", Break: AcceptanceRequired}, waits(acceptance, pending)),
		told(Creating, "acceptance-required", Scenario{Title: "A key store is created while the endpoint service requires acceptance.", Break: AcceptanceRequired},
			End{Causes: []string{acceptance}, State: "needs-person", Absent: true}),
		told(Connecting, "pending-connection", Scenario{Title: "A connection of KMS's waits for acceptance.", Break: ConnectionPending}, waits(acceptance, pending)),
		told(Running, "endpoint-service-deleted", Scenario{Title: "The endpoint service was deleted.", Break: ServiceDeleted}, waits(exists)),
		told(Connecting, "endpoint-service-deleted", Scenario{Title: "A key store is connected after its endpoint service was deleted.", Break: ServiceDeleted}, waits(exists)),
		risk("private-dns-unverified", "Private DNS verification failed; what is connected goes on working.", VerificationFailed, verified),
		fixed(Connecting, "private-dns-unverified", Scenario{Title: "A key store is connected while the private DNS name is not verified.", Break: VerificationFailed, Watch: 60 * minute},
			End{Causes: []string{verified}, Writes: []string{verifyOp, disconnect, connect}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		fixed(Creating, "private-dns-unverified", Scenario{Title: "A key store is created after the private DNS verification failed; the record is published by now.", Break: VerificationFailed},
			End{Causes: []string{verified}, Writes: []string{verifyOp}, State: "resolved", Proof: "cause-gone", Absent: true}),
		told(Connecting, "private-dns-mismatch", Scenario{Title: "The key store's URI endpoint is not the service's private DNS name.", Break: NameMismatch}, waits(matches)),
		told(Creating, "private-dns-mismatch", Scenario{Title: "A key store is created with another URI endpoint than the service's private DNS name.", Break: NameMismatch},
			End{Causes: []string{matches}, State: "needs-person", Absent: true}),
		told(Running, "one-zone-only", Scenario{Title: "The endpoint service has one Availability Zone; what is connected goes on working.", Break: OneZone},
			End{Risks: []string{zones, balancerZones}, State: "open", Encrypts: true}),
		told(Creating, "one-zone-only", Scenario{Title: "A key store is created on an endpoint service with one Availability Zone.", Break: OneZone},
			End{Causes: []string{balancerZones, zones}, State: "needs-person", Absent: true}),
		told(Creating, "two-faults-at-once", Scenario{Title: "KMS is off the allow list and acceptance is required.", Break: Both(PrincipalMissing, AcceptanceRequired), Variant: true},
			End{Causes: []string{principal, acceptance}, State: "needs-person", Absent: true}).
			also("auto", End{Causes: []string{principal, acceptance}, Writes: []string{principalOp}, State: "needs-person", Absent: true}),
	}
}
