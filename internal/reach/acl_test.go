package reach_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// denials says what a path's network ACLs keep out, one line an entry: "acl-1 out request 90: …".
func denials(hops []reach.ACLHop) string {
	var lines []string
	for _, h := range hops {
		for _, d := range h.Denials {
			what, by := "in", fmt.Sprint(d.Entry.Number)
			if h.Egress {
				what = "out"
			}
			if h.Reply {
				what += " reply"
			}
			if d.Final() {
				by = "*"
			}
			lines = append(lines, fmt.Sprintf("%s %s %s: %s", h.ACL, what, by, d.Flows))
		}
	}
	return strings.Join(lines, "\n")
}

// The path of most rows has one target, 10.0.2.9 in subnet-b, with a network ACL of its own
// on either side, and one node, 10.0.1.7 in subnet-a: the load balancer's other zone is gone.
func twoACLs(s *path.Snapshot) {
	oneTarget(s)
	pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones, lb.Nodes = lb.Zones[:1], lb.Nodes[:1] })(s)
	pathtest.OwnACL(pathtest.SubnetA, "acl-a")(s)
	pathtest.OwnACL(pathtest.SubnetB, "acl-b")(s)
}

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func TestWhatNetworkACLsKeepOut(t *testing.T) {
	t.Parallel()
	const (
		request = "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"
		reply   = "tcp 10.0.2.9/32 → 10.0.1.7/32 :"
	)
	out := func(id path.NetworkACLID, entries ...path.NetworkACLEntry) pathtest.Edit {
		return pathtest.All(twoACLs, pathtest.Entries(id, true, entries...))
	}
	in := func(id path.NetworkACLID, entries ...path.NetworkACLEntry) pathtest.Edit {
		return pathtest.All(twoACLs, pathtest.Entries(id, false, entries...))
	}
	allow := func(number int, egress bool, cidr string, from, to int) path.NetworkACLEntry {
		return pathtest.ACLEntry(number, egress, true, cidr, from, to)
	}
	deny := func(number int, egress bool, cidr string, from, to int) path.NetworkACLEntry {
		return pathtest.ACLEntry(number, egress, false, cidr, from, to)
	}
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"the default network ACL allows everything": {twoACLs, ""},
		"a new network ACL denies everything: the request and the reply leave nodes and targets alike": {
			out("acl-a"), "acl-a out *: " + request,
		},
		"the target's subnet lets nothing in":          {in("acl-b"), "acl-b in *: " + request},
		"the target's subnet lets no reply out":        {out("acl-b"), "acl-b out reply *: " + reply + "1024-65535"},
		"the node's subnet lets no reply in":           {in("acl-a"), "acl-a in reply *: " + reply + "1024-65535"},
		"just what is needed leaves the node":          {out("acl-a", allow(100, true, "10.0.2.9/32", 443, 443)), ""},
		"one address short":                            {out("acl-a", allow(100, true, "10.0.2.8/32", 443, 443)), "acl-a out *: " + request},
		"one port short":                               {out("acl-a", allow(100, true, "10.0.2.0/24", 444, 65535)), "acl-a out *: " + request},
		"a port range that begins on it":               {out("acl-a", allow(100, true, "10.0.2.0/24", 443, 444)), ""},
		"a port range that ends on it":                 {out("acl-a", allow(100, true, "10.0.2.0/24", 1, 443)), ""},
		"all of the ephemeral ports come back":         {in("acl-a", allow(100, false, "10.0.2.9/32", 1024, 65535)), ""},
		"Linux's ephemeral ports are not enough":       {in("acl-a", allow(100, false, "10.0.2.0/24", 32768, 60999)), "acl-a in reply *: " + reply + "1024-32767, " + reply + "61000-65535"},
		"one port short at the lower end":              {in("acl-a", allow(100, false, "10.0.2.0/24", 1025, 65535)), "acl-a in reply *: " + reply + "1024"},
		"one port short at the upper end":              {out("acl-b", allow(100, true, "10.0.1.0/24", 1024, 65534)), "acl-b out reply *: " + reply + "65535"},
		"two entries make up the range":                {in("acl-a", allow(100, false, "10.0.2.0/24", 1024, 30000), allow(110, false, "0.0.0.0/0", 30001, 65535)), ""},
		"a denial before the entry that allows":        {in("acl-b", deny(90, false, "10.0.1.0/24", 443, 443), allow(100, false, "0.0.0.0/0", -1, -1)), "acl-b in 90: " + request},
		"a denial after the entry that allows":         {in("acl-b", allow(100, false, "0.0.0.0/0", -1, -1), deny(110, false, "10.0.1.0/24", 443, 443)), ""},
		"entries count by their number":                {in("acl-b", allow(100, false, "0.0.0.0/0", -1, -1), deny(90, false, "10.0.1.0/24", 443, 443)), "acl-b in 90: " + request},
		"a denial of another peer":                     {in("acl-b", deny(90, false, "10.0.3.0/24", 443, 443), allow(100, false, "0.0.0.0/0", -1, -1)), ""},
		"a denial of a part":                           {out("acl-b", deny(90, true, "10.0.1.0/24", 2000, 2999), allow(100, true, "0.0.0.0/0", -1, -1)), "acl-b out reply 90: " + reply + "2000-2999"},
		"two entries that deny":                        {out("acl-b", deny(80, true, "10.0.1.7/32", 2000, 2999), deny(90, true, "10.0.1.0/24", 2500, 3499), allow(100, true, "0.0.0.0/0", -1, -1)), "acl-b out reply 80: " + reply + "2000-2999\nacl-b out reply 90: " + reply + "3000-3499"},
		"an entry of the other direction does nothing": {pathtest.All(twoACLs, pathtest.Entries("acl-b", false), pathtest.AddEntry("acl-b", allow(10, true, "0.0.0.0/0", 443, 443))), "acl-b in *: " + request},
		"UDP is no TCP": {in("acl-b", path.NetworkACLEntry{Number: 100, Protocol: 17, Allow: true, CIDR: pathtest.TCP("0.0.0.0/0", 443).Prefix, FromPort: 443, ToPort: 443}),
			"acl-b in *: " + request},
		"TCP on every port, no ports given":  {in("acl-b", path.NetworkACLEntry{Number: 100, Protocol: 6, Allow: true, CIDR: pathtest.TCP("0.0.0.0/0", 443).Prefix, FromPort: -1, ToPort: -1}), ""},
		"an IPv6 entry matches no IPv4 flow": {in("acl-b", allow(100, false, "::/0", -1, -1)), "acl-b in *: " + request},
		"nor one that maps IPv4":             {in("acl-b", allow(100, false, "::ffff:10.0.1.7/128", -1, -1)), "acl-b in *: " + request},
		"an entry's host bits do not count":  {in("acl-b", allow(100, false, "10.0.1.99/24", 443, 443)), ""},
		"within one subnet there is none": {
			pathtest.All(twoACLs, pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.Subnet = pathtest.SubnetA }), pathtest.Entries("acl-a", true), pathtest.Entries("acl-a", false)), "",
		},
		"a health-check port of its own": {
			pathtest.All(twoACLs, pathtest.HealthCheckPort("8080"), pathtest.Entries("acl-b", false, allow(100, false, "0.0.0.0/0", 443, 443))),
			"acl-b in *: tcp 10.0.1.7/32 → 10.0.2.9/32 :8080",
		},
		"a target outside the VPC meets the node's alone": {
			pathtest.All(twoACLs, pathtest.Outside(pathtest.OnPremises), pathtest.Entries("acl-a", true), pathtest.Entries("acl-b", false)),
			"acl-a out *: tcp 10.0.1.7/32 → 192.168.7.7/32 :443",
		},
		"a target in a peered VPC meets both": {
			pathtest.All(twoACLs, pathtest.Peered, pathtest.Entries(pathtest.PeerACL, true), pathtest.Entries("acl-a", false)),
			"acl-peer out reply *: tcp 10.9.1.9/32 → 10.0.1.7/32 :1024-65535\nacl-a in reply *: tcp 10.9.1.9/32 → 10.0.1.7/32 :1024-65535",
		},
		"an instance": {
			pathtest.All(twoACLs, pathtest.TargetGroup(func(g *path.TargetGroup) {
				g.TargetType, g.Targets[0].ID = "instance", "i-1"
			}), pathtest.Entries("acl-b", false)), "acl-b in *: " + request,
		},
		"a target that leaves needs nothing": {pathtest.All(in("acl-b"), pathtest.Targets("draining", "")), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hops, _ := reach.NetworkACLs(pathtest.With(tt.edit), reach.EachWay)
			if got := denials(hops); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// One network ACL stands at both borders, so that it is met twice a way.
func TestEachDirectionOfANetworkACLIsAHop(t *testing.T) {
	t.Parallel()
	hops, unseen := reach.NetworkACLs(pathtest.With(oneTarget, pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones, lb.Nodes = lb.Zones[:1], lb.Nodes[:1] })), reach.EachWay)
	var got []string
	for _, h := range hops {
		got = append(got, fmt.Sprintf("%s out:%v reply:%v %v %s", h.ACL, h.Egress, h.Reply, h.Subnets, h.Required))
	}
	want := strings.Join([]string{
		"acl-1 out:true reply:false [subnet-a] tcp 10.0.1.7/32 → 10.0.2.9/32 :443",
		"acl-1 out:false reply:false [subnet-b] tcp 10.0.1.7/32 → 10.0.2.9/32 :443",
		"acl-1 out:true reply:true [subnet-b] tcp 10.0.2.9/32 → 10.0.1.7/32 :1024-65535",
		"acl-1 out:false reply:true [subnet-a] tcp 10.0.2.9/32 → 10.0.1.7/32 :1024-65535",
	}, "\n")
	if strings.Join(got, "\n") != want || len(unseen) != 0 {
		t.Errorf("got\n%s\nwant\n%s\nunseen %v", strings.Join(got, "\n"), want, unseen)
	}
}

func TestWhatOfNetworkACLsIsNotSeen(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"everything is seen": {pathtest.Unchanged, ""},
		"a network ACL is not read": {
			pathtest.ACL(pathtest.NetworkACL, func(a *path.NetworkACL) { a.Subnets = a.Subnets[:1] }), "network ACL of subnet-b",
		},
		"a node's subnet is not known":     {pathtest.Interface(pathtest.NodeA, func(n *path.NetworkInterface) { n.Subnet = "" }), "subnet of load balancer node 10.0.1.7"},
		"a target is outside":              {pathtest.Outside(pathtest.OnPremises), "subnet of target 192.168.7.7"},
		"a target is in no interface":      {pathtest.Outside("10.0.2.99"), ""}, // its subnet tells
		"a target is in no subnet on show": {pathtest.Outside("10.0.3.99"), "subnet of target 10.0.3.99"},
		"a zone has no node":               {pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Nodes = lb.Nodes[:1] }), "load balancer node in us-west-2b"},
		"a target's address is not known": {pathtest.TargetGroup(func(g *path.TargetGroup) {
			g.Targets[0] = path.Target{ID: "arn:alb", Port: 443, State: "healthy"}
		}), "target arn:alb"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, unseen := reach.NetworkACLs(pathtest.With(oneTarget, tt.edit), reach.EachWay)
			var got []string
			for _, u := range unseen {
				got = append(got, u.What...)
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
