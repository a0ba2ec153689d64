package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

func nodeQuestion(on path.ARN) question {
	return question{path.NodesPart, "ec2:DescribeNetworkInterfaces", on}
}

// nodesByDescription returns the interfaces that AWS describes as nodes of the load balancers.
// No page of AWS's promises the description; nodesBySubnet is for where it does not hold.
func (r *Reader) nodesByDescription(ctx context.Context, arns []path.ARN) ([]path.NetworkInterface, error) {
	var descriptions []string
	for _, arn := range arns {
		descriptions = append(descriptions, nodeDescription(arn))
	}
	return r.interfaces(ctx, filter("description", descriptions...))
}

// nodeDescription is "ELB net/<name>/<id>".
func nodeDescription(arn path.ARN) string {
	_, name, _ := strings.Cut(string(arn), ":loadbalancer/")
	return "ELB " + name
}

// nodesBySubnet returns the load balancer interfaces in the subnets of load balancers.
func (r *Reader) nodesBySubnet(ctx context.Context, balancers []path.LoadBalancer) ([]path.NetworkInterface, error) {
	var subnets []path.SubnetID
	for _, lb := range balancers {
		for _, z := range lb.Zones {
			subnets = append(subnets, z.Subnet)
		}
	}
	return r.interfaces(ctx,
		filter("subnet-id", as[string](unique(subnets))...),
		filter("interface-type", "network_load_balancer"))
}

// byDescription reports whether an interface is described as a node of lb.
func byDescription(lb path.LoadBalancer, i path.NetworkInterface) bool {
	return i.Description == nodeDescription(lb.ARN)
}

// bySubnet reports whether an interface of a load balancer in one of lb's subnets can be a
// node of lb: its description names no load balancer, and it carries lb's groups.
func bySubnet(lb path.LoadBalancer, i path.NetworkInterface) bool {
	inSubnet := slices.ContainsFunc(lb.Zones, func(z path.Zone) bool { return z.Subnet == i.Subnet })
	return inSubnet && !strings.HasPrefix(i.Description, "ELB ") && slices.Equal(i.SecurityGroups, lb.SecurityGroups)
}

// assignNodes gives each load balancer its nodes among interfaces, and returns those that
// have a zone without one.
func (s *survey) assignNodes(interfaces []path.NetworkInterface, isNode func(path.LoadBalancer, path.NetworkInterface) bool) []path.LoadBalancer {
	var missing []path.LoadBalancer
	for n := range s.out.LoadBalancers {
		lb := &s.out.LoadBalancers[n]
		for _, i := range interfaces {
			if isNode(*lb, i) {
				s.add([]path.NetworkInterface{i})
				lb.Nodes = append(lb.Nodes, i.ID)
			}
		}
		lb.Nodes = unique(lb.Nodes)
		if s.lacksNodes(*lb) {
			missing = append(missing, *lb)
		}
	}
	return missing
}

// lacksNodes reports whether a load balancer has a zone without a node, or no node at all.
func (s *survey) lacksNodes(lb path.LoadBalancer) bool {
	return len(lb.Nodes) == 0 || len(s.without(lb)) > 0
}

// without returns lb's subnets in which no node was found.
func (s *survey) without(lb path.LoadBalancer) []path.SubnetID {
	var empty []path.SubnetID
	for _, z := range lb.Zones {
		if !slices.ContainsFunc(lb.Nodes, func(i path.InterfaceID) bool { return s.found[i].Subnet == z.Subnet }) {
			empty = append(empty, z.Subnet)
		}
	}
	return empty
}

// noteNodes adds a gap for each load balancer of which a node was not found: what its zone
// sends to the targets is then not known, and must not pass for nothing.
func (s *survey) noteNodes() {
	for _, lb := range s.out.LoadBalancers {
		if s.lacksNodes(lb) {
			where := cmp.Or(strings.Join(as[string](s.without(lb)), ", "), "any subnet")
			s.gap(nodeQuestion(lb.ARN).notVisible("no network interface of the load balancer was found in " + where))
		}
	}
}
