package scenario

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// OwnerAccount owns the path in the scenarios where this account does not.
const OwnerAccount = "444455556666"

// OwnerReadPolicy is the policy of the role that the owner of the path gives the product to
// read with, as docs/iam.md prints it.
const OwnerReadPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadThePathBehindTheEndpointService",
      "Effect": "Allow",
      "Action": [
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpointConnections",
        "ec2:DescribeVpcEndpointServiceConfigurations",
        "ec2:DescribeVpcEndpointServicePermissions",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeVpcs",
        "ec2:GetManagedPrefixListEntries",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth"
      ],
      "Resource": "*"
    }
  ]
}`

// foreign is a path that another account owns.
var foreign = network.Options{Owner: OwnerAccount}

// KMSNotAdmitted takes KMS off the allow list, and leaves who else is on it.
func KMSNotAdmitted(w *network.World, r *network.Reference) {
	r.Service.Principals = slices.DeleteFunc(r.Service.Principals, func(p string) bool { return p == w.KMSPrincipal() })
}

// AccountNotAdmitted takes this account off the allow list of another's endpoint service.
func AccountNotAdmitted(w *network.World, r *network.Reference) {
	r.Service.Principals = slices.DeleteFunc(r.Service.Principals, func(p string) bool { return p == network.AccountPrincipal(w.Account) })
}

// owners are faults on a path that another account owns: seen as its consumer, and through a
// role of the owner's. Nothing is ever written there, whatever carries the opt-in tag.
func owners() []Scenario {
	closed := Both(TargetGroupClosed(443))
	return []Scenario{
		told(Running, "cross-account", Scenario{Title: "Another account owns the path, and all is well.", Build: foreign}, End{Encrypts: true}),
		told(Running, "cross-account-read", Scenario{Title: "Another account owns the path and lets it be read, and all is well.", Build: foreign, OwnerRole: true}, End{Encrypts: true}),
		told(Connecting, "cross-account-kms-principal-missing", Scenario{
			Title: "Another account's endpoint service does not admit KMS, which only its owner sees.", Build: foreign, Variant: true, Break: KMSNotAdmitted}, waits()),
		told(Connecting, "cross-account-kms-principal-missing-read", Scenario{
			Title: "Another account's endpoint service does not admit KMS, which its owner's role shows.", Build: foreign, OwnerRole: true, Variant: true, Break: KMSNotAdmitted}, waits(principal)),
		told(Connecting, "cross-account-account-principal-missing", Scenario{
			Title: "Another account's endpoint service does not admit this account, and so is not seen.", Build: foreign, Variant: true, Break: AccountNotAdmitted}, waits(exists)),
		told(Connecting, "cross-account-account-principal-missing-read", Scenario{
			Title: "Another account's endpoint service does not admit this account, which its owner's role shows.", Build: foreign, OwnerRole: true, Variant: true, Break: AccountNotAdmitted}, waits(principal)),
		told(Running, "cross-account-target-security-group-without-443", Scenario{
			Title: "In another account the targets' group loses 443, which only its owner sees.", Build: foreign, Variant: true, Break: closed}, waits()),
		told(Running, "cross-account-target-security-group-without-443-read", Scenario{
			Title: "In another account the targets' group loses 443, which its owner's role shows.", Build: foreign, OwnerRole: true, Variant: true, Break: closed}, waits(admits)),
	}
}
