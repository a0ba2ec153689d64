package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// acrossSubnets are the parts that say where nodes and targets are.
func acrossSubnets(more ...path.Part) []path.Part {
	return append([]path.Part{
		path.LoadBalancerPart, path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart,
		path.TargetInterfacesPart, path.VPCsPart, path.SubnetsPart,
	}, more...)
}

// throughACLs makes a check's Run of the network ACLs that requests, or replies, have to pass:
// one finding a network ACL, and one more a target group for what of the way was not seen.
func throughACLs(reply bool, headline func(missing flow.Set) string) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		flows := reach.Requests
		if reply {
			flows = reach.Replies
		}
		hops, unseen := reach.NetworkACLs(s, flows)
		var findings []Finding
		for _, v := range byACL(s, hops) {
			findings = append(findings, v.judge(headline))
		}
		for _, u := range unseen {
			findings = append(findings, unknown(u.TargetGroup, "", "not seen: "+some(u.What)))
		}
		if len(findings) == 0 {
			return one(notApplicable(s.LoadBalancers[0].ARN, "no network ACL stands between the load balancer's nodes and a target in use"))
		}
		return findings
	}
}

// An aclView is both directions of one network ACL.
type aclView struct {
	acl               path.NetworkACL
	required, missing flow.Set
	denials           []string
}

func byACL(s path.Snapshot, hops []reach.ACLHop) []*aclView {
	acls := make(map[path.NetworkACLID]path.NetworkACL, len(s.NetworkACLs))
	for _, a := range s.NetworkACLs {
		acls[a.ID] = a
	}
	var views []*aclView
	of := make(map[path.NetworkACLID]*aclView)
	for _, h := range hops {
		v, known := of[h.ACL]
		if !known {
			v = &aclView{acl: acls[h.ACL]}
			of[h.ACL], views = v, append(views, v)
		}
		v.required, v.missing = v.required.Union(h.Required), v.missing.Union(h.Missing())
		for _, d := range h.Denials {
			v.denials = append(v.denials, denialWords(d, h.Egress))
		}
	}
	return views
}

func (v *aclView) judge(headline func(flow.Set) string) Finding {
	subject, expected := aclARN(v.acl), "lets through "+words(v.required)
	if v.missing.IsZero() {
		return pass(subject, expected, "entries of "+string(v.acl.ID)+": "+orNone(entryList(v.acl)))
	}
	f := fail(subject, expected, strings.Join(v.denials, "; "), headline(v.missing))
	f.Missing = v.missing
	return f
}

func aclARN(a path.NetworkACL) path.ARN {
	if a.ARN != "" {
		return a.ARN
	}
	return path.ARN(a.ID)
}

// denialWords says which entry keeps a flow out: "outbound rule 90 (deny tcp 443 to
// 10.0.2.0/24) denies …", "no outbound rule allows …".
func denialWords(d reach.Denial, egress bool) string {
	if d.Final() {
		return fmt.Sprintf("no %s rule allows %s", direction(egress), words(d.Flows))
	}
	return fmt.Sprintf("%s rule %s denies %s", direction(egress), entryWords(d.Entry), words(d.Flows))
}

func direction(egress bool) string {
	if egress {
		return "outbound"
	}
	return "inbound"
}

func entryList(a path.NetworkACL) []string {
	list := make([]string, 0, len(a.Entries))
	for _, egress := range []bool{true, false} {
		for _, e := range a.Entries {
			if e.Egress == egress {
				list = append(list, direction(egress)+" "+entryWords(e))
			}
		}
	}
	return list
}

// entryWords says an entry as the console does: "90 (deny tcp 443 to 10.0.2.0/24)".
func entryWords(e path.NetworkACLEntry) string {
	number, verb, preposition := strconv.Itoa(e.Number), "deny", "from"
	if (reach.Denial{Entry: e}).Final() {
		number = "*"
	}
	if e.Allow {
		verb = "allow"
	}
	if e.Egress {
		preposition = "to"
	}
	what := "protocol " + strconv.Itoa(e.Protocol)
	switch {
	case e.Protocol == -1:
		what = "all traffic"
	case e.Protocol == int(flow.TCP) && e.FromPort == -1:
		what = "tcp"
	case e.Protocol == int(flow.TCP):
		what = "tcp " + path.Ports(e.FromPort, e.ToPort)
	}
	return number + " (" + verb + " " + what + " " + preposition + " " + e.CIDR.String() + ")"
}

// some lists the first few of many things, and how many more there are.
func some(what []string) string {
	const few = 5
	if len(what) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(what[:few], ", "), len(what)-few)
	}
	return strings.Join(what, ", ")
}
