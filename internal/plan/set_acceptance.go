package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// SetAcceptanceOff lets every allowed principal connect to an endpoint service without
// anybody's acceptance. KMS demands it.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
type SetAcceptanceOff struct {
	Service path.ServiceID `json:"service"`
}

// SetAcceptanceOn undoes SetAcceptanceOff.
type SetAcceptanceOn struct {
	Service path.ServiceID `json:"service"`
}

// Kind returns KindSetAcceptanceOff.
func (a SetAcceptanceOff) Kind() Kind { return KindSetAcceptanceOff }

// Kind returns KindSetAcceptanceOn.
func (a SetAcceptanceOn) Kind() Kind { return KindSetAcceptanceOn }

// Resource returns the endpoint service's ID.
func (a SetAcceptanceOff) Resource() path.ARN { return path.ARN(a.Service) }

// Resource returns the endpoint service's ID.
func (a SetAcceptanceOn) Resource() path.ARN { return path.ARN(a.Service) }

// Summary says what is no longer required.
func (a SetAcceptanceOff) Summary() string {
	return fmt.Sprintf("no longer require acceptance of connections to endpoint service %s", a.Service)
}

// Summary says what is required.
func (a SetAcceptanceOn) Summary() string {
	return fmt.Sprintf("require acceptance of connections to endpoint service %s", a.Service)
}

// Commands returns the modify command.
func (a SetAcceptanceOff) Commands() [][]string {
	return [][]string{modifyService(a.Service, "--no-acceptance-required")}
}

// Commands returns the modify command.
func (a SetAcceptanceOn) Commands() [][]string {
	return [][]string{modifyService(a.Service, "--acceptance-required")}
}

// Inverse requires acceptance again.
func (a SetAcceptanceOff) Inverse() (Action, string) { return SetAcceptanceOn(a), "" }

// Inverse lifts the requirement.
func (a SetAcceptanceOn) Inverse() (Action, string) { return SetAcceptanceOff(a), "" }

// Precondition returns ErrAlreadyHolds where acceptance is not required.
func (a SetAcceptanceOff) Precondition(now path.Snapshot) error {
	return acceptance(now, a.Service, false)
}

// Precondition returns ErrAlreadyHolds where acceptance is required.
func (a SetAcceptanceOn) Precondition(now path.Snapshot) error {
	return acceptance(now, a.Service, true)
}

func acceptance(now path.Snapshot, id path.ServiceID, want bool) error {
	svc, err := service(now, id)
	if err == nil && svc.AcceptanceRequired == want {
		return ErrAlreadyHolds
	}
	return err
}

func modifyService(id path.ServiceID, options ...string) []string {
	return append([]string{"aws", "ec2", "modify-vpc-endpoint-service-configuration", "--service-id", string(id)}, options...)
}
