// Package ec2 serves, over the simulated world, the operations of Amazon EC2 that touch the
// path of an external key store: endpoint services, security groups, interfaces, subnets,
// network ACLs, route tables, prefix lists, tags.
package ec2

import (
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// api answers EC2's calls over one world.
type api struct{ *network.World }

// Service returns Amazon EC2 over w.
func Service(w *network.World) *engine.Service {
	a := api{w}
	return &engine.Service{
		Name: "ec2", IAMPrefix: "ec2", Protocol: engine.EC2Query, Version: "2016-11-15",
		Operations: map[string]engine.Operation{
			"DescribeVpcEndpointServiceConfigurations":      reads(nil, a.describeServiceConfigurations),
			"DescribeVpcEndpointServices":                   reads(nil, a.describeServices),
			"DescribeVpcEndpointServicePermissions":         reads(a.serviceResource, a.describePermissions),
			"DescribeVpcEndpointConnections":                reads(nil, a.describeConnections),
			"ModifyVpcEndpointServicePermissions":           writes(a.modifiedPermissions, a.modifyPermissions),
			"ModifyVpcEndpointServiceConfiguration":         writes(a.modifiedService, a.modifyService),
			"StartVpcEndpointServicePrivateDnsVerification": writes(a.verifiedService, a.startVerification),
			"AcceptVpcEndpointConnections":                  writes(a.decidedService, a.accept),
			"RejectVpcEndpointConnections":                  writes(a.decidedService, a.reject),
			"DescribeNetworkInterfaces":                     reads(nil, a.describeInterfaces),
			"DescribeSecurityGroups":                        reads(nil, a.describeGroups),
			"DescribeSecurityGroupRules":                    reads(nil, a.describeGroupRules),
			"AuthorizeSecurityGroupIngress":                 writes(a.authorizedGroup("AuthorizeSecurityGroupIngress"), a.authorize(false)),
			"AuthorizeSecurityGroupEgress":                  writes(a.authorizedGroup("AuthorizeSecurityGroupEgress"), a.authorize(true)),
			"RevokeSecurityGroupIngress":                    writes(a.revokedGroup, a.revoke(false)),
			"RevokeSecurityGroupEgress":                     writes(a.revokedGroup, a.revoke(true)),
			"DescribeSubnets":                               reads(nil, a.describeSubnets),
			"DescribeVpcs":                                  reads(nil, a.describeVPCs),
			"DescribeVpcAttribute":                          reads(a.vpcResource, a.describeVPCAttribute),
			"ModifyVpcAttribute":                            writes(a.modifiedVPC, a.modifyVPCAttribute),
			"DescribeAvailabilityZones":                     reads(nil, a.describeZones),
			"DescribeNetworkAcls":                           reads(nil, a.describeACLs),
			"CreateNetworkAclEntry":                         writes(a.createdEntryACL, a.createACLEntry),
			"DeleteNetworkAclEntry":                         writes(a.deletedEntryACL, a.deleteACLEntry),
			"DescribeRouteTables":                           reads(nil, a.describeRouteTables),
			"CreateRoute":                                   writes(a.routedTable, a.createRoute),
			"ReplaceRoute":                                  writes(a.routedTable, a.replaceRoute),
			"DeleteRoute":                                   writes(a.routedTable, a.deleteRoute),
			"DescribeVpcPeeringConnections":                 reads(nil, a.describePeerings),
			"DescribeManagedPrefixLists":                    reads(nil, a.describePrefixLists),
			"GetManagedPrefixListEntries":                   reads(a.prefixListResource, a.prefixListEntries),
			"DescribeInstances":                             reads(nil, a.describeInstances),
			"CreateTags":                                    writes(a.taggedResources, a.createTags),
			"DeleteTags":                                    writes(a.taggedResources, a.deleteTags),
			"DescribeTags":                                  reads(nil, a.describeTags),
		},
	}
}

// dryable is the parameter that asks only whether the call would be allowed.
type dryable struct{ DryRun bool }

func (d dryable) dry() bool { return d.DryRun }

// reads and writes declare an operation that knows DryRun: IAM has judged it by then, so
// what is left to say is that it would have succeeded.
func reads[In interface{ dry() bool }](resources func(In) []engine.Resource, do func(*engine.Call, In) (any, error)) engine.Operation {
	return serve.Reads(resources, unlessDry(do))
}

func writes[In interface{ dry() bool }](resources func(In) []engine.Resource, do func(*engine.Call, In) (any, error)) engine.Operation {
	return serve.Writes(resources, unlessDry(do))
}

func unlessDry[In interface{ dry() bool }](do func(*engine.Call, In) (any, error)) func(*engine.Call, In) (any, error) {
	return func(c *engine.Call, in In) (any, error) {
		if in.dry() {
			return nil, &engine.Error{Code: "DryRunOperation", Status: 412, Message: "Request would have succeeded, but DryRun flag is set."}
		}
		return do(c, in)
	}
}
