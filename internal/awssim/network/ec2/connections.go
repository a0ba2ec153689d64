package ec2

import (
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type endpointConnection struct {
	ConnectionID string    `xml:"vpcEndpointConnectionId"`
	ServiceID    string    `xml:"serviceId"`
	EndpointID   string    `xml:"vpcEndpointId"`
	Owner        string    `xml:"vpcEndpointOwner"`
	State        string    `xml:"vpcEndpointState"`
	Created      time.Time `xml:"creationTimestamp"`
	AddressType  string    `xml:"ipAddressType"`
	Balancers    []string  `xml:"networkLoadBalancerArnSet"`
	Region       string    `xml:"vpcEndpointRegion"`
}

type describeConnectionsOutput struct {
	Connections []endpointConnection `xml:"vpcEndpointConnectionSet"`
	NextToken   string
}

func (a api) describeConnections(_ *engine.Call, in listing) (any, error) {
	var all []endpointConnection
	for _, s := range network.Sorted(a.Services) {
		if s.Owner != a.Account {
			continue
		}
		for _, c := range s.Connections {
			all = append(all, endpointConnection{
				ConnectionID: strings.Replace(c.EndpointID, "vpce-", "vpce-con-", 1), ServiceID: s.ID, EndpointID: c.EndpointID,
				Owner: c.Owner, State: c.State, Created: c.Created, AddressType: "ipv4", Balancers: s.Balancers, Region: a.Region,
			})
		}
	}
	slices.SortFunc(all, func(x, y endpointConnection) int { return strings.Compare(x.EndpointID, y.EndpointID) })
	connections, next, err := list(a, in, all, serve.Fields[endpointConnection]{
		"service-id":          serve.One(func(c endpointConnection) string { return c.ServiceID }),
		"vpc-endpoint-owner":  serve.One(func(c endpointConnection) string { return c.Owner }),
		"vpc-endpoint-state":  serve.One(func(c endpointConnection) string { return c.State }),
		"vpc-endpoint-id":     serve.One(func(c endpointConnection) string { return c.EndpointID }),
		"vpc-endpoint-region": serve.One(func(c endpointConnection) string { return c.Region }),
		"ip-address-type":     serve.One(func(c endpointConnection) string { return c.AddressType }),
	}, nil)
	return &describeConnectionsOutput{connections, next}, err
}

type decideInput struct {
	dryable
	ServiceID   string   `query:"ServiceId"`
	EndpointIDs []string `query:"VpcEndpointId"`
}

type decideOutput struct {
	Unsuccessful []unsuccessful `xml:"unsuccessful"`
}

type unsuccessful struct {
	ResourceID string `xml:"resourceId"`
	Error      failure
}

type failure struct{ Code, Message string }

func (a api) decidedService(in decideInput) []engine.Resource { return a.serviceByID(in.ServiceID) }

func (a api) accept(c *engine.Call, in decideInput) (any, error) {
	return a.decide(c, in, "available", "pendingAcceptance", "rejected")
}

func (a api) reject(c *engine.Call, in decideInput) (any, error) {
	return a.decide(c, in, "rejected", "pendingAcceptance", "available")
}

// decide moves connections from one of the states to another. A connection that cannot
// move is named in an answer that is a success all the same.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptVpcEndpointConnections.html
func (a api) decide(c *engine.Call, in decideInput, to string, from ...string) (any, error) {
	c.Trail.RequestParameters = map[string]any{c.Operation + "Request": map[string]any{"ServiceId": in.ServiceID, "VpcEndpointId": in.EndpointIDs}}
	s, err := a.own(in.ServiceID)
	if err != nil {
		return nil, err
	}
	out := decideOutput{Unsuccessful: []unsuccessful{}}
	for _, id := range in.EndpointIDs {
		switch con := s.Endpoint(id); {
		case con == nil:
			out.Unsuccessful = append(out.Unsuccessful, unsuccessful{id, failure{"InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '" + id + "' does not exist"}})
		case !slices.Contains(from, con.State):
			out.Unsuccessful = append(out.Unsuccessful, unsuccessful{id, failure{"InvalidState", "The connection of '" + id + "' is " + con.State}})
		default:
			con.State = to
		}
	}
	return &out, nil
}
