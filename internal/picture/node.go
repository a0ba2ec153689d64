package picture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A node is one thing in the picture: a hop of the path or something beside it.
type node struct {
	place    Place
	label    string
	name     string
	facts    []string
	subjects map[string]bool // ARNs and IDs of findings that are about this node
	targets  []target
	findings []check.Finding
}

func newNode(place Place, name string, facts ...string) *node {
	return &node{place: place, label: string(place), name: name, facts: facts, subjects: make(map[string]bool)}
}

// of says what a node's findings may name.
func (n *node) of(subjects ...string) *node {
	for _, s := range subjects {
		n.subjects[s] = true
	}
	return n
}

// about reports whether a finding's subject is this node's.
func (n *node) about(subject path.ARN) bool {
	return n.subjects[string(subject)] || n.subjects[short(string(subject))]
}

// short returns the ID at the end of an ARN of EC2, which is what other resources name it by.
func short(arn string) string {
	if strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":ec2:") {
		return arn[strings.LastIndexAny(arn, "/:")+1:]
	}
	return arn
}

// nodesOf returns what is to be drawn, in order; of each place at least one node.
func nodesOf(s path.Snapshot) []*node {
	nodes := []*node{keyStore(s), service(s)}
	nodes = append(nodes, balancers(s)...)
	nodes = append(nodes, groups(s)...)
	return append(nodes, newNode(Proxy, proxyName(s), unprobed), privateDNS(s), vpcs(s),
		newNode(Caller, ""), newNode(Trail, ""), newNode(Alarms, ""), newNode(Sight, ""), newNode(Elsewhere, ""))
}

// unseen says why something is not drawn: it, or what leads to it, was not read, or another
// account keeps it to itself, or there is none.
func unseen(s path.Snapshot, parts ...path.Part) string {
	switch _, gap := s.Gap(parts...); {
	case gap:
		return "not read"
	case s.Service != nil && !s.Service.InFull():
		return "not visible"
	}
	return "none"
}

func keyStore(s path.Snapshot) *node {
	ks := s.KeyStore
	switch {
	case ks == nil && s.Subject.Kind == path.KeyStoreSubject:
		return newNode(KeyStore, s.Subject.ID, unseen(s, path.KeyStorePart))
	case ks == nil && s.Requested.KeyStoreName != "":
		return newNode(KeyStore, s.Requested.KeyStoreName, "which does not exist yet")
	case ks == nil:
		return newNode(KeyStore, "")
	}
	state := strings.TrimSpace(ks.ConnectionState + " " + ks.ConnectionErrorCode)
	return newNode(KeyStore, ks.Name, string(ks.ID), state, ks.UriEndpoint)
}

func service(s path.Snapshot) *node {
	e := s.Service
	if e == nil {
		name := s.Requested.ServiceName
		if s.KeyStore != nil {
			name = s.KeyStore.ServiceName
		}
		return newNode(EndpointService, name, unseen(s, path.ServicePart))
	}
	n := newNode(EndpointService, string(e.ID), e.State)
	if len(e.Zones) > 0 {
		n.facts = append(n.facts, "in "+strings.Join(e.Zones, " and "))
	}
	if !e.Owned {
		n.facts = append(n.facts, "another account's "+e.Owner)
	}
	return n
}

func proxyName(s path.Snapshot) string {
	uri := s.Requested.UriEndpoint
	if s.KeyStore != nil {
		uri = s.KeyStore.UriEndpoint
	}
	return strings.TrimPrefix(uri, "https://")
}

func privateDNS(s path.Snapshot) *node {
	if s.Service == nil {
		return newNode(PrivateDNS, "")
	}
	return newNode(PrivateDNS, s.Service.PrivateDnsName, s.Service.PrivateDnsState)
}

func vpcs(s path.Snapshot) *node {
	n := newNode(VPC, "")
	for _, v := range s.VPCs {
		ranges := make([]string, len(v.CIDRs))
		for i, c := range v.CIDRs {
			ranges[i] = c.String()
		}
		n.facts = append(n.facts, strings.TrimSpace(string(v.ID)+" "+strings.Join(ranges, " ")))
	}
	return n
}

// count writes a number with its noun: "1 node", "2 nodes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// interfaceOf returns the network interface with an ID; the zero value where it was not read.
func interfaceOf(s path.Snapshot, id path.InterfaceID) path.NetworkInterface {
	i := slices.IndexFunc(s.Interfaces, func(n path.NetworkInterface) bool { return n.ID == id })
	if i < 0 {
		return path.NetworkInterface{}
	}
	return s.Interfaces[i]
}
