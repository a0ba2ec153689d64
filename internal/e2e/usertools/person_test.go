//go:build e2e

package usertools

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// filled returns a command with what stands in angle brackets in it: somebody knows it, or
// looks it up. More than one value gives more than one line.
func (p *pasting) filled(command string) []string {
	_, rest, found := strings.Cut(command, "<")
	placeholder, _, closed := strings.Cut(rest, ">")
	if !found || !closed {
		p.publish(command)
		return []string{command}
	}
	var lines []string
	for _, value := range p.knows(placeholder) {
		lines = append(lines, p.filled(strings.Replace(command, "<"+placeholder+">", value, 1))...)
	}
	return lines
}

// knows returns what to write for a placeholder.
func (p *pasting) knows(placeholder string) []string {
	look := func(command string) []string { return strings.Fields(p.sh.must(p.T, command)) }
	switch placeholder {
	case "target-group-arn":
		return look("aws elbv2 describe-target-groups --names payments-hsm --query 'TargetGroups[0].TargetGroupArn' --output text")
	case "proxy-address":
		return look("aws ec2 describe-network-interfaces --filters 'Name=description,Values=XKS proxy' --query 'NetworkInterfaces[].PrivateIpAddress' --output text")
	case "subnet-in-another-zone":
		return []string{p.stage.Ref.NodeSubnets[1].ID}
	case "service-name":
		return []string{p.newService()}
	case "access-key-id":
		p.answerAgain()
		return []string{credential}
	case "topic-arn":
		return look("aws sns list-topics --query 'Topics[0].TopicArn' --output text")
	case "secret":
		return []string{strings.Repeat("c2VjcmV0", 6)}
	}
	p.Fatalf("nobody knows what to write for <%s>", placeholder)
	return nil
}

// publish does what the message asks for before the verification: the TXT record is published
// where the domain is served, which is no matter of AWS commands.
func (p *pasting) publish(command string) {
	if !strings.Contains(command, "start-vpc-endpoint-service-private-dns-verification") {
		return
	}
	p.stage.World(func(w *network.World) {
		dns := p.stage.Ref.Service.PrivateDNS
		w.TXT[dns.RecordName+"."+dns.Name] = []string{dns.RecordValue}
	})
}

// newService makes another endpoint service in front of the load balancer, as whoever
// deleted the old one has to.
func (p *pasting) newService() (name string) {
	p.stage.World(func(w *network.World) {
		r := p.stage.Ref
		r.Service = w.AddService(r.Balancer)
		r.Service.Principals = []string{w.KMSPrincipal()}
		w.SetPrivateDNS(r.Service, "payments-hsm.xks.example.com")
		dns := r.Service.PrivateDNS
		w.TXT[dns.RecordName+"."+dns.Name] = []string{dns.RecordValue}
		name = r.Service.Name
	})
	p.stage.Advance(5 * time.Minute) // its private DNS name is verified
	return name
}

// credential is what the proxies accept once somebody gave it to them.
const credential = "AKIAXKSPROXYEXAMPLE333"

// answerAgain gives the proxies the credential that KMS is about to be told, and none else.
func (p *pasting) answerAgain() {
	p.stage.World(func(w *network.World) {
		for _, proxy := range w.Proxies {
			proxy.Answer, proxy.KeyID = network.OK, credential
		}
	})
}

// diagnose runs xksctl diagnose and wants its exit code: 0 for no finding, 1 for some.
func (p *pasting) diagnose(want int) {
	subject := p.stage.Ref.Service.ID + " --uri-endpoint https://payments-hsm.xks.example.com"
	if p.stage.Ref.KeyStore != nil {
		subject = p.stage.Ref.KeyStore.ID
	}
	got, err := p.sh.paste(p.Context(), "xksctl diagnose "+subject)
	if err != nil {
		p.Fatal(err)
	}
	if got.code != want {
		p.Errorf("xksctl diagnose %s: want exit code %d, got %v", subject, want, got)
	}
	p.tally.mu.Lock()
	defer p.tally.mu.Unlock()
	p.tally.asked++
}

// proved has KMS itself say that the fault is mended: where there was no key store yet, one is
// created and connected, and a key in it encrypts.
func (p *pasting) proved() {
	if p.phase == scenario.Creating {
		p.create()
	}
	key := p.stage.Ref.Workload.ID
	p.sh.must(p.T, "aws kms encrypt --key-id "+key+" --plaintext aGVsbG8=")
	p.diagnose(p.left)
}

// create repeats, with the AWS CLI, the create that had failed.
func (p *pasting) create() {
	// Version 1 of the AWS CLI would fetch a value that begins with https://, but for this way.
	asked, err := json.Marshal(map[string]any{
		"CustomKeyStoreName": "payments-hsm", "CustomKeyStoreType": "EXTERNAL_KEY_STORE", "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
		"XksProxyUriEndpoint": "https://payments-hsm.xks.example.com", "XksProxyUriPath": "/kms/xks/v1", "XksProxyVpcEndpointServiceName": p.stage.Ref.Service.Name,
		"XksProxyAuthenticationCredential": map[string]string{"AccessKeyId": "AKIAXKSPROXYEXAMPLE222", "RawSecretAccessKey": strings.Repeat("c2VjcmV0", 6)},
	})
	if err != nil {
		p.Fatal(err)
	}
	made := p.sh.must(p.T, "aws kms create-custom-key-store --cli-input-json '"+string(asked)+"' --query CustomKeyStoreId --output text")
	id := strings.TrimSpace(made)
	p.sh.must(p.T, "aws kms connect-custom-key-store --custom-key-store-id "+id)
	p.stage.Advance(10 * time.Minute)
	if state := p.sh.must(p.T, "aws kms describe-custom-key-stores --custom-key-store-id "+id+" --query 'CustomKeyStores[0].ConnectionState' --output text"); state != "CONNECTED\n" {
		p.Fatalf("the key store that was created after the repair is %s", state)
	}
	p.sh.must(p.T, "aws kms create-key --origin EXTERNAL_KEY_STORE --custom-key-store-id "+id+" --xks-key-id Id=external-new")
	p.stage.World(func(w *network.World) {
		p.stage.Ref.KeyStore = w.KeyStores[id]
		p.stage.Ref.Workload = w.KeysIn(w.KeyStores[id])[0]
	})
}
