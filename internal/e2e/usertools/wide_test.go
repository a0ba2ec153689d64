//go:build e2e

package usertools

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A wide is an account with more of everything than one page holds: seven key stores, each on
// a path of its own, and the product beside them.
type wide struct {
	*testing.T
	sim   *awssim.Sim
	refs  []*network.Reference
	topic *sns.Topic // that has subscriptions
}

const many = 7 // more than EC2's smallest page of five

func (w *wide) build() {
	w.Helper()
	template, err := os.ReadFile(filepath.Join(e2e.Root(), "template.yaml"))
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.sim.Deploy(template, map[string]string{"Mode": "observe"}, nil); err != nil {
		w.Fatal(err)
	}
	w.sim.Do(func(world *network.World) {
		for i := range many {
			w.refs = append(w.refs, world.BuildReference(network.Options{Name: fmt.Sprintf("store-%d", i), Octet: 1 + 2*i}))
		}
		w.widen(world)
		w.records(world)
		w.platform()
	})
	w.call()
	w.sim.Advance(5 * time.Minute) // calls are in the event history after a minute
}

// widen adds what a path has one of.
func (w *wide) widen(world *network.World) {
	r := w.refs[0]
	for i := range many {
		r.Service.Principals = append(r.Service.Principals, fmt.Sprintf("arn:aws:iam::44445555666%d:root", i))
		world.AddListener(r.Balancer, "TCP", 8000+i, r.TargetGroup)
		world.AddRouteTable(r.VPC.ID)
		world.AddHostedZone(fmt.Sprintf("zone-%d.example.org", i), i == 1)
		world.AddPeering(r.VPC.ID, w.refs[1].VPC.ID)
		list := &network.PrefixList{ID: world.NewID("pl"), Name: fmt.Sprintf("list-%d", i), Owner: world.Account, Max: 20, Tags: map[string]string{}}
		for n := range many {
			list.Entries = append(list.Entries, network.PrefixListEntry{CIDR: netip.MustParsePrefix(fmt.Sprintf("10.9.%d.0/24", n))})
		}
		world.PrefixLists[list.ID] = list
		one := &network.Instance{ID: world.NewID("i"), State: []string{"running", "stopped", "terminated"}[i%3], VPC: r.VPC.ID, Subnet: r.NodeSubnets[0].ID, Tags: map[string]string{}}
		world.Instances[one.ID] = one
		world.PutAlarm(network.Alarm{Name: fmt.Sprintf("alarm-%d", i), Namespace: "AWS/KMS", Metric: "XksProxyErrors"})
	}
}

// records fills the first hosted zone.
func (w *wide) records(world *network.World) {
	for _, z := range world.HostedZones {
		for i := range many {
			if z.Name == "zone-0.example.org" {
				z.Put(network.RecordSet{Name: fmt.Sprintf("r%d.%s", i, z.Name), Type: "TXT", TTL: 60, Values: []string{`"v"`}})
			}
		}
	}
}

// platform adds to the services beside the network.
func (w *wide) platform() {
	failed := func(err error) {
		if err != nil {
			w.Error(err)
		}
	}
	w.topic = w.sim.Topics.All()[0]
	var targets []eventbridge.Target
	for i := range many {
		_, err := w.sim.Topics.Create(fmt.Sprintf("topic-%d", i), "")
		failed(err)
		_, err = w.topic.Subscribe("email", fmt.Sprintf("on-call-%d@example.com", i))
		failed(err)
		_, err = w.sim.Tables.Create(dynamodb.Settings{Name: fmt.Sprintf("table-%d", i),
			Key: dynamodb.Schema{Hash: dynamodb.Attribute{Name: "pk", Kind: "S"}, Range: &dynamodb.Attribute{Name: "sk", Kind: "S"}}})
		failed(err)
		if i < 5 { // a rule has five targets at most
			targets = append(targets, eventbridge.Target{ID: fmt.Sprintf("target-%d", i), ARN: w.sim.Queues.All()[i].ARN})
		}
	}
	failed(w.sim.Buses.AddRule(w.sim.Buses.Bus(""), eventbridge.Rule{Name: "wide", Pattern: `{"source":["mine"]}`, State: eventbridge.Enabled, Targets: targets}))
}

// call fills the first table and the event history, as somebody who uses them.
func (w *wide) call() {
	id, secret := w.sim.Credentials(awssim.Admin)
	cfg := aws.Config{Region: w.sim.Region(), BaseEndpoint: aws.String(w.sim.URL()), Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	for i := range many {
		if _, err := kms.NewFromConfig(cfg).ListKeys(w.Context(), &kms.ListKeysInput{}); err != nil {
			w.Error(err)
		}
		_, err := sdkdynamodb.NewFromConfig(cfg).PutItem(w.Context(), &sdkdynamodb.PutItemInput{TableName: aws.String("table-0"), Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "one"}, "sk": &types.AttributeValueMemberS{Value: fmt.Sprintf("item-%d", i)}}})
		if err != nil {
			w.Error(err)
		}
	}
}

// table returns the name of the product's table.
func (w *wide) table() (name string) {
	w.sim.Do(func(*network.World) {
		for _, t := range w.sim.Tables.All() {
			if !strings.HasPrefix(t.Name, "table-") {
				name = t.Name
			}
		}
	})
	return name
}

// ids are the keys of one of the world's maps.
func ids[T any](all map[string]T) []string { return network.IDs(all) }

// expected is what must come of each operation that can be paged, by what the world holds.
func (w *wide) expected() map[string]pageable {
	all := map[string]pageable{}
	w.sim.Do(func(world *network.World) {
		w.ofEC2(world, all)
		w.ofOthers(world, all)
		w.ofPlatform(all)
	})
	return all
}

func (w *wide) ofEC2(world *network.World, all map[string]pageable) {
	service := w.refs[0].Service
	list := world.PrefixLists[ids(world.PrefixLists)[0]]
	var rules, connections, names, entries []string
	for _, g := range world.SecurityGroups {
		for _, r := range world.Rules(g) {
			rules = append(rules, r.ID)
		}
	}
	for _, s := range world.Services {
		names = append(names, s.Name)
		for _, c := range s.Connections {
			connections = append(connections, c.EndpointID)
		}
	}
	for _, e := range list.Entries {
		entries = append(entries, e.CIDR.String())
	}
	for operation, p := range map[string]pageable{
		"DescribeVpcs":                             {Path: "Vpcs[].VpcId", Items: ids(world.VPCs)},
		"DescribeSubnets":                          {Path: "Subnets[].SubnetId", Items: ids(world.Subnets)},
		"DescribeNetworkInterfaces":                {Path: "NetworkInterfaces[].NetworkInterfaceId", Items: ids(world.Interfaces)},
		"DescribeSecurityGroups":                   {Path: "SecurityGroups[].GroupId", Items: ids(world.SecurityGroups)},
		"DescribeSecurityGroupRules":               {Path: "SecurityGroupRules[].SecurityGroupRuleId", Items: rules},
		"DescribeNetworkAcls":                      {Path: "NetworkAcls[].NetworkAclId", Items: ids(world.ACLs)},
		"DescribeRouteTables":                      {Path: "RouteTables[].RouteTableId", Items: ids(world.RouteTables)},
		"DescribeVpcPeeringConnections":            {Path: "VpcPeeringConnections[].VpcPeeringConnectionId", Items: ids(world.Peerings)},
		"DescribeManagedPrefixLists":               {Path: "PrefixLists[].PrefixListId", Items: ids(world.PrefixLists)},
		"GetManagedPrefixListEntries":              {Path: "Entries[].Cidr", Items: entries, Parameters: map[string]any{"PrefixListId": list.ID}},
		"DescribeInstances":                        {Path: "Reservations[].Instances[].InstanceId", Items: ids(world.Instances)},
		"DescribeTags":                             {Path: "Tags[].join('/', [ResourceId, Key])", Items: tags(world)},
		"DescribeVpcEndpointServiceConfigurations": {Path: "ServiceConfigurations[].ServiceId", Items: ids(world.Services)},
		"DescribeVpcEndpointServices":              {Path: "ServiceDetails[].ServiceName", Items: names},
		"DescribeVpcEndpointServicePermissions":    {Path: "AllowedPrincipals[].Principal", Items: slices.Clone(service.Principals), Parameters: map[string]any{"ServiceId": service.ID}},
		"DescribeVpcEndpointConnections":           {Path: "VpcEndpointConnections[].VpcEndpointId", Items: connections},
	} {
		all["ec2."+operation] = p
	}
}

// tags are what EC2 shows of the tags of its own resources.
func tags(world *network.World) (all []string) {
	add := func(id string, of map[string]string) {
		for key := range of {
			all = append(all, id+"/"+key)
		}
	}
	for _, x := range world.SecurityGroups {
		add(x.ID, x.Tags)
	}
	for _, x := range world.Services {
		add(x.ID, x.Tags)
	}
	for _, x := range world.VPCs {
		add(x.ID, x.Tags)
	}
	return all
}

func (w *wide) ofOthers(world *network.World, all map[string]pageable) {
	r := w.refs[0]
	var listeners, events []string
	for _, l := range world.ListenersOf(r.Balancer) {
		listeners = append(listeners, l.ARN)
	}
	for _, record := range w.sim.Trail.History() {
		var e struct{ EventID string }
		if err := json.Unmarshal(record.JSON, &e); err != nil {
			w.Error(err)
		}
		events = append(events, e.EventID)
	}
	var zones, sets []string
	var zone string
	for _, z := range world.HostedZones {
		if zones = append(zones, z.Name+"."); z.Name == "zone-0.example.org" {
			zone = z.ID
			for _, s := range z.Records {
				sets = append(sets, s.Name+"./"+s.Type)
			}
		}
	}
	const elb = "elasticloadbalancing."
	all[elb+"DescribeLoadBalancers"] = pageable{Path: "LoadBalancers[].LoadBalancerArn", Items: ids(world.LoadBalancers)}
	all[elb+"DescribeListeners"] = pageable{Path: "Listeners[].ListenerArn", Items: listeners, Parameters: map[string]any{"LoadBalancerArn": r.Balancer.ARN}}
	// The listener of a Network Load Balancer has the default rule alone.
	all[elb+"DescribeRules"] = pageable{Path: "Rules[].Priority", Items: []string{"default"}, One: true, Parameters: map[string]any{"ListenerArn": r.Listener.ARN}}
	all[elb+"DescribeTargetGroups"] = pageable{Path: "TargetGroups[].TargetGroupArn", Items: ids(world.TargetGroups)}
	all["route53.ListHostedZones"] = pageable{Path: "HostedZones[].Name", Items: zones}
	all["route53.ListResourceRecordSets"] = pageable{Path: "ResourceRecordSets[].[Name, Type] | [*].join('/', @)", Items: sets, Parameters: map[string]any{"HostedZoneId": zone}}
	all["kms.DescribeCustomKeyStores"] = pageable{Path: "CustomKeyStores[].CustomKeyStoreId", Items: ids(world.KeyStores)}
	all["kms.ListKeys"] = pageable{Path: "Keys[].KeyId", Items: ids(world.Keys)}
	all["monitoring.DescribeAlarms"] = pageable{Path: "MetricAlarms[].AlarmName", Items: ids(world.Alarms)}
	all["cloudtrail.LookupEvents"] = pageable{Path: "Events[].EventId", Items: events}
}

func (w *wide) ofPlatform(all map[string]pageable) {
	var queues, topics, endpoints, rules, tables []string
	for _, q := range w.sim.Queues.All() {
		queues = append(queues, q.URL)
	}
	for _, t := range w.sim.Topics.All() {
		topics = append(topics, t.ARN)
		for _, s := range t.Subscriptions() {
			endpoints = append(endpoints, s.Endpoint)
		}
	}
	for _, r := range w.sim.Buses.Bus("").Rules() {
		rules = append(rules, r.Name)
	}
	for _, t := range w.sim.Tables.All() {
		tables = append(tables, t.Name)
	}
	all["sqs.ListQueues"] = pageable{Path: "QueueUrls", Items: queues}
	all["sns.ListTopics"] = pageable{Path: "Topics[].TopicArn", Items: topics}
	all["sns.ListSubscriptionsByTopic"] = pageable{Path: "Subscriptions[].Endpoint", Items: endpoints, Parameters: map[string]any{"TopicArn": w.topic.ARN}}
	all["events.ListRules"] = pageable{Path: "Rules[].Name", Items: rules}
	all["events.ListTargetsByRule"] = pageable{Path: "Targets[].Id", Items: []string{"target-0", "target-1", "target-2", "target-3", "target-4"}, Parameters: map[string]any{"Rule": "wide"}}
	all["dynamodb.ListTables"] = pageable{Path: "TableNames", Items: tables}
	items := []string{"item-0", "item-1", "item-2", "item-3", "item-4", "item-5", "item-6"}
	all["dynamodb.Scan"] = pageable{Path: "Items[].sk.S", Items: items, Parameters: map[string]any{"TableName": "table-0"}}
	all["dynamodb.Query"] = pageable{Path: "Items[].sk.S", Items: items, Parameters: map[string]any{"TableName": "table-0",
		"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": map[string]any{":pk": map[string]string{"S": "one"}}}}
}
