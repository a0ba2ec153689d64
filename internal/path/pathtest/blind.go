package pathtest

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Parts returns every part of a snapshot, in the order of the path.
func Parts() []path.Part {
	return []path.Part{
		path.KeyStorePart, path.ServicePart, path.ServicePermissionsPart, path.ConnectionsPart, path.LoadBalancerPart,
		path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart, path.TargetInterfacesPart,
		path.GroupMembersPart, path.SecurityGroupsPart, path.PrefixListsPart,
		path.VPCsPart, path.VPCAttributesPart, path.SubnetsPart, path.NetworkACLsPart, path.RouteTablesPart, path.PeeringsPart,
		path.PublicDNSPart, path.HostedZonePart, path.TrailsPart, path.AlarmsPart, path.CanaryPart, path.ProbePart,
	}
}

// readers are the IAM actions that fill each part.
func readers() map[path.Part]string {
	return map[path.Part]string{
		path.KeyStorePart:           "kms:DescribeCustomKeyStores",
		path.ServicePart:            "ec2:DescribeVpcEndpointServiceConfigurations",
		path.ServicePermissionsPart: "ec2:DescribeVpcEndpointServicePermissions",
		path.ConnectionsPart:        "ec2:DescribeVpcEndpointConnections",
		path.LoadBalancerPart:       "elasticloadbalancing:DescribeLoadBalancers",
		path.ListenersPart:          "elasticloadbalancing:DescribeListeners",
		path.NodesPart:              "ec2:DescribeNetworkInterfaces",
		path.TargetGroupsPart:       "elasticloadbalancing:DescribeTargetGroups",
		path.TargetHealthPart:       "elasticloadbalancing:DescribeTargetHealth",
		path.TargetInterfacesPart:   "ec2:DescribeNetworkInterfaces",
		path.GroupMembersPart:       "ec2:DescribeNetworkInterfaces",
		path.SecurityGroupsPart:     "ec2:DescribeSecurityGroups",
		path.PrefixListsPart:        "ec2:GetManagedPrefixListEntries",
		path.VPCsPart:               "ec2:DescribeVpcs",
		path.VPCAttributesPart:      "ec2:DescribeVpcAttribute",
		path.SubnetsPart:            "ec2:DescribeSubnets",
		path.NetworkACLsPart:        "ec2:DescribeNetworkAcls",
		path.RouteTablesPart:        "ec2:DescribeRouteTables",
		path.PeeringsPart:           "ec2:DescribeVpcPeeringConnections",
		path.PublicDNSPart:          "dns:Query",
		path.HostedZonePart:         "route53:ListHostedZonesByName",
		path.TrailsPart:             "cloudtrail:DescribeTrails",
		path.AlarmsPart:             "cloudwatch:DescribeAlarms",
		path.CanaryPart:             "kms:Encrypt",
		path.ProbePart:              "lambda:InvokeFunction",
	}
}

// Gap records a read that gave no answer, and leaves what was read.
func Gap(part path.Part, cause path.Cause) Edit {
	return func(s *path.Snapshot) {
		s.Gaps = append(s.Gaps, path.Gap{Part: part, Action: readers()[part], Cause: cause, Message: "not authorized to perform: " + readers()[part]})
	}
}

// Blind makes a part one that could not be read for lack of permission: what it would
// have filled is gone, and there is a gap.
func Blind(part path.Part) Edit {
	return All(Gap(part, path.AccessDenied), erase(part))
}

func erase(part path.Part) Edit {
	return func(s *path.Snapshot) {
		switch part {
		case path.KeyStorePart:
			s.KeyStore, s.KeyStores = nil, nil
		case path.ServicePart:
			s.Service = nil
		case path.ServicePermissionsPart:
			s.Service.Principals = nil
		case path.ConnectionsPart:
			s.Service.Connections = nil
		case path.TargetGroupsPart:
			s.TargetGroups = nil
		case path.SecurityGroupsPart:
			s.SecurityGroups = nil
		case path.PrefixListsPart:
			s.PrefixLists = nil
		case path.PublicDNSPart:
			s.DNS = nil
		case path.HostedZonePart:
			s.HostedZones = nil
		case path.TrailsPart:
			s.Trails = nil
		case path.AlarmsPart:
			s.Alarms = nil
		case path.CanaryPart:
			s.Canary = nil
		case path.ProbePart:
			s.Probe = nil
		case path.VPCsPart, path.VPCAttributesPart, path.SubnetsPart, path.NetworkACLsPart, path.RouteTablesPart, path.PeeringsPart:
			eraseVPC(s, part)
		default:
			eraseLoadBalancing(s, part)
		}
	}
}

func eraseVPC(s *path.Snapshot, part path.Part) {
	switch part {
	case path.VPCsPart:
		s.VPCs = nil
	case path.VPCAttributesPart:
		for i := range s.VPCs {
			s.VPCs[i].DNSSupport, s.VPCs[i].DNSHostnames = false, false
		}
	case path.SubnetsPart:
		s.Subnets = nil
	case path.NetworkACLsPart:
		s.NetworkACLs = nil
	case path.RouteTablesPart:
		s.RouteTables = nil
	case path.PeeringsPart:
		s.Peerings = nil
	}
}

func eraseLoadBalancing(s *path.Snapshot, part path.Part) {
	switch part {
	case path.LoadBalancerPart:
		s.LoadBalancers = nil
	case path.ListenersPart:
		for i := range s.LoadBalancers {
			s.LoadBalancers[i].Listeners = nil
		}
	case path.NodesPart:
		var nodes []path.InterfaceID
		for i := range s.LoadBalancers {
			nodes = append(nodes, s.LoadBalancers[i].Nodes...)
			s.LoadBalancers[i].Nodes = nil
		}
		drop(s, func(n path.NetworkInterface) bool { return slices.Contains(nodes, n.ID) })
	case path.TargetHealthPart:
		for i := range s.TargetGroups {
			s.TargetGroups[i].Targets = nil
		}
	case path.TargetInterfacesPart:
		targets := targetInterfaces(s)
		drop(s, func(n path.NetworkInterface) bool { return slices.Contains(targets, n.ID) })
		for i := range s.TargetGroups {
			for j := range s.TargetGroups[i].Targets {
				s.TargetGroups[i].Targets[j].Interface = ""
			}
		}
	case path.GroupMembersPart:
		targets := targetInterfaces(s)
		drop(s, func(n path.NetworkInterface) bool {
			return n.Type == "interface" && !slices.Contains(targets, n.ID)
		})
	}
}

func targetInterfaces(s *path.Snapshot) []path.InterfaceID {
	var ids []path.InterfaceID
	for _, g := range s.TargetGroups {
		for _, t := range g.Targets {
			ids = append(ids, t.Interface)
		}
	}
	return ids
}

func drop(s *path.Snapshot, gone func(path.NetworkInterface) bool) {
	s.Interfaces = slices.DeleteFunc(s.Interfaces, gone)
}
