package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// RemovePrincipal takes Principal off the allow list of an endpoint service. Connections
// that are already accepted go on.
// https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
type RemovePrincipal struct {
	Service   path.ServiceID `json:"service"`
	Principal string         `json:"principal"`
}

// Kind returns KindRemovePrincipal.
func (a RemovePrincipal) Kind() Kind { return KindRemovePrincipal }

// Resource returns the endpoint service's ID.
func (a RemovePrincipal) Resource() path.ARN { return path.ARN(a.Service) }

// Summary says who is shut out.
func (a RemovePrincipal) Summary() string {
	return fmt.Sprintf("no longer allow principal %s to connect to endpoint service %s", a.Principal, a.Service)
}

// Commands returns the modify command.
func (a RemovePrincipal) Commands() [][]string {
	return [][]string{modifyPermissions(a.Service, "--remove-allowed-principals", a.Principal)}
}

// Inverse adds the same principal.
func (a RemovePrincipal) Inverse() (Action, string) { return AddPrincipal(a), "" }

// Precondition returns ErrAlreadyHolds where the principal is not on the list, and ErrStale
// where the service is not there.
func (a RemovePrincipal) Precondition(now path.Snapshot) error {
	svc, err := service(now, a.Service)
	if err != nil {
		return err
	}
	if !allows(svc, a.Principal) {
		return ErrAlreadyHolds
	}
	return nil
}
