package pathtest

import (
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// TCP is a rule for one TCP port from or to a prefix.
func TCP(prefix string, port int) path.Rule {
	return path.Rule{Protocol: "tcp", FromPort: port, ToPort: port, Prefix: netip.MustParsePrefix(prefix)}
}

// TCPGroup is a rule for one TCP port that refers to a security group.
func TCPGroup(id path.SecurityGroupID, port int) path.Rule {
	return path.Rule{Protocol: "tcp", FromPort: port, ToPort: port, Group: id}
}

// TCPList is a rule for one TCP port that refers to a prefix list.
func TCPList(id path.PrefixListID, port int) path.Rule {
	return path.Rule{Protocol: "tcp", FromPort: port, ToPort: port, PrefixList: id}
}

// Group edits the security group with the ID id.
func Group(id path.SecurityGroupID, edit func(*path.SecurityGroup)) Edit {
	return func(s *path.Snapshot) {
		for i := range s.SecurityGroups {
			if s.SecurityGroups[i].ID == id {
				edit(&s.SecurityGroups[i])
			}
		}
	}
}

// AddGroup adds a security group to the snapshot; nothing carries it yet.
func AddGroup(id path.SecurityGroupID, ingress ...path.Rule) Edit {
	return func(s *path.Snapshot) {
		s.SecurityGroups = append(s.SecurityGroups, path.SecurityGroup{
			ID: id, ARN: groupARN(id), Name: string(id), VPC: VPC, Tags: tags(), Ingress: ingress,
		})
	}
}

// Carry sets the security groups of every target's interface.
func Carry(groups ...path.SecurityGroupID) Edit {
	return func(s *path.Snapshot) {
		for _, a := range TargetAddrs() {
			Interface(path.InterfaceID("eni-"+a), func(n *path.NetworkInterface) { n.SecurityGroups = slices.Clone(groups) })(s)
		}
	}
}

// Ingress replaces a group's inbound rules.
func Ingress(id path.SecurityGroupID, rules ...path.Rule) Edit {
	return Group(id, func(g *path.SecurityGroup) { g.Ingress = rules })
}

// Egress replaces a group's outbound rules.
func Egress(id path.SecurityGroupID, rules ...path.Rule) Edit {
	return Group(id, func(g *path.SecurityGroup) { g.Egress = rules })
}

// RevokeIngress removes a group's inbound rules that begin at a port.
func RevokeIngress(id path.SecurityGroupID, port int) Edit {
	return Group(id, func(g *path.SecurityGroup) { g.Ingress = without(g.Ingress, port) })
}

// RevokeEgress removes a group's outbound rules that begin at a port.
func RevokeEgress(id path.SecurityGroupID, port int) Edit {
	return Group(id, func(g *path.SecurityGroup) { g.Egress = without(g.Egress, port) })
}

// NarrowIngress makes a group admit 443 from just these prefixes.
func NarrowIngress(id path.SecurityGroupID, prefixes ...string) Edit {
	rules := make([]path.Rule, len(prefixes))
	for i, p := range prefixes {
		rules[i] = TCP(p, 443)
	}
	return Ingress(id, rules...)
}

// PrefixList adds a prefix list with entries.
func PrefixList(id path.PrefixListID, entries ...string) Edit {
	return func(s *path.Snapshot) {
		l := path.PrefixList{ID: id}
		for _, e := range entries {
			l.Entries = append(l.Entries, netip.MustParsePrefix(e))
		}
		s.PrefixLists = append(s.PrefixLists, l)
	}
}

func without(rules []path.Rule, port int) []path.Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r path.Rule) bool { return r.FromPort == port })
}
