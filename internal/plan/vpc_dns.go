package plan

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// EnableVpcDns turns on those of a VPC's two DNS settings that are off. DNS hostnames need DNS
// resolution first, and a call changes one of them.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
type EnableVpcDns struct {
	VPC       path.VPCID `json:"vpc"`
	Support   bool       `json:"support,omitempty"`   // DNS resolution is to be turned on
	Hostnames bool       `json:"hostnames,omitempty"` // DNS hostnames are to be turned on
}

// DisableVpcDns undoes EnableVpcDns: it turns off what that turned on, in the other order.
type DisableVpcDns struct {
	VPC       path.VPCID `json:"vpc"`
	Support   bool       `json:"support,omitempty"`
	Hostnames bool       `json:"hostnames,omitempty"`
}

// Kind returns KindEnableVpcDns.
func (a EnableVpcDns) Kind() Kind { return KindEnableVpcDns }

// Kind returns KindDisableVpcDns.
func (a DisableVpcDns) Kind() Kind { return KindDisableVpcDns }

// Resource returns the ID of the VPC.
func (a EnableVpcDns) Resource() path.ARN { return path.ARN(a.VPC) }

// Resource returns the ID of the VPC.
func (a DisableVpcDns) Resource() path.ARN { return path.ARN(a.VPC) }

// Summary says what is turned on.
func (a EnableVpcDns) Summary() string {
	return fmt.Sprintf("enable %s in VPC %s", dnsSettings(a.Support, a.Hostnames), a.VPC)
}

// Summary says what is turned off.
func (a DisableVpcDns) Summary() string {
	return fmt.Sprintf("disable %s in VPC %s", dnsSettings(a.Support, a.Hostnames), a.VPC)
}

// Commands returns a call for each setting.
func (a EnableVpcDns) Commands() [][]string {
	return append(setVpcDns(a.VPC, a.Support, "--enable-dns-support", true), setVpcDns(a.VPC, a.Hostnames, "--enable-dns-hostnames", true)...)
}

// Commands returns a call for each setting.
func (a DisableVpcDns) Commands() [][]string {
	return append(setVpcDns(a.VPC, a.Hostnames, "--enable-dns-hostnames", false), setVpcDns(a.VPC, a.Support, "--enable-dns-support", false)...)
}

// Inverse turns off again what was turned on.
func (a EnableVpcDns) Inverse() (Action, string) { return DisableVpcDns(a), "" }

// Inverse turns on again what was turned off.
func (a DisableVpcDns) Inverse() (Action, string) { return EnableVpcDns(a), "" }

// Precondition returns ErrAlreadyHolds where all is on, and ErrStale where the VPC is not there.
func (a EnableVpcDns) Precondition(now path.Snapshot) error {
	return vpcDnsIs(now, a.VPC, a.Support, a.Hostnames, true)
}

// Precondition returns ErrAlreadyHolds where all is off, and ErrStale where the VPC is not there.
func (a DisableVpcDns) Precondition(now path.Snapshot) error {
	return vpcDnsIs(now, a.VPC, a.Support, a.Hostnames, false)
}

func dnsSettings(support, hostnames bool) string {
	var names []string
	if support {
		names = append(names, "DNS resolution")
	}
	if hostnames {
		names = append(names, "DNS hostnames")
	}
	return strings.Join(names, " and ")
}

func setVpcDns(vpc path.VPCID, wanted bool, option string, on bool) [][]string {
	if !wanted {
		return nil
	}
	return [][]string{{"aws", "ec2", "modify-vpc-attribute", "--vpc-id", string(vpc), option, fmt.Sprintf("Value=%t", on)}}
}

func vpcDnsIs(now path.Snapshot, vpc path.VPCID, support, hostnames, want bool) error {
	for _, v := range now.VPCs {
		switch {
		case v.ID != vpc:
			continue
		case (!support || v.DNSSupport == want) && (!hostnames || v.DNSHostnames == want):
			return ErrAlreadyHolds
		}
		return nil
	}
	return fmt.Errorf("%w: VPC %s was not found", ErrStale, vpc)
}
