package check

// Catalogue returns every check, in the order of the path: the key store, the endpoint
// service, the load balancer, its targets, the proxy, then who may and who watches. A check is one
// file and one line here.
func Catalogue() []Check {
	return []Check{
		keyStoreExists,
		keyStoreConnectionState,
		keyStoreAnswers,
		keyStoreUriEndpointMatchesPrivateDnsName,
		keyStoreEndpointServiceRegion,
		keyStoreEndpointServiceExclusive,
		endpointServiceExists,
		endpointServiceAvailable,
		endpointServiceNetworkLoadBalancer,
		endpointServiceKmsPrincipalAllowed,
		endpointServiceAllowListNarrow,
		endpointServiceAcceptanceNotRequired,
		endpointServiceNoPendingConnection,
		endpointServicePrivateDnsName,
		endpointServicePrivateDnsVerified,
		endpointServiceVerificationRecordPublished,
		endpointServiceTwoZones,
		endpointServiceIpv4,
		loadBalancerActive,
		loadBalancerInternal,
		loadBalancerTwoZones,
		loadBalancerListener443,
		loadBalancerListenerForwards,
		loadBalancerPrivatelinkEnforcement,
		loadBalancerEgressToTargets,
		loadBalancerZoneWithoutHealthyTarget,
		targetGroupProtocol,
		targetGroupRegistered,
		targetGroupHealthy,
		targetSecurityGroupAdmits,
		targetNetworkACLRequest,
		targetNetworkACLReply,
		targetRoute,
		targetOnPremisesReachable,
		proxyTCP,
		proxyTLSVersion,
		proxyCertificateName,
		proxyCertificateDates,
		proxyCertificateChain,
		proxyAnswers,
		proxyLatency,
		vpcDns,
		vpcPrivateSubnetsInTwoZones,
		callerPermission,
		trailRecordsKms,
		alarmCoverage,
		diagnosisVisibility,
	}
}

// Lookup returns the check of the catalogue with the ID id, and whether there is one.
func Lookup(id ID) (Check, bool) {
	for _, c := range Catalogue() {
		if c.ID == id {
			return c, true
		}
	}
	return Check{}, false
}
