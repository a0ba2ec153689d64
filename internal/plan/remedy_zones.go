package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

const zoneWhy = "it cannot be taken back while VPC endpoints are connected"

// oneBalancerZone enables a second zone on the load balancer, and then has the endpoint
// service take it over.
func (m maker) oneBalancerZone(found []check.Finding) []Step {
	var steps []Step
	for _, f := range found {
		for _, lb := range m.LoadBalancers {
			if lb.ARN == f.Subject {
				steps = append(steps, m.secondZone(lb))
			}
		}
	}
	return append(steps, m.takeOver()...)
}

// oneZone takes the load balancer's zones over where it has two, else it needs one first.
func (m maker) oneZone([]check.Finding) []Step {
	var steps []Step
	for _, lb := range m.LoadBalancers {
		if zonesOf(lb) < 2 {
			steps = append(steps, m.secondZone(lb))
		}
	}
	return append(steps, m.takeOver()...)
}

func zonesOf(lb path.LoadBalancer) int {
	var names []string
	for _, z := range lb.Zones {
		names = append(names, z.Name)
	}
	return distinct(names)
}

func (m maker) takeOver() []Step {
	if m.Service == nil {
		return nil
	}
	return []Step{m.service(approval(zoneWhy, RefreshZones{m.Service.ID}))}
}

// secondZone names the subnet where the VPC has a fitting one, else a person has to.
func (m maker) secondZone(lb path.LoadBalancer) Step {
	if n, ok := m.fitting(lb); ok {
		return approval(zoneWhy, SetSubnets{LoadBalancer: lb.ARN, Present: slices.Clone(lb.Zones), Subnet: n.ID, Zone: n.Zone})
	}
	return instruct(lb.ARN, "enable a second Availability Zone on the load balancer, in a private subnet with 8 free addresses: name every present subnet and the new one",
		append(setSubnets(lb.ARN, lb.Zones), mapping(chosen(lb.Zones), path.Zone{Subnet: "<subnet-in-another-zone>"})))
}

// nodeAddresses is how many free addresses AWS wants in a subnet for a node whose address it
// chooses.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
const nodeAddresses = 8

// fitting returns a private subnet of the load balancer's VPC in a zone that it is not in:
// where targets are before any other, then where most addresses are free.
func (m maker) fitting(lb path.LoadBalancer) (path.Subnet, bool) {
	var fit []path.Subnet
	for _, n := range m.Subnets {
		private, known := reach.Private(m.Snapshot, n)
		taken := slices.ContainsFunc(lb.Zones, func(z path.Zone) bool { return z.Name == n.Zone })
		if n.VPC == lb.VPC && known && private && !taken && n.Zone != "" && n.Free >= nodeAddresses {
			fit = append(fit, n)
		}
	}
	if len(fit) == 0 {
		return path.Subnet{}, false
	}
	return slices.MinFunc(fit, func(a, b path.Subnet) int {
		return cmp.Or(cmp.Compare(m.targetsIn(b.Zone), m.targetsIn(a.Zone)), cmp.Compare(b.Free, a.Free), cmp.Compare(a.ID, b.ID))
	}), true
}

// targetsIn is 1 where a target lies in the zone.
func (m maker) targetsIn(zone string) int {
	for _, n := range m.Interfaces {
		if m.targets[n.ID] && n.Zone == zone {
			return 1
		}
	}
	return 0
}

// noPrivateSubnets has a person make one: which addresses are free for it the product cannot
// know.
func (m maker) noPrivateSubnets(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		vpc := lastPart(f.Subject)
		return instruct(f.Subject, "have a private subnet in a second Availability Zone: one whose route table has no route to an internet gateway",
			[]string{"aws", "ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", "<free-range>", "--availability-zone", "<other-zone>"},
			[]string{"aws", "ec2", "associate-route-table", "--subnet-id", "<subnet-id>", "--route-table-id", "<table-without-internet-gateway>"})
	})
}

// vpcDns enables what AWS recommends. It needs a yes: with DNS hostnames come names for public
// addresses, and with DNS resolution another answer to whoever asks in the VPC.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
func (m maker) vpcDns(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		vpc := path.VPCID(lastPart(f.Subject))
		for _, v := range m.VPCs {
			if v.ID == vpc {
				return Step{Class: Approval, Action: EnableVpcDns{VPC: vpc, Support: !v.DNSSupport, Hostnames: !v.DNSHostnames},
					Why: "it changes how names are resolved in the whole VPC"}
			}
		}
		return instruct(f.Subject, "enable DNS resolution and DNS hostnames in the VPC")
	})
}

// lastPart returns the ID at the end of an ARN.
func lastPart(arn path.ARN) string { return string(arn[strings.LastIndex(string(arn), "/")+1:]) }
