package plan

import (
	"encoding/json"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// phrase returns "tcp 443 from 10.0.1.6/32, 10.0.1.7/32", ports in order.
func phrase(rules []path.Rule, preposition string) string {
	var heads []string
	peers := map[string][]string{}
	for _, r := range rules {
		head := r.Protocol + " " + path.Ports(r.FromPort, r.ToPort)
		if peers[head] == nil {
			heads = append(heads, head)
		}
		peers[head] = append(peers[head], r.Prefix.String())
	}
	for i, head := range heads {
		heads[i] = head + " " + preposition + " " + strings.Join(peers[head], ", ")
	}
	return strings.Join(heads, " and ")
}

// permission is an IpPermission in the JSON of the AWS CLI.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
type permission struct {
	IpProtocol string
	FromPort   int
	ToPort     int
	IpRanges   []ipRange `json:",omitempty"`
	Ipv6Ranges []ipRange `json:",omitempty"`
}

type ipRange struct {
	CidrIp      string `json:",omitempty"`
	CidrIpv6    string `json:",omitempty"`
	Description string `json:",omitempty"`
}

// permissions returns the value of --ip-permissions for rules.
func permissions(rules []path.Rule, description string) string {
	all := make([]permission, len(rules))
	for i, r := range rules {
		all[i] = permission{IpProtocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort}
		if r.Prefix.Addr().Is4() {
			all[i].IpRanges = []ipRange{{CidrIp: r.Prefix.String(), Description: description}}
		} else {
			all[i].Ipv6Ranges = []ipRange{{CidrIpv6: r.Prefix.String(), Description: description}}
		}
	}
	body, err := json.Marshal(all)
	if err != nil {
		panic("bug: permissions that do not marshal: " + err.Error())
	}
	return string(body)
}

// plain is the description of a rule that a person types: not the mark of our own.
const plain = "KMS external key store path"
