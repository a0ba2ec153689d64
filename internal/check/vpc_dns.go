package check

import (
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// vpcDns is weak evidence: AWS KMS resolves the private DNS name in a VPC of its own. AWS
// recommends both settings for the VPC of the proxies, and demands neither.
var vpcDns = Check{
	ID:      "vpc.dns",
	Title:   "The load balancer's VPC has DNS resolution and DNS hostnames enabled",
	Fails:   "DNS resolution or DNS hostnames are disabled (a warning: AWS recommends them)",
	Why:     "Nothing fails by it alone: AWS KMS resolves the private DNS name in its own VPC. But without DNS resolution the proxies find neither AWS services nor an external key manager that they know by name.",
	Console: "Amazon VPC console, Your VPCs: choose the VPC, Actions, Edit VPC settings, select Enable DNS resolution and Enable DNS hostnames, Save.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.VPCsPart, path.VPCAttributesPart},
	Applies: onPath,
	Run: ofBalancerVPCs(func(s path.Snapshot, id path.VPCID) Finding {
		const expected = "DNS resolution enabled, DNS hostnames enabled"
		subject := vpcARN(s, id)
		for _, v := range s.VPCs {
			if v.ID != id {
				continue
			}
			seen := "DNS resolution " + enabled(v.DNSSupport) + ", DNS hostnames " + enabled(v.DNSHostnames)
			if v.DNSSupport && v.DNSHostnames {
				return pass(subject, expected, seen)
			}
			f := fail(subject, expected, seen, "DNS settings of the VPC are off")
			f.Warning = true
			return f
		}
		return unknown(subject, expected, "the VPC is not among those that were read")
	}),
}

func enabled(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

func vpcARN(s path.Snapshot, id path.VPCID) path.ARN {
	return path.ARN("arn:" + s.Partition + ":ec2:" + s.Region + ":" + s.Account + ":vpc/" + string(id))
}

// ofBalancerVPCs makes a check's Run of a judge of the VPC of a load balancer, each once.
func ofBalancerVPCs(judge func(path.Snapshot, path.VPCID) Finding) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		var findings []Finding
		seen := make(map[path.VPCID]bool)
		for _, lb := range s.LoadBalancers {
			if !seen[lb.VPC] {
				findings = append(findings, judge(s, lb.VPC))
			}
			seen[lb.VPC] = true
		}
		return findings
	}
}
