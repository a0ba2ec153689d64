package scenario

// zonesOfVPC are the faults of the VPC itself and of where in it the load balancer stands.
func zonesOfVPC() []Scenario {
	return []Scenario{
		risk("load-balancer-in-one-zone", "The load balancer lost a subnet, and the endpoint service still names both zones.", BalancerOneZone, balancerZones),
		told(Creating, "load-balancer-in-one-zone", Scenario{Title: "A key store is created on a load balancer with one Availability Zone.", Break: BalancerOneZone},
			End{Causes: []string{balancerZones}, State: "needs-person", Absent: true}),
		risk("subnets-public", "Every subnet has a route to an internet gateway; what is connected goes on working.", SubnetsPublic, privateSubnets),
		told(Creating, "subnets-public", Scenario{Title: "A key store is created in a VPC without private subnets.", Break: SubnetsPublic},
			End{Causes: []string{privateSubnets}, State: "needs-person", Absent: true}),
		risk("vpc-dns-off", "DNS hostnames are disabled in the VPC, against AWS's recommendation.", DNSOff, "vpc.dns"),
	}
}
