package plan

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// AcceptConnections lets VPC endpoints that wait for acceptance connect to an endpoint
// service. That an endpoint is KMS's can only be inferred, so a person decides.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptVpcEndpointConnections.html
type AcceptConnections struct {
	Service   path.ServiceID `json:"service"`
	Endpoints []string       `json:"endpoints"` // vpce-…, in order
}

// Kind returns KindAcceptConnections.
func (a AcceptConnections) Kind() Kind { return KindAcceptConnections }

// Resource returns the endpoint service's ID.
func (a AcceptConnections) Resource() path.ARN { return path.ARN(a.Service) }

// Summary says which connections are accepted.
func (a AcceptConnections) Summary() string {
	return fmt.Sprintf("accept the connection of %s to endpoint service %s", strings.Join(a.Endpoints, ", "), a.Service)
}

// Commands returns the accept command.
func (a AcceptConnections) Commands() [][]string {
	command := []string{"aws", "ec2", "accept-vpc-endpoint-connections", "--service-id", string(a.Service), "--vpc-endpoint-ids"}
	return [][]string{append(command, a.Endpoints...)}
}

// Inverse returns none.
func (a AcceptConnections) Inverse() (Action, string) {
	return nil, "an accepted connection does not return to waiting; rejecting it cuts KMS off"
}

// Precondition returns nil where all endpoints wait, ErrAlreadyHolds where all are
// accepted, else ErrStale.
func (a AcceptConnections) Precondition(now path.Snapshot) error {
	svc, err := service(now, a.Service)
	if err != nil {
		return err
	}
	waiting, accepted := 0, 0
	for _, id := range a.Endpoints {
		switch state := connection(svc, id); {
		case pendingAcceptance(state):
			waiting++
		case strings.EqualFold(state, "available"), strings.EqualFold(state, "pending"):
			accepted++
		}
	}
	switch len(a.Endpoints) {
	case waiting:
		return nil
	case accepted:
		return ErrAlreadyHolds
	}
	return fmt.Errorf("%w: %d of %d connections to endpoint service %s wait for acceptance", ErrStale, waiting, len(a.Endpoints), a.Service)
}

// connection returns the state of an endpoint's connection, or "" where there is none.
func connection(svc path.EndpointService, id string) string {
	for _, c := range svc.Connections {
		if c.EndpointID == id {
			return c.State
		}
	}
	return ""
}

// pendingAcceptance compares without case: AWS spells the state in two ways.
func pendingAcceptance(state string) bool { return strings.EqualFold(state, "pendingAcceptance") }
